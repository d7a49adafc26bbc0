"""Every metric that alarms, dashboards and scaling policies read is emitted, with its dimensions.

The table of AWS's metrics is `tooling/aws_metrics.py`; the handlers' are what they are seen to
print.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pulumi_aws as aws
import pytest

from local.monitoring.metric_math import evaluate
from orderctl.stack import Stack
from release.versions.aliases import Function
from release.versions.traffic import Traffic
from tests.infra.monitoring.support.alarms import alarms
from tests.infra.monitoring.support.dashboards import Search, widgets
from tests.infra.monitoring.support.metric_checks import MetricChecks, MetricUse
from tests.infra.support.combinations import EVERY, combined
from tests.infra.support.features import full
from tests.infra.support.graph import (
    STACK_FILES,
    Graph,
    deployed,
    monitored,
    record,
    settings,
    stack_of,
    token,
)
from tests.infra.support.handlers import metrics_emitted
from tests.support.emitted_metrics import emitted
from tests.support.functions import ENVIRONMENT, HANDLERS
from tests.support.stacks import VARIANTS
from tooling import aws_metrics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Words of the query language, functions of `stats`, and names that a query itself gives.
_WORDS = {"and", "as", "asc", "by", "desc", "fields", "filter", "ispresent", "limit", "or"}
_WORDS |= {"sort", "stats", "sum", "occurrences"}


@pytest.fixture
def graph(stack_file: Path) -> Graph:
    """What each stack would deploy with all of its monitoring, in turn."""
    return monitored(stack_file)


def _uses(graph: Graph) -> list[MetricUse]:
    """Every metric that alarms and dashboards of a stack read; a stack may have neither."""
    kinds = {resource.type for resource in graph.resources}
    of_alarms = alarms(graph) if token(aws.cloudwatch.MetricAlarm) in kinds else []
    return [
        *(use for alarm in of_alarms for use in alarm.uses()),
        *(use for widget in widgets(graph) for use in widget.uses()),
    ]


def _searches(graph: Graph) -> list[Search]:
    return [search for widget in widgets(graph) for search in widget.searches()]


def _problems(graph: Graph) -> list[str]:
    checks = MetricChecks(graph)
    return [
        *(problem for use in _uses(graph) for problem in checks.problems(use)),
        *(problem for search in _searches(graph) for problem in search.problems(checks)),
    ]


def test_every_metric_is_emitted(graph: Graph) -> None:
    """Alarms and dashboards of every stack with full monitoring read metrics that are emitted."""
    assert len(_uses(graph)) > 60
    assert len(_searches(graph)) == 4
    assert _problems(graph) == []


@pytest.mark.parametrize("path", STACK_FILES, ids=stack_of)
def test_every_metric_of_a_shipped_stack_is_emitted(path: Path) -> None:
    """The same with the level of monitoring that the stack's file says."""
    graph = deployed(path)
    assert _uses(graph)
    assert _problems(graph) == []


@pytest.mark.parametrize("combination", EVERY, ids="-".join)
def test_every_metric_of_a_combination_is_emitted(combination: tuple[str, str]) -> None:
    """The same with either gateway and either way of ingestion, where every function exists."""
    assert _problems(combined(combination, monitoring="full")) == []


@pytest.mark.thorough
@pytest.mark.parametrize("path", VARIANTS, ids=stack_of)
@pytest.mark.parametrize("level", ["own", "full", "essential"])
def test_every_metric_of_a_variant_is_emitted(path: Path, level: str) -> None:
    """The same for every variant, with each level of monitoring."""
    graph = deployed(path) if level == "own" else record(settings(path, monitoring=level))
    assert _problems(graph) == []


def test_every_listed_metric_is_read() -> None:
    """The table has no metric that no kind of stack reads."""
    graphs = [*(combined(each, monitoring="full") for each in EVERY), full("direct")]
    read = {
        aws_metrics.emitted(use.namespace, use.name, use.dimensions)
        for graph in graphs
        for use in (*_uses(graph), *_scaling(graph))
    }
    assert {
        f"{each.namespace} {each.name}" for each in aws_metrics.AWS_METRICS if each not in read
    } == set()


