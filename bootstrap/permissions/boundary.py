"""The permissions boundary: the most that the roles of a stack's functions can be allowed."""

from typing import Final

from bootstrap.permissions.grant import Grant, arn

_TABLE: Final = arn("dynamodb", "table/{prefix}-*")
_QUEUE: Final = arn("sqs", "{prefix}-*")
_LOGS: Final = arn("logs", "log-group:/aws/lambda/{prefix}-*")

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
        on=(_TABLE,),
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
        on=(_QUEUE,),
        create=(
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
        ),
    ),
    Grant(on=(arn("sns", "{prefix}-*"),), create=("sns:Publish",)),
    # The sender's identity is not the stack's; the role's own policy names the sender.
    Grant(
        on=(arn("ses", "identity/*"), arn("ses", "configuration-set/{prefix}-*")),
        create=("ses:SendEmail",),
    ),
    Grant(on=("{secret}",), create=("secretsmanager:GetSecretValue",)),
    # Keys of other stacks as well, but only through services, for what the role may use there.
    Grant(
        on=(arn("kms", "key/*"),),
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
    Grant(on=(_LOGS, *_API_LOGS), create=("logs:CreateLogStream", "logs:PutLogEvents")),
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
