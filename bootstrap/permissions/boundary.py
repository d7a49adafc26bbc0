"""The permissions boundary: the most that the roles of a stack's functions can be allowed."""

from typing import Final

from bootstrap.permissions.arns import (
    CONFIGURATION_SETS,
    FUNCTION_LOGS,
    IDENTITIES,
    KEYS,
    QUEUES,
    TABLES,
    TOPICS,
)
from bootstrap.permissions.grant import Grant, arn

# API Gateway writes the logs of every REST API of the account and region with one role.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
_API_LOGS: Final = (
    arn("logs", "log-group:/aws/vendedlogs/*"),
    arn("logs", "log-group:API-Gateway-Execution-Logs_*"),
)

# Lambda attaches functions to their VPC; the functions' own code cannot.
# https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
_LAMBDA_SERVICE_ONLY: Final = {"Null": {"lambda:SourceFunctionArn": ("true",)}}

BOUNDARY: Final[tuple[Grant, ...]] = (
    Grant(
        on=(TABLES,),
        create=(
            "dynamodb:DeleteItem",
            "dynamodb:DescribeStream",
            "dynamodb:GetItem",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:PartiQLInsert",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ),
    ),
    Grant(
        on=(QUEUES,),
        create=(
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
        ),
    ),
    Grant(on=(TOPICS,), create=("sns:Publish",)),
    # The sender's identity is not the stack's; the role's own policy names the sender.
    Grant(
        on=(IDENTITIES, CONFIGURATION_SETS),
        create=("ses:SendEmail",),
    ),
    Grant(on=("{secret}",), create=("secretsmanager:GetSecretValue",)),
    # Keys of other stacks as well, but only through services, for what the role may use there.
    Grant(
        on=(KEYS,),
        create=("kms:Decrypt", "kms:GenerateDataKey"),
        condition={
            "StringLike": {
                "kms:ViaService": (
                    "dynamodb.*.amazonaws.com",
                    "sns.*.amazonaws.com",
                    "sqs.*.amazonaws.com",
                )
            }
        },
    ),
    Grant(on=(FUNCTION_LOGS, *_API_LOGS), create=("logs:CreateLogStream", "logs:PutLogEvents")),
    Grant(on=_API_LOGS, create=("logs:CreateLogGroup", "logs:DescribeLogStreams")),
    Grant(
        create=(
            "dynamodb:ListStreams",
            "logs:DescribeLogGroups",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ),
    ),
    Grant(
        create=("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
        condition=_LAMBDA_SERVICE_ONLY,
    ),
    Grant(
        on=(arn("ec2", "*/*"),),
        create=(
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:UnassignPrivateIpAddresses",
        ),
        condition=_LAMBDA_SERVICE_ONLY,
    ),
)
