"""The checks of metrics find a metric, dimension, name or statistic that does not exist."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from tests.infra.monitoring.support.alarms import alarms
from tests.infra.monitoring.support.dashboards import Search, widgets
from tests.infra.monitoring.support.metric_checks import MetricChecks, MetricUse
from tests.infra.support.combinations import EITHER, combined

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.infra.support.graph import Graph


@pytest.fixture(scope="module", params=EITHER, ids="-".join)
def graph(request: pytest.FixtureRequest) -> Graph:
    """A stack with every alarm and every widget."""
    return combined(request.param, monitoring="full")


def _other_value(use: MetricUse) -> MetricUse:
    *others, (last, value) = use.dimensions.items()
    return dataclasses.replace(use, dimensions={**dict(others), last: f"{value}x"})


# Ways to break the reading of a metric.
_BROKEN: dict[str, Callable[[MetricUse], MetricUse]] = {
    "namespace": lambda use: dataclasses.replace(use, namespace="AWS/Lambada"),
    "name": lambda use: dataclasses.replace(use, name=f"{use.name}s"),
    "a dimension too many": lambda use: dataclasses.replace(
        use, dimensions={**use.dimensions, "Region": "us-east-1"}
    ),
    "a dimension too few": lambda use: dataclasses.replace(
        use, dimensions=dict([*use.dimensions.items()][1:])
    ),
    "another name": _other_value,
    "statistic": lambda use: dataclasses.replace(use, statistic="IQM"),
    "period": lambda use: dataclasses.replace(use, period=90),
}
# A table has metrics without an index, and an API without a stage.
_ALSO_EMITTED = {"AWS/DynamoDB", "AWS/ApiGateway"}


@pytest.mark.parametrize("kind", _BROKEN)
def test_a_broken_metric_is_found(graph: Graph, kind: str) -> None:
    """Every metric of an alarm or a widget, broken in one way, is found."""
    checks = MetricChecks(graph)
    uses = [use for alarm in alarms(graph) for use in alarm.uses()]
    uses += [use for widget in widgets(graph) for use in widget.uses()]
    assert len(uses) > 60
    for use in uses:
        broken = _BROKEN[kind](use)
        if kind == "a dimension too few" and use.namespace in _ALSO_EMITTED:
            continue
        if kind == "statistic" and use.namespace == checks.project and use.name == "OrderAge":
            continue  # no count: any statistic
        assert checks.problems(broken), f"{kind} of {use}"


def test_the_iterator_age_of_another_function_is_found(graph: Graph) -> None:
    """A function that reads no stream has no iterator age."""
    checks = MetricChecks(graph)
    (use,) = (use for alarm in alarms(graph) for use in alarm.uses() if use.name == "IteratorAge")
    assert checks.problems(use) == []
    other = dataclasses.replace(use, dimensions={"FunctionName": f"{graph.prefix}email"})
    assert checks.problems(other)


def test_an_index_of_another_table_is_found(graph: Graph) -> None:
    """An index belongs to its table."""
    checks = MetricChecks(graph)
    index = "GlobalSecondaryIndexName"
    of_index = [use for alarm in alarms(graph) for use in alarm.uses() if index in use.dimensions]
    assert of_index
    for use in of_index:
        table = f"{graph.prefix}sent-emails"
        other = dataclasses.replace(use, dimensions={**use.dimensions, "TableName": table})
        assert table in checks.names["AWS/DynamoDB", "TableName"]
        assert checks.problems(other)


_BROKEN_SEARCHES: dict[str, Callable[[Search], Search]] = {
    "namespace": lambda search: search._replace(namespace="AWS/Nothing"),
    "dimensions": lambda search: search._replace(dimensions=search.dimensions | {"Region"}),
    "name": lambda search: search._replace(name=f"{search.name}s"),
    "values": lambda search: search._replace(
        values={name: f"{value}x" for name, value in search.values.items()}
    ),
    "no values": lambda search: search._replace(values={}),
}


@pytest.mark.parametrize("kind", _BROKEN_SEARCHES)
def test_a_broken_search_is_found(graph: Graph, kind: str) -> None:
    """A search for a metric, dimension or value that does not exist is found, and one too wide."""
    checks = MetricChecks(graph)
    for search in (each for widget in widgets(graph) for each in widget.searches()):
        assert search.problems(checks) == []
        assert _BROKEN_SEARCHES[kind](search).problems(checks)
