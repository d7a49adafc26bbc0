"""From which addresses a REST API may be called."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.gateway.rest.auth import RestAccess
from infra.gateway.rest.deployment import Parts


def restrict(
    parts: Parts, api: aws.apigateway.RestApi, access: RestAccess, ranges: Sequence[str]
) -> None:
    """Let callers in from these ranges alone, from everywhere where there are none."""
    if ranges:
        statements = access.within(ranges)
        parts.add(
            aws.apigateway.RestApiPolicy,
            "policy",
            stands_for=json.dumps(statements),
            rest_api_id=api.id,
            policy=pulumi.Output.json_dumps(_policy(api, statements)),
        )


def _policy(api: aws.apigateway.RestApi, statements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the policy of these statements, each of which is about whoever invokes a part of the API."""
    about = {"Principal": "*", "Action": "execute-api:Invoke"}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                **statement,
                **about,
                "Resource": pulumi.Output.concat(api.execution_arn, statement["Resource"]),
            }
            for statement in statements
        ],
    }
