"""Alarms and dashboards against CloudWatch's limits, and the receivers of alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from infra.naming import OPS_ALERTS, OPS_WARNINGS
from release.preflight.finding import failed, ok, warning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from release.preflight.check import Findings, Target
    from release.preflight.finding import Finding

LIMITS: Final = "alarms and dashboards"
RECEIVERS: Final = "receivers of alarms"

# CloudWatch limits neither the number of alarms nor that of dashboards, but what is in one.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
# (27 November 2026)
MAX_ACTIONS: Final = 5
MAX_METRICS_OF_ALARM: Final = 10
MAX_WIDGETS: Final = 500
MAX_METRICS_OF_WIDGET: Final = 500
MAX_METRICS_OF_DASHBOARD: Final = 2500

_ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
_DASHBOARD: Final = "aws:cloudwatch/dashboard:Dashboard"


def limits(target: Target) -> Findings:
    """Compare the stack's alarms and dashboards with what CloudWatch takes."""
    resources = target.stack.resources
    yield judge_limits(resources.of(_ALARM), resources.of(_DASHBOARD))


def judge_limits(
    alarms: Sequence[Mapping[str, Any]], dashboards: Sequence[Mapping[str, Any]]
) -> Finding:
    """Judge the inputs of alarms and dashboards."""
    excessive = []
    for alarm in alarms:
        metrics = [each for each in alarm.get("metricQueries", []) if "metric" in each]
        actions = max(len(alarm.get(kind, [])) for kind in ("alarmActions", "okActions"))
        if len(metrics) > MAX_METRICS_OF_ALARM or actions > MAX_ACTIONS:
            excessive.append(alarm["name"])
    for dashboard in dashboards:
        widgets = dashboard["dashboardBody"]["widgets"]
        counts = [len(each["properties"].get("metrics", [])) for each in widgets]
        if (
            len(widgets) > MAX_WIDGETS
            or max(counts, default=0) > MAX_METRICS_OF_WIDGET
            or sum(counts) > MAX_METRICS_OF_DASHBOARD
        ):
            excessive.append(dashboard["dashboardName"])
    if excessive:
        detail = f"{', '.join(excessive)} has more metrics or actions than CloudWatch allows."
        return failed(LIMITS, detail, "Divide it: infra/monitoring")
    counted = f"{len(alarms)} alarms and {len(dashboards)} dashboards"
    return ok(LIMITS, f"{counted}; CloudWatch has no quota for their number.")


def receivers(target: Target) -> Findings:
    """Check that alarms have receivers, and that those of a deployed stack have confirmed."""
    config = target.config
    full = config.monitoring == "full"
    for key, topic, expected in (
        (
            "alerts",
            OPS_ALERTS,
            [*config.alerts.emails, *config.alerts.phone_numbers, *config.alerts.webhooks],
        ),
        ("warnings", OPS_WARNINGS, [*config.warnings.emails, *config.warnings.webhooks]),
    ):
        if key == "warnings" and not full:
            continue
        if not expected:
            detail = f"without a receiver in {key}, nobody is notified."
            step = f"Run: pulumi config set --path '{key}.emails[0]' <address>"
            yield warning(RECEIVERS, detail, step)
            continue
        arn = (
            f"arn:{target.partition}:sns:{target.stack.region}:{target.account}:"
            f"{target.prefix}{topic}"
        )
        yield judge_receivers(key, expected, _subscriptions(target.client("sns"), arn))


def judge_receivers(
    key: str, expected: Sequence[str], subscriptions: Mapping[str, str] | None
) -> Finding:
    """Judge the subscriptions of a topic; receivers are counted, not shown.

    Args:
        key: The configuration key of the receivers.
        expected: Their endpoints in the configuration.
        subscriptions: Subscription ARNs by endpoint; None if the topic does not exist yet.
    """
    if subscriptions is None:
        detail = f"{len(expected)} in {key}, and the stack is not deployed yet."
        step = "Each email address and webhook has to confirm after the deployment."
        return ok(RECEIVERS, detail, step)
    arns = [subscriptions.get(endpoint) for endpoint in expected]
    confirmed = sum(arn is not None and arn.startswith("arn:") for arn in arns)
    detail = f"{confirmed} of {len(expected)} in {key} have confirmed."
    if confirmed == len(expected):
        return ok(RECEIVERS, detail)
    pending = sum(arn is not None and not arn.startswith("arn:") for arn in arns)
    missing = len(expected) - confirmed - pending
    step = (
        f"Pending: {pending}, which have to open the link that SNS has sent. Without a "
        f"subscription: {missing}, which the next deployment creates: "
        "docs/production.md#receivers-of-alarms"
    )
    return warning(RECEIVERS, detail, step)


def _subscriptions(sns: Any, topic: str) -> dict[str, str] | None:
    try:
        pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        return {
            each["Endpoint"]: each["SubscriptionArn"]
            for page in pages
            for each in page["Subscriptions"]
        }
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NotFound", "NotFoundException"):
            return None
        raise
