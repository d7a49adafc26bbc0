"""What a deployed alarm computes: its metrics, its expression, and when it fires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from local.monitoring.alarm_states import EXTRA_PERIODS, Rule, UnsupportedAlarmError
from local.monitoring.metric_math import UnsupportedExpressionError, evaluate
from local.monitoring.metrics import STATISTICS, Metric, Metrics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.monitoring.metric_math import Value


@dataclass(frozen=True, kw_only=True)
class Query:
    """A metric of an alarm and its statistic; `id` names it in the alarm's expression."""

    id: str
    metric: Metric
    statistic: str
    period: int


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What an alarm computes of which metrics, and when it fires."""

    rule: Rule
    queries: tuple[Query, ...]
    expression: str

    @classmethod
    def of(cls, alarm: Mapping[str, Any]) -> Self:
        """Read an alarm as in the response of DescribeAlarms.

        Raises:
            UnsupportedAlarmError: it cannot be evaluated here; says why.
        """
        queries, expression = _queries(alarm)
        ignores_missing = any(query.metric.namespace == "AWS/DynamoDB" for query in queries)
        definition = cls(
            rule=Rule.of(alarm, ignores_missing=ignores_missing),
            queries=queries,
            expression=expression,
        )
        try:
            evaluate(expression, dict.fromkeys((query.id for query in queries), 1.0))
        except UnsupportedExpressionError as error:
            raise UnsupportedAlarmError(f"the expression {error} is not evaluated") from error
        return definition

    @property
    def count(self) -> int:
        """How many datapoints an evaluation reads."""
        return self.rule.evaluation_periods + EXTRA_PERIODS

    @property
    def problem(self) -> str | None:
        """Why a local stack has no values for the alarm; None if it has."""
        for query in self.queries:
            if query.metric.problem is not None:
                return query.metric.problem
            if query.statistic not in STATISTICS:
                return f"the statistic {query.statistic} is not computed"
        return None

    def datapoints(self, metrics: Metrics, now: float) -> list[Value]:
        """Return the datapoints of the alarm's expression, oldest first."""
        series = {
            query.id: metrics.datapoints(
                query.metric, query.statistic, period=query.period, count=self.count, now=now
            )
            for query in self.queries
        }
        return self.evaluated(series)

    def evaluated(self, series: Mapping[str, Sequence[Value]]) -> list[Value]:
        """Return the expression's datapoints from those of its metrics, by the queries' IDs."""
        count = min(map(len, series.values()))
        return [
            evaluate(self.expression, {name: values[index] for name, values in series.items()})
            for index in range(count)
        ]


def _queries(alarm: Mapping[str, Any]) -> tuple[tuple[Query, ...], str]:
    """Return an alarm's metrics, and the expression over them."""
    if not (entries := alarm.get("Metrics")):
        statistic = alarm.get("Statistic") or str(alarm.get("ExtendedStatistic"))
        query = Query(id="m1", metric=Metric.of(alarm), statistic=statistic, period=alarm["Period"])
        return (query,), query.id
    queries = tuple(
        Query(
            id=entry["Id"],
            metric=Metric.of(entry["MetricStat"]["Metric"]),
            statistic=entry["MetricStat"]["Stat"],
            period=entry["MetricStat"]["Period"],
        )
        for entry in entries
        if "MetricStat" in entry
    )
    (result,) = (entry for entry in entries if entry.get("ReturnData", True))
    return queries, result.get("Expression") or result["Id"]
