"""Authentication of a REST API: none, IAM signatures (SigV4) or API keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.http.response import Response
from infra.gateway.rest.gateway_responses import NOT_FOUND, UNSIGNED
from infra.gateway.rest.ip_allow_list import ip_allow_list


@dataclass(frozen=True, kw_only=True)
class RestAuth:
    """What a REST API needs to authenticate its clients."""

    method: Mapping[str, Any]
    """Arguments of every method."""

    api_keys: Sequence[str]
    """Names of the clients that get an API key each; without one there is no usage plan."""

    policy_statements: Sequence[Mapping[str, Any]]
    """Statements of the resource policy; without one there is no policy."""

    missing_token: Response
    """The gateway response MISSING_AUTHENTICATION_TOKEN."""


def rest_auth(auth: str, *, api_keys: Sequence[str], allowed_ip_ranges: Sequence[str]) -> RestAuth:
    """Return the arguments for `none`, `iam` or `apiKey`; the keys are for `apiKey` alone.

    With `iam`, principals need the permission `execute-api:Invoke`. Without `allowed_ip_ranges`,
    every IP address is allowed.
    """
    if auth == "iam":
        return RestAuth(
            method={"authorization": "AWS_IAM"},
            api_keys=[],
            policy_statements=ip_allow_list(allowed_ip_ranges, iam_auth=True),
            missing_token=UNSIGNED,
        )
    methods: Mapping[str, Mapping[str, Any]] = {
        "none": {"authorization": "NONE"},
        "apiKey": {"authorization": "NONE", "api_key_required": True},
    }
    return RestAuth(
        method=methods[auth],
        api_keys=api_keys,
        policy_statements=ip_allow_list(allowed_ip_ranges, iam_auth=False),
        missing_token=NOT_FOUND,
    )
