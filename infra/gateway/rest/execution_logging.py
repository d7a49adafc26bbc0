"""Execution logging of a REST API: the log group, and the account's role to write logs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra import naming

if TYPE_CHECKING:
    from infra.gateway.args import GatewayArgs

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
    name: str, api: aws.apigateway.RestApi, args: GatewayArgs, parent: pulumi.Resource
) -> aws.cloudwatch.LogGroup:
    """Create the log group, which API Gateway would otherwise create without a retention."""
    return aws.cloudwatch.LogGroup(
        f"{name}-execution-log",
        name=api.id.apply(naming.execution_log_group_name),
        retention_in_days=args.log_retention_days,
        opts=pulumi.ResourceOptions(parent=parent),
        **args.encryption.log_group_args(),
    )


def account_role(
    name: str, api: aws.apigateway.RestApi, parent: pulumi.Resource
) -> aws.apigateway.Account:
    """Let API Gateway write logs: one setting for all REST APIs of an account in a region.

    So it is retained when the stack is deleted: another stack may depend on it. The role's name
    holds the API's ID, because a recreated stack would find the retained role.
    """
    retained = pulumi.ResourceOptions(parent=parent, retain_on_delete=True)
    role = aws.iam.Role(
        f"{name}-account-role",
        name=pulumi.Output.concat(naming.resource_name("api-logs-"), api.id),
        description="Lets API Gateway write the logs of every REST API of this account and region",
        assume_role_policy=json.dumps(_TRUST),
        opts=retained,
    )
    partition = aws.get_partition_output().partition
    attachment = aws.iam.RolePolicyAttachment(
        f"{name}-account-policy",
        role=role.name,
        # API Gateway requires this policy.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
        policy_arn=pulumi.Output.format(
            "arn:{0}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs", partition
        ),
        opts=retained,
    )
    return aws.apigateway.Account(
        f"{name}-account",
        cloudwatch_role_arn=role.arn,
        opts=pulumi.ResourceOptions.merge(
            retained, pulumi.ResourceOptions(depends_on=[attachment])
        ),
    )
