"""CloudWatch alarms as data: metrics, threshold, severity, runbook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import pulumi

MINUTE: Final = 60
FIVE_MINUTES: Final = 5 * MINUTE
HOUR: Final = 60 * MINUTE

# Fewer failures than this are no outage, even if nothing succeeded.
_FAILURES_OF_AN_OUTAGE: Final = 3

Severity = Literal["critical", "warning"]
MissingData = Literal["notBreaching", "ignore"]


@dataclass(frozen=True, kw_only=True)
class AlarmSettings:
    """What the stack decides about its alarms (docs/configuration.md#alarms).

    Periods below a minimum have no error rate. An alarm on an error rate fires when
    `datapoints_to_alarm` of the last `evaluation_periods` datapoints are above its threshold.
    """

    minimum_invocations: int
    minimum_messages: int
    minimum_requests: int
    evaluation_periods: int
    datapoints_to_alarm: int
    requests_per_hour: int
    emails_per_hour: int


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One CloudWatch metric and the statistic that aggregates it over a period."""

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


def handler_metric(name: str, package: str) -> Metric:
    """Return a metric that a handler writes."""
    return Metric(
        namespace=pulumi.get_project(),
        name=name,
        dimensions={"environment": pulumi.get_stack(), "service": package},
    )


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Fires when `expression` over `metrics`, or the only metric, is above `threshold`.

    `metrics` are named `m1`, `m2`, ... in the expression. `runbook` is an anchor in
    `docs/operations.md`. `essential` alarms report lost or refused orders, and exist with
    `monitoring: essential` too. Missing data is `notBreaching` for metrics that count or have data
    while something happens. It is to be ignored for those that report a state, which does not end
    with the data.
    """

    label: str
    severity: Severity
    summary: str
    runbook: str
    metrics: Sequence[Metric]
    threshold: float
    expression: str | None = None
    period_seconds: int = FIVE_MINUTES
    evaluation_periods: int = 1
    datapoints_to_alarm: int = 1
    essential: bool = False
    missing_data: MissingData = "notBreaching"

    @property
    def description(self) -> str:
        """The text of the notification."""
        return f"[{self.severity}] {self.summary} Runbook: docs/operations.md#{self.runbook}"

    def metric_args(self) -> dict[str, Any]:
        """Return the arguments of a MetricAlarm for its metric, or its metric math."""
        if self.expression is None:
            (metric,) = self.metrics
            return {
                "namespace": metric.namespace,
                "metric_name": metric.name,
                "dimensions": dict(metric.dimensions),
                "statistic": metric.statistic,
                "period": self.period_seconds,
            }
        inputs = [
            metric.to_query(f"m{number}", self.period_seconds)
            for number, metric in enumerate(self.metrics, 1)
        ]
        result = {
            "id": "result",
            "expression": self.expression,
            "label": self.label,
            "return_data": True,
        }
        return {"metric_queries": [*inputs, result]}


def total(*numbers: int) -> str:
    """Return the expression for the sum of metrics by number; missing data counts as 0."""
    return " + ".join(f"FILL(m{number}, 0)" for number in numbers)


def share(part: str, whole: str, *, minimum: int, sees_outage: bool = False) -> str:
    """Return the expression for `part` as a percentage of `whole`; 0 below the minimum.

    With `sees_outage`, a period below the minimum counts if everything failed, at least three
    times. It is for failures that no other alarm reports (docs/operations.md#little-traffic).
    """
    below = (
        f"IF({part} >= {_FAILURES_OF_AN_OUTAGE}, IF({part} >= {whole}, 100, 0), 0)"
        if sees_outage
        else "0"
    )
    return f"IF({whole} >= {minimum}, 100 * ({part}) / ({whole}), {below})"
