"""The access log: a line of JSON for every request, in which nothing tells where it came from.

A path is told as it was deployed, `/customers/{customerId}/orders`: what a client puts there may be an address.
"""

import json
from typing import Final, TypedDict

import pulumi
import pulumi_aws as aws

from infra import naming
from infra.gateway.args import GatewayArgs

# What every kind of gateway knows by these names.
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
    """The settings, which stages of both kinds take alike."""

    destination_arn: pulumi.Input[str]
    format: pulumi.Input[str]


def access_log(
    name: str, gateway: str, args: GatewayArgs, parent: pulumi.Resource
) -> aws.cloudwatch.LogGroup:
    """Create the log group of a gateway, `http` or `rest`."""
    return aws.cloudwatch.LogGroup(
        f"{name}-access-log",
        name=naming.access_log(gateway),
        retention_in_days=args.log_retention_days,
        opts=pulumi.ResourceOptions(parent=parent),
        **args.encryption.log_group_args(),
    )


def access_log_settings(group: aws.cloudwatch.LogGroup, **more: str) -> AccessLogSettings:
    """Return the settings of a stage that writes there; `more` are fields that its kind alone knows."""
    return {"destination_arn": group.arn, "format": json.dumps({**_FIELDS, **more})}
