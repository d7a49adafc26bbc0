"""Access logs: a JSON line for every request, without the client's address.

The path is the route's, `/customers/{customerId}/orders`: the client's may hold an email address.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, TypedDict

import pulumi
import pulumi_aws as aws

from infra import naming

if TYPE_CHECKING:
    from infra.gateway.args import GatewayArgs

# Variables of HTTP and REST APIs alike.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
_FIELDS: Final = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "method": "$context.httpMethod",
    "status": "$context.status",
    "responseBytes": "$context.responseLength",
    "latencyMs": "$context.responseLatency",
    "gatewayError": "$context.error.responseType",
    "integrationError": "$context.integrationErrorMessage",
}


class AccessLogSettings(TypedDict):
    """Access log settings of a stage."""

    destination_arn: pulumi.Input[str]
    format: pulumi.Input[str]


def access_log(
    name: str, gateway: str, args: GatewayArgs, parent: pulumi.Resource
) -> aws.cloudwatch.LogGroup:
    """Create the log group of a gateway, `http` or `rest`."""
    return aws.cloudwatch.LogGroup(
        f"{name}-access-log",
        name=naming.access_log_group_name(gateway),
        retention_in_days=args.log_retention_days,
        opts=pulumi.ResourceOptions(parent=parent),
        **args.encryption.log_group_args(),
    )


def access_log_settings(group: aws.cloudwatch.LogGroup, **fields: str) -> AccessLogSettings:
    """Return a stage's settings; `fields` are those of its kind of gateway alone."""
    return {"destination_arn": group.arn, "format": json.dumps({**_FIELDS, **fields})}
