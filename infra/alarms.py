"""Every alarm of the system as data: what it watches, when it rings, and where its runbook is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi

from infra.function import Function
from infra.gateway import GatewayMetrics
from infra.ses import DIMENSION

MINUTE = 60
FIVE_MINUTES = 5 * MINUTE
HOUR = 60 * MINUTE

Severity = Literal["critical", "warning"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One CloudWatch metric and how to sum it up over a period."""

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: str = "Sum"

    def to_query(self, query_id: str, period_seconds: int) -> dict[str, Any]:
        """Return the metric as an input of a metric math expression."""
        metric = {
            "namespace": self.namespace,
            "metric_name": self.name,
            "dimensions": dict(self.dimensions),
            "period": period_seconds,
            "stat": self.statistic,
        }
        return {"id": query_id, "metric": metric, "return_data": False}


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Rings when `expression` over `metrics`, or the only metric, is above `threshold` for one period.

    `metrics` are named `m1`, `m2`, ... in the expression. `runbook` is an anchor in `docs/operations.md`.
    """

    label: str
    severity: Severity
    summary: str
    runbook: str
    metrics: Sequence[Metric]
    threshold: float
    expression: str | None = None
    period_seconds: int = FIVE_MINUTES

    @property
    def description(self) -> str:
        """The text that reaches whoever is woken."""
        return f"[{self.severity}] {self.summary} Runbook: docs/operations.md#{self.runbook}"

    def watches(self) -> dict[str, Any]:
        """Return the part of a metric alarm's arguments that says what is watched."""
        if self.expression is None:
            (metric,) = self.metrics
            return {
                "namespace": metric.namespace,
                "metric_name": metric.name,
                "dimensions": dict(metric.dimensions),
                "statistic": metric.statistic,
                "period": self.period_seconds,
            }
        inputs = [metric.to_query(f"m{number}", self.period_seconds) for number, metric in enumerate(self.metrics, 1)]
        result = {"id": "result", "expression": self.expression, "label": self.label, "return_data": True}
        return {"metric_queries": [*inputs, result]}


def function_alarms(function: Function) -> list[Alarm]:
    """Return the alarms that every function has."""
    name = function.package

    def metric(metric_name: str, statistic: str = "Sum") -> Metric:
        dimensions = {"FunctionName": function.name}
        return Metric(namespace="AWS/Lambda", name=metric_name, dimensions=dimensions, statistic=statistic)

    return [
        _error_alarm(function, [metric("Invocations"), metric("Errors")]),
        Alarm(
            label=f"{name}-throttles",
            severity="critical",
            summary=f"Invocations of the {name} function were throttled.",
            runbook="function-throttles",
            metrics=[metric("Throttles")],
            threshold=0,
            period_seconds=MINUTE,
        ),
        Alarm(
            label=f"{name}-duration",
            severity="warning",
            summary=f"The {name} function ran for more than 80 % of its {function.timeout_seconds} s.",
            runbook="function-duration",
            metrics=[metric("Duration", "Maximum")],
            threshold=0.8 * function.timeout_seconds * 1000,
        ),
    ]


def _error_alarm(function: Function, metrics: list[Metric]) -> Alarm:
    """Return the alarm for failed invocations, and for what failed within invocations that did not."""
    expression = "100 * m2 / m1"
    if function.failure_metric:
        dimensions = {"environment": pulumi.get_stack(), "service": function.package}
        metrics.append(Metric(namespace=pulumi.get_project(), name=function.failure_metric, dimensions=dimensions))
        expression = "100 * (m2 + FILL(m3, 0)) / m1"
    return Alarm(
        label=f"{function.package}-errors",
        severity="critical",
        summary=f"More than 5 % of what the {function.package} function was to do failed within 5 minutes.",
        runbook="function-errors",
        metrics=metrics,
        expression=expression,
        threshold=5,
    )


def stream_alarm(relay: Function) -> Alarm:
    """Return the alarm for a relay that falls behind its stream."""
    return Alarm(
        label=f"{relay.package}-iterator-age",
        severity="warning",
        summary="The relay is more than 5 minutes behind the orders table's stream.",
        runbook="stream-iterator-age",
        metrics=[
            Metric(
                namespace="AWS/Lambda",
                name="IteratorAge",
                dimensions={"FunctionName": relay.name},
                statistic="Maximum",
            )
        ],
        threshold=FIVE_MINUTES * 1000,
    )


