"""Dashboards and saved queries: valid, complete, and about what exists."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi_aws as aws
import pytest

from tests.infra.support.expectations import api_function, api_metrics, writer
from tests.infra.support.graph import monitored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.infra.support.graph import Graph

_LABELS = ("operations", "business")


@pytest.fixture
def graph(stack_file: Path) -> Graph:
    """What each stack would deploy with all of its monitoring, in turn."""
    return monitored(stack_file)


def _widgets(graph: Graph, label: str) -> list[dict[str, Any]]:
    name = f"{graph.prefix}{label}-{graph.stackfile.config['aws:region']}"
    (board,) = (b for b in graph.all(aws.cloudwatch.Dashboard) if b["dashboardName"] == name)
    widgets: list[dict[str, Any]] = board.document("dashboardBody")["widgets"]
    return widgets


def _rows(graph: Graph, label: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each metric that a dashboard shows, as namespace, name and dimensions."""
    for widget in _widgets(graph, label):
        for row in widget["properties"]["metrics"]:
            if isinstance(row[0], dict):
                continue
            namespace, name, *rest = (part for part in row if isinstance(part, str))
            yield namespace, name, dict(zip(rest[::2], rest[1::2], strict=True))


@pytest.mark.parametrize("label", _LABELS)
def test_widgets_stand_side_by_side(graph: Graph, label: str) -> None:
    """No two widgets of a dashboard cover each other, and all fit into CloudWatch's 24 columns."""
    cells: set[tuple[int, int]] = set()
    for widget in _widgets(graph, label):
        assert widget["x"] + widget["width"] <= 24
        mine = {
            (widget["x"] + dx, widget["y"] + dy)
            for dx in range(widget["width"])
            for dy in range(widget["height"])
        }
        assert not mine & cells
        cells |= mine


@pytest.mark.parametrize("label", _LABELS)
def test_every_widget_has_a_title(graph: Graph, label: str) -> None:
    """Every widget has a title of its own, the stack's region, and something to show."""
    titles = [widget["properties"]["title"] for widget in _widgets(graph, label)]
    assert len(titles) == len(set(titles))
    for widget in _widgets(graph, label):
        assert widget["properties"]["region"] == graph.stackfile.config["aws:region"]
        assert widget["properties"]["metrics"], widget["properties"]["title"]


def test_the_operations_dashboard_shows_everything_that_runs(graph: Graph) -> None:
    """The operations dashboard shows the API and every function, table and queue."""
    shown = {
        (name, next(iter(d.values())))
        for ns, name, d in _rows(graph, "operations")
        if ns.startswith("AWS/")
    }
    for function in graph.all(aws.lambda_.Function):
        assert {(name, function["name"]) for name in ("Duration", "Errors", "Throttles")} <= shown
    for table in graph.all(aws.dynamodb.Table):
        assert {
            (f"Consumed{kind}CapacityUnits", table["name"]) for kind in ("Read", "Write")
        } <= shown
    for queue in graph.all(aws.sqs.Queue):
        assert ("ApproximateNumberOfMessagesVisible", queue["name"]) in shown
    api = api_metrics(graph)
    first = next(iter(api.dimensions.values()))
    assert {
        (name, first) for name in ("Count", api.client_errors, api.server_errors, "Latency")
    } <= shown
    emails = {
        (name, f"{graph.prefix}email") for name in ("Bounce", "Complaint", "Delivery", "Reject")
    }
    assert emails <= shown or graph.config("smtp")
    ours = {name for ns, name, _ in _rows(graph, "operations") if ns == graph.stackfile.project}
    assert ours >= {"OrdersReceived", "OrdersProcessed", "OrdersFailed"}


def test_latency_is_shown_in_percentiles(graph: Graph) -> None:
    """The API's latency is shown as median, 95th and 99th percentile."""
    rows = [
        row for widget in _widgets(graph, "operations") for row in widget["properties"]["metrics"]
    ]
    stats = {row[-1]["stat"] for row in rows if row[1] == "Latency"}
    assert stats == {"p50", "p95", "p99"}


def test_the_business_dashboard_shows_the_order_funnel(graph: Graph) -> None:
    """The business dashboard shows orders per day, week and month, the funnel, and order age."""
    rows = [(name, d["service"]) for _, name, d in _rows(graph, "business")]
    funnel = {("OrdersReceived", api_function(graph)), ("OrdersProcessed", writer(graph))}
    assert funnel | {
        ("EmailsSent", "email"),
        ("AuditRecordsCreated", "audit"),
        ("EmailsFailed", "email"),
    } <= set(rows)
    assert {("OrderAge", "email"), ("OrderAge", "audit")} <= set(rows)
    periods = {widget["properties"]["period"] for widget in _widgets(graph, "business")}
    assert {86_400 * days for days in (1, 7, 30)} <= periods


def test_saved_queries_read_every_functions_log(graph: Graph) -> None:
    """Both saved queries cover the log groups of all functions."""
    groups = {f"/aws/lambda/{function['name']}" for function in graph.all(aws.lambda_.Function)}
    queries = {
        query["name"].split("/")[-1]: query for query in graph.all(aws.cloudwatch.QueryDefinition)
    }
    assert queries.keys() == {"top-validation-errors", "one-order"}
    for query in queries.values():
        assert set(query["logGroupNames"]) == groups
    assert "orderId =" in queries["one-order"]["queryString"]
    assert "by field" in queries["top-validation-errors"]["queryString"]


def test_dashboards_are_json_without_gaps(graph: Graph) -> None:
    """A dashboard's body is strict JSON: no NaN, nothing missing."""
    for board in graph.all(aws.cloudwatch.Dashboard):
        text = board["dashboardBody"]
        assert json.dumps(json.loads(text), allow_nan=False)
        assert "null" not in text
