"""Alarms of a graph, evaluated as CloudWatch does."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import pulumi_aws as aws

from local.deployment.adapters.cloudwatch import alarm_arguments
from local.monitoring.alarm_definitions import Definition
from local.monitoring.alarm_states import next_state
from local.monitoring.metric_math import evaluate
from tests.infra.monitoring.support.metric_checks import MetricUse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from local.monitoring.alarm_states import State
    from local.monitoring.metric_math import Value
    from tests.infra.support.graph import Graph, Resource

# What a stack may say about its alarms, every number another one than the default.
OWN_SETTINGS = {
    "minimumInvocations": 7,
    "minimumMessages": 8,
    "minimumRequests": 9,
    "evaluationPeriods": 5,
    "datapointsToAlarm": 4,
    "requestsPerHour": 70,
    "emailsPerHour": 30,
}

# The runbooks of alarms that report lost or refused orders, which `monitoring: essential` has.
ESSENTIAL = {"api-server-errors", "dead-letters", "oldest-message", "stream-iterator-age"}

_DESCRIPTION = re.compile(r"^\[(critical|warning)\] .+ Runbook: docs/operations\.md#([a-z0-9-]+)$")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric that an alarm watches."""

    id: str
    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str
    period: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm, whether it watches a metric or an expression over several."""

    resource: Resource
    metrics: list[Metric]
    expression: str

    @classmethod
    def of(cls, resource: Resource) -> Alarm:
        """Read an alarm from its inputs."""
        if "metricQueries" not in resource.inputs:
            return cls(
                resource=resource,
                metrics=[_metric("m1", resource.inputs, "statistic")],
                expression="m1",
            )
        queries = resource["metricQueries"]
        (result,) = (query["expression"] for query in queries if query.get("returnData"))
        metrics = [
            _metric(query["id"], query["metric"], "stat") for query in queries if "metric" in query
        ]
        return cls(resource=resource, metrics=metrics, expression=result)

    @property
    def severity(self) -> str:
        """How bad it is."""
        return self._described()[0]

    @property
    def runbook(self) -> str:
        """The anchor in docs/operations.md."""
        return self._described()[1]

    def _described(self) -> tuple[str, str]:
        text = self.resource["alarmDescription"]
        match = _DESCRIPTION.fullmatch(text)
        assert match, f"{self.resource} has no severity or no runbook: {text}"
        return match[1], match[2]

    def watches(self, name: str, **dimensions: str) -> bool:
        """Whether the alarm uses the metric with exactly these dimensions."""
        return any(
            metric.name == name and metric.dimensions == dimensions for metric in self.metrics
        )

    @property
    def label(self) -> str:
        """The name without the project and the stack, such as `email-dead-letters`."""
        return self.resource.name.removeprefix("monitoring-")

    @property
    def definition(self) -> Definition:
        """What the alarm computes, as CloudWatch would describe it."""
        return Definition.of(alarm_arguments(self.resource.inputs))

    def uses(self) -> Iterator[MetricUse]:
        """The metrics that the alarm reads."""
        for metric in self.metrics:
            yield MetricUse(
                where=str(self.resource),
                namespace=metric.namespace,
                name=metric.name,
                dimensions=metric.dimensions,
                statistic=metric.statistic,
                period=metric.period,
            )

    def state(self, periods: Sequence[Mapping[str, float]], before: State = "OK") -> State:
        """Return the state at the end of these periods, each with values by metric.

        A metric without a value has no data there, and there is none before the first period.
        Metrics of one name have the same value. CloudWatch evaluates the alarm in every period.
        """
        definition, state = self.definition, before
        earlier: list[Mapping[str, float]] = [{}] * (definition.count - 1)
        for end in range(1, len(periods) + 1):
            window = [*earlier, *periods][end - 1 : end - 1 + definition.count]
            series: dict[str, list[Value]] = {
                metric.id: [period.get(metric.name) for period in window] for metric in self.metrics
            }
            state = next_state(definition.rule, definition.evaluated(series), state)
        return state

    def fires_with(self, **figures: float) -> bool:
        """Whether it fires when its metrics have these values in every period."""
        return self.fires([figures] * int(self.resource["evaluationPeriods"]))

    def fires(self, periods: Sequence[Mapping[str, float]]) -> bool:
        """Whether it is in ALARM at some time of these periods, each with values by metric.

        A metric without a value has no data there. Before the first period there is no data at all.
        """
        needed, looked_at = self.datapoints
        breaching = [self._breaches(figures) for figures in periods]
        windows = (breaching[max(0, end - looked_at) : end] for end in range(1, len(breaching) + 1))
        return any(sum(window) >= needed for window in windows)

    @property
    def datapoints(self) -> tuple[int, int]:
        """How many of the last datapoints have to breach, and how many are looked at."""
        periods = int(self.resource["evaluationPeriods"])
        return int(self.resource.inputs.get("datapointsToAlarm", periods)), periods

    def _breaches(self, figures: Mapping[str, float]) -> bool:
        assert self.resource["comparisonOperator"] == "GreaterThanThreshold"
        assert self.resource["treatMissingData"] in {"notBreaching", "ignore"}
        value = evaluate(
            self.expression, {metric.id: figures.get(metric.name) for metric in self.metrics}
        )
        return value is not None and value > self.resource["threshold"]


def _metric(query: str, inputs: Mapping[str, Any], statistic: str) -> Metric:
    return Metric(
        id=query,
        namespace=inputs["namespace"],
        name=inputs["metricName"],
        dimensions=inputs["dimensions"],
        statistic=inputs[statistic],
        period=inputs["period"],
    )


def alarms(graph: Graph) -> list[Alarm]:
    """Every alarm of a graph."""
    return [Alarm.of(resource) for resource in graph.all(aws.cloudwatch.MetricAlarm)]


def alarm_on(graph: Graph, metric: str, **dimensions: str) -> Alarm:
    """The one alarm on a metric of something."""
    matches = [alarm for alarm in alarms(graph) if alarm.watches(metric, **dimensions)]
    assert len(matches) == 1, f"{len(matches)} alarms on {metric} of {dimensions}"
    return matches[0]