def dead_letter_alarm(label: str, queue_name: pulumi.Input[str]) -> Alarm:
    """Return the alarm for a dead-letter queue that is not empty."""
    return Alarm(
        label=f"{label}-dead-letters",
        severity="critical",
        summary=f"The {label} dead-letter queue holds messages that were given up.",
        runbook="dead-letters",
        metrics=[_queue_metric("ApproximateNumberOfMessagesVisible", queue_name)],
        threshold=0,
        period_seconds=MINUTE,
    )


@dataclass(frozen=True, kw_only=True)
class WatchedQueue:
    """A queue by its short label and deployed name, and for how many seconds a received message stays hidden."""

    label: str
    name: pulumi.Input[str]
    visibility_seconds: int


def queue_age_alarm(queue: WatchedQueue) -> Alarm:
    """Return the alarm for a queue whose oldest message has waited longer than two of its visibility time-outs."""
    limit = 2 * queue.visibility_seconds
    return Alarm(
        label=f"{queue.label}-oldest-message",
        severity="warning",
        summary=f"The oldest message of the {queue.label} queue has waited for more than {limit} s.",
        runbook="oldest-message",
        metrics=[_queue_metric("ApproximateAgeOfOldestMessage", queue.name)],
        threshold=limit,
    )


@dataclass(frozen=True, kw_only=True)
class WatchedTable:
    """A table by its short label and deployed name; a full index throttles writes to its table."""

    label: str
    name: pulumi.Input[str]
    index: str | None = None


def table_alarm(table: WatchedTable) -> Alarm:
    """Return the alarm for a table, or its index, that refuses requests because of its capacity."""
    own = {"TableName": table.name}
    watched = [(name, own) for name in ("ReadThrottleEvents", "WriteThrottleEvents")]
    if table.index:
        watched.append(("WriteThrottleEvents", {**own, "GlobalSecondaryIndexName": table.index}))
    return Alarm(
        label=f"{table.label}-table-throttles",
        severity="warning",
        summary=f"DynamoDB throttled requests to the {table.label} table.",
        runbook="table-throttles",
        metrics=[Metric(namespace="AWS/DynamoDB", name=name, dimensions=where) for name, where in watched],
        expression=" + ".join(f"FILL(m{number}, 0)" for number in range(1, len(watched) + 1)),
        threshold=0,
    )


def gateway_alarms(gateway: GatewayMetrics) -> list[Alarm]:
    """Return the alarms for the share of requests that failed at the front door."""

    def share(errors: str) -> list[Metric]:
        return [
            Metric(namespace=gateway.namespace, name=name, dimensions=gateway.dimensions)
            for name in (errors, gateway.count)
        ]

    return [
        Alarm(
            label="api-server-errors",
            severity="critical",
            summary="More than 1 % of the API's requests were answered with a 5xx status within 5 minutes.",
            runbook="api-server-errors",
            metrics=share(gateway.server_errors),
            expression="100 * m1 / m2",
            threshold=1,
        ),
        Alarm(
            label="api-client-errors",
            severity="warning",
            summary="More than 10 % of the API's requests were answered with a 4xx status within 5 minutes.",
            runbook="api-client-errors",
            metrics=share(gateway.client_errors),
            expression="100 * m1 / m2",
            threshold=10,
        ),
    ]


def reputation_alarms(configuration_set: pulumi.Input[str]) -> list[Alarm]:
    """Return the alarms for e-mails that come back or are unwanted, at the rates at which AWS reviews an account.

    https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html
    """

    def rate(name: str) -> list[Metric]:
        dimensions = {DIMENSION: configuration_set}
        return [Metric(namespace="AWS/SES", name=f"Reputation.{name}", dimensions=dimensions, statistic="Average")]

    return [
        Alarm(
            label="email-bounces",
            severity="warning",
            summary="More than 5 % of recent e-mails bounced; at 10 % AWS may stop the account's e-mails.",
            runbook="bounces-and-complaints",
            metrics=rate("BounceRate"),
            threshold=0.05,
            period_seconds=HOUR,
        ),
        Alarm(
            label="email-complaints",
            severity="warning",
            summary="More than 0.1 % of recent e-mails were called spam; at 0.5 % AWS may stop the account's e-mails.",
            runbook="bounces-and-complaints",
            metrics=rate("ComplaintRate"),
            threshold=0.001,
            period_seconds=HOUR,
        ),
    ]


def _queue_metric(name: str, queue_name: pulumi.Input[str]) -> Metric:
    return Metric(namespace="AWS/SQS", name=name, dimensions={"QueueName": queue_name}, statistic="Maximum")
