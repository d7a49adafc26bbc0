"""The IP allow list of a REST API: its resource policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi_aws as aws


def ip_allow_list(ranges: Sequence[str], *, iam_auth: bool) -> list[Mapping[str, Any]]:
    """Return policy statements whose resources continue the API's ARN; none without a range.

    Without IAM authorization, the policy allows the ranges, and API Gateway denies every other
    address. With it, such a policy would admit every principal of the account, even without an IAM
    permission. So the policy denies every other address, and allows CORS preflights only, which are
    never signed.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
    """
    if not ranges:
        return []
    allow = {
        "Effect": "Allow",
        "Resource": "/*/OPTIONS/*" if iam_auth else "/*",
        "Condition": {"IpAddress": {"aws:SourceIp": list(ranges)}},
    }
    deny = {
        "Effect": "Deny",
        "Resource": "/*",
        "Condition": {"NotIpAddress": {"aws:SourceIp": list(ranges)}},
    }
    return [deny, allow] if iam_auth else [allow]


def resource_policy(
    api: aws.apigateway.RestApi, statements: Sequence[Mapping[str, Any]]
) -> pulumi.Output[str]:
    """Return the policy document."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                **statement,
                "Principal": "*",
                "Action": "execute-api:Invoke",
                "Resource": pulumi.Output.concat(api.execution_arn, statement["Resource"]),
            }
            for statement in statements
        ],
    }
    return pulumi.Output.json_dumps(policy)
