"""Authentication of an HTTP API: none, IAM signatures (SigV4) or JSON Web Tokens (JWT)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class HttpAuth:
    """The authorization type of every route, and the JWT authorizer's configuration, if any."""

    authorization_type: str
    jwt_configuration: aws.apigatewayv2.AuthorizerJwtConfigurationArgsDict | None


def http_auth(auth: str, *, issuer: str | None, audiences: Sequence[str]) -> HttpAuth:
    """Return the arguments for `none`, `iam` or `jwt`; issuer and audiences are for `jwt` alone.

    With `iam`, principals need the permission `execute-api:Invoke`.
    """
    if auth == "jwt":
        return HttpAuth(
            authorization_type="JWT",
            jwt_configuration={"issuer": issuer, "audiences": list(audiences)},
        )
    authorization_type = {"none": "NONE", "iam": "AWS_IAM"}[auth]
    return HttpAuth(authorization_type=authorization_type, jwt_configuration=None)
