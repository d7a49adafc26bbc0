"""Where API Gateway writes what it did for a REST API, and the permission to do so."""

import json
from typing import Final

import pulumi
import pulumi_aws as aws

from infra.gateway.args import GatewayArgs
from infra.naming import named

_TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "apigateway.amazonaws.com"},
        },
    ],
}


def execution_log(
    name: str,
    api: aws.apigateway.RestApi,
    stage_name: str,
    args: GatewayArgs,
    parent: pulumi.Resource,
) -> aws.cloudwatch.LogGroup:
    """Create the log group that API Gateway would otherwise create itself, to keep it for ever.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    return aws.cloudwatch.LogGroup(
        f"{name}-execution-log",
        name=pulumi.Output.concat("API-Gateway-Execution-Logs_", api.id, f"/{stage_name}"),
        retention_in_days=args.log_retention_days,
        opts=pulumi.ResourceOptions(parent=parent),
        **args.encryption.log_group_args(),
    )


def account_role(
    name: str, api: aws.apigateway.RestApi, parent: pulumi.Resource
) -> aws.apigateway.Account:
    """Let API Gateway write logs, which is one setting for all of an account's REST APIs in a region.

    So it outlives the stack, with its role: another stack may have come to rely on it. The role's name is one of its
    own for every API, lest a stack that comes back finds the one that it left behind.
    """
    stays = pulumi.ResourceOptions(parent=parent, retain_on_delete=True)
    role = aws.iam.Role(
        f"{name}-account-role",
        name=pulumi.Output.concat(named("api-logs-"), api.id),
        description="Lets API Gateway write the logs of every REST API of this account and region",
        assume_role_policy=json.dumps(_TRUST),
        opts=stays,
    )
    partition = aws.get_partition_output().partition
    attachment = aws.iam.RolePolicyAttachment(
        f"{name}-account-policy",
        role=role.name,
        # What API Gateway demands before it takes the role.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
        policy_arn=pulumi.Output.format(
            "arn:{0}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs", partition
        ),
        opts=stays,
    )
    return aws.apigateway.Account(
        f"{name}-account",
        cloudwatch_role_arn=role.arn,
        opts=pulumi.ResourceOptions.merge(stays, pulumi.ResourceOptions(depends_on=[attachment])),
    )
