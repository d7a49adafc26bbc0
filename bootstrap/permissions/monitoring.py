"""Permissions for log groups, alarms, dashboards, queries and the X-Ray sampling rule."""

from typing import Final

from bootstrap.permissions.arns import FUNCTION_LOGS
from bootstrap.permissions.grant import Grant, arn

_LOG_GROUPS: Final = (
    FUNCTION_LOGS,
    arn("logs", "log-group:/aws/vendedlogs/{prefix}-*"),
    # Named by API Gateway, after the ID of the API.
    arn("logs", "log-group:API-Gateway-Execution-Logs_*/{stack}"),
    arn("logs", "log-group:API-Gateway-Execution-Logs_*/{stack}:*"),
)
_ALARM: Final = arn("cloudwatch", "alarm:{prefix}-*")
_DASHBOARD: Final = arn("cloudwatch", "dashboard/{prefix}-*", regional=False)
_RULE: Final = arn("xray", "sampling-rule/{rule}")

TYPES: Final[dict[str, tuple[Grant, ...]]] = {
    "aws:cloudwatch/logGroup:LogGroup": (
        Grant(read=("logs:DescribeLogGroups",)),
        Grant(
            on=_LOG_GROUPS,
            read=("logs:ListTagsForResource",),
            create=("logs:CreateLogGroup",),
            update=(
                "logs:AssociateKmsKey",
                "logs:DeleteRetentionPolicy",
                "logs:DisassociateKmsKey",
                "logs:PutRetentionPolicy",
            ),
            delete=("logs:DeleteLogGroup",),
            tag=("logs:TagResource", "logs:UntagResource"),
        ),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        Grant(
            on=(_ALARM,),
            read=("cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"),
            create=("cloudwatch:PutMetricAlarm",),
            delete=("cloudwatch:DeleteAlarms",),
            tag=("cloudwatch:TagResource", "cloudwatch:UntagResource"),
        ),
    ),
    "aws:cloudwatch/dashboard:Dashboard": (
        Grant(
            on=(_DASHBOARD,),
            read=("cloudwatch:GetDashboard",),
            create=("cloudwatch:PutDashboard",),
            delete=("cloudwatch:DeleteDashboards",),
        ),
    ),
    "aws:cloudwatch/queryDefinition:QueryDefinition": (
        Grant(
            read=("logs:DescribeQueryDefinitions",),
            create=("logs:PutQueryDefinition",),
            delete=("logs:DeleteQueryDefinition",),
        ),
    ),
    "aws:xray/samplingRule:SamplingRule": (
        Grant(read=("xray:GetSamplingRules",)),
        Grant(
            on=(_RULE,),
            read=("xray:ListTagsForResource",),
            create=("xray:CreateSamplingRule",),
            update=("xray:UpdateSamplingRule",),
            delete=("xray:DeleteSamplingRule",),
            tag=("xray:TagResource", "xray:UntagResource"),
        ),
    ),
}
