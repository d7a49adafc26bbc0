"""IAM actions of `record`, `canary` and `rollback`: `docs/canary.md` says what each is for."""

from __future__ import annotations

from typing import Final

# Each is named like its operation.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
ACTIONS: Final = (
    "lambda:GetAlias",
    "lambda:CreateAlias",
    "lambda:UpdateAlias",
    "lambda:ListVersionsByFunction",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricStatistics",
)