@pytest.mark.parametrize("metric", aws_metrics.AWS_METRICS, ids=lambda each: each.name)
def test_listed_metrics_have_a_source(metric: aws_metrics.AwsMetric) -> None:
    """A metric names AWS's page, statistics, and when it has no data."""
    assert metric.source.startswith("https://docs.aws.amazon.com/")
    assert metric.statistics
    assert metric.without_data.endswith(".")


def test_handlers_are_seen_to_emit_all_their_metrics() -> None:
    """Every metric in the handlers' source is caused by an invocation, in the stack's namespace."""
    seen = emitted().metrics
    assert {each.name for each in seen} == {
        name for package in HANDLERS for name in metrics_emitted(package)
    }
    assert {each.namespace for each in seen} == {ENVIRONMENT["METRICS_NAMESPACE"]}


def _scaling(graph: Graph) -> Iterator[MetricUse]:
    """The metrics that scaling policies track."""
    for policy in (
        each for each in graph.resources if each.type == token(aws.appautoscaling.Policy)
    ):
        tracking = policy["targetTrackingScalingPolicyConfiguration"]
        for query in tracking["customizedMetricSpecification"]["metrics"]:
            if "metricStat" in query:
                metric = query["metricStat"]["metric"]
                yield MetricUse(
                    where=str(policy),
                    namespace=metric["namespace"],
                    name=metric["metricName"],
                    dimensions={each["name"]: each["value"] for each in metric["dimensions"]},
                    statistic=query["metricStat"]["stat"],
                    period=60,
                )


def test_scaling_policies_track_metrics_that_are_emitted() -> None:
    """Provisioned concurrency is scaled by a metric that Lambda emits for the alias."""
    graph = full("direct")
    uses = [*_scaling(graph)]
    assert len(uses) == 2
    assert [problem for use in uses for problem in MetricChecks(graph).problems(use)] == []


def test_a_canary_reads_a_metric_that_is_emitted() -> None:
    """The invocations of a new version are those that Lambda emits for a version of an alias."""
    graph = full("direct")
    name = f"{graph.prefix}orders"
    cloudwatch = _CloudWatch()
    outputs: Any = None  # which it does not read
    stack = Stack(outputs=outputs, client=lambda _service: cloudwatch)
    function = Function(package="orders", name=name, published="7", live="6")
    Traffic(stack).sentence(function, datetime.now(UTC))
    (arguments,) = cloudwatch.requests
    (statistic,) = arguments["Statistics"]
    dimensions = {each["Name"]: each["Value"] for each in arguments["Dimensions"]}
    metric = aws_metrics.emitted(arguments["Namespace"], arguments["MetricName"], dimensions)
    assert metric is not None
    assert metric.has_statistic(statistic)
    assert dimensions.pop("ExecutedVersion") == "7"
    use = MetricUse(
        where="canary",
        namespace=arguments["Namespace"],
        name=arguments["MetricName"],
        dimensions=dimensions,
        statistic=statistic,
        period=arguments["Period"],
    )
    assert MetricChecks(graph).problems(use) == []


class _CloudWatch:
    """Answers without datapoints, and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []

    def get_metric_statistics(self, **arguments: Any) -> dict[str, Any]:
        """Return no datapoints."""
        self.requests.append(arguments)
        return {"Datapoints": []}


def test_metric_math_of_widgets_is_evaluated(graph: Graph) -> None:
    """Metric math on a dashboard has a value with all its metrics, and with some of them."""
    formulas = [(each, widget.ids()) for widget in widgets(graph) for each in widget.math()]
    assert formulas
    for formula, ids in formulas:
        assert evaluate(formula, dict.fromkeys(ids, 1.0)) == 50
        assert evaluate(formula, {**dict.fromkeys(ids), ids[0]: 1.0}) == 100
        assert evaluate(formula, {**dict.fromkeys(ids), ids[1]: 1.0}) == 0
        assert evaluate(formula, dict.fromkeys(ids)) is None


def test_saved_queries_read_fields_that_handlers_print(graph: Graph) -> None:
    """Every field of a saved query stands in some line of a function whose log it reads."""
    printed = {field for fields in emitted().fields.values() for field in fields}
    for query in graph.all(aws.cloudwatch.QueryDefinition):
        text = re.sub(r'"[^"]*"|@\w+', "", query["queryString"])
        fields = set(re.findall(r"[A-Za-z]\w*", text)) - _WORDS
        assert fields
        assert fields <= printed, f"{query} reads {fields - printed}"
