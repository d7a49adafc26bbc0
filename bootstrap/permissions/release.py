"""Permissions for the commands of `release/`, which the workflow runs around `pulumi up`.

A test compares them with docs/smoke-test.md and docs/canary.md. Actions that a resource type has as
well, such as `lambda:UpdateAlias`, are not repeated.
"""

from typing import Final

from bootstrap.permissions.arns import FUNCTION_LOGS, KEYS, QUEUES, TABLES
from bootstrap.permissions.grant import Grant, arn

RELEASE: Final[tuple[Grant, ...]] = (
    # A canary looks for the stack's alarms among all, and asks for metrics, which have no ARN.
    Grant(on=(arn("cloudwatch", "alarm:*"),), read=("cloudwatch:DescribeAlarms",)),
    Grant(read=("cloudwatch:GetMetricStatistics",)),
    # The smoke test sends an order, follows it, and removes it.
    Grant(
        on=(TABLES,),
        read=("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"),
        update=("dynamodb:PutItem", "dynamodb:UpdateItem"),
        delete=("dynamodb:DeleteItem",),
    ),
    Grant(
        on=(QUEUES,),
        read=("sqs:GetQueueAttributes",),
        update=("sqs:ChangeMessageVisibility", "sqs:ReceiveMessage"),
        delete=("sqs:DeleteMessage",),
    ),
    Grant(
        on=(KEYS,),
        read=("kms:Decrypt",),
        condition={"StringLike": {"kms:ViaService": ("sqs.*.amazonaws.com",)}},
    ),
    Grant(on=(FUNCTION_LOGS,), read=("logs:FilterLogEvents",)),
    # An API's ID is generated, and the stage of an HTTP API is `$default` in every stack.
    Grant(
        on=(
            arn("execute-api", "*/$default/POST/orders"),
            arn("execute-api", "*/{stack}/POST/orders"),
        ),
        create=("execute-api:Invoke",),
    ),
)
