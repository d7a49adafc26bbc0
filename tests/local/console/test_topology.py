"""The graph of every stack that the project ships, and of its variants."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from local.console.drawing import NARROW, WIDE, draw
from local.console.topology import topology
from tests.infra.support.graph import STACK_FILES, record, settings
from tests.local.console.canned import resources_of
from tests.support.stacks import EXAMPLES, SHIPPED, stack_of

if TYPE_CHECKING:
    from pathlib import Path

    from local.console.drawing import Box, Style
    from local.console.topology import Topology

VARIANTS = sorted(SHIPPED["local"].with_name("variants").glob("Pulumi.*.yaml"))
EVERY = pytest.mark.parametrize("path", [*STACK_FILES, *VARIANTS], ids=stack_of)
_NODE_TYPES = {
    "aws:lambda/function:Function",
    "aws:sqs/queue:Queue",
    "aws:dynamodb/table:Table",
    "aws:sns/topic:Topic",
}


def _graph(path: Path) -> Topology:
    stack = record(settings(path)).stackfile
    return topology(resources_of(path), stack.prefix)


@EVERY
def test_every_function_queue_table_and_topic_is_a_node(path: Path) -> None:
    """No resource that orders pass is left out, and none is there twice."""
    arns = [each.outputs["arn"] for each in resources_of(path) if each.kind in _NODE_TYPES]
    nodes = [node.arn for node in _graph(path).nodes.values() if node.kind != "stream"]
    assert len(arns) >= 10
    assert all(nodes.count(arn) == 1 for arn in arns)


@EVERY
def test_every_edge_has_both_ends(path: Path) -> None:
    """Edges connect nodes of the graph, and none is there twice."""
    graph = _graph(path)
    for edge in graph.edges:
        assert edge.source in graph.nodes, edge
        assert edge.target in graph.nodes, edge
    assert len(set(graph.edges)) == len(graph.edges)


@EVERY
def test_an_order_reaches_everything(path: Path) -> None:
    """From the API, edges lead to all that is neither about alarms nor the storefront's."""
    graph = _graph(path)
    reached = {node.id for node in graph.nodes.values() if node.kind.endswith("-api")}
    assert len(reached) == 1
    while more := {e.target for e in graph.edges if e.source in reached} - reached:
        reached |= more
    alarms = {edge.target for edge in graph.edges if edge.source == "alarms/alarms"}
    kinds = {graph.nodes[node].kind for node in graph.nodes.keys() - reached - alarms}
    assert kinds <= {"alarms", "distribution", "bucket"}


@EVERY
def test_every_dead_letter_queue_hangs_on_its_source(path: Path) -> None:
    """A dead-letter queue is drawn in the box of the queue or function whose failures it gets."""
    graph = _graph(path)
    dead_letters = [node for node in graph.nodes.values() if node.kind == "dead-letters"]
    assert {node.name for node in dead_letters} >= {"email", "audit", "relay"}
    for node in dead_letters:
        source = "function/relay" if node.name == "relay" else f"queue/{node.name}"
        assert node.attached_to == source


@EVERY
def test_calls_are_what_roles_allow(path: Path) -> None:
    """What a function calls comes from its role: the writer stores orders, the relay publishes."""
    calls = {(e.source, e.target): e.label for e in _graph(path).edges if e.is_call}
    assert calls["function/relay", "topic/order-events"] == "Publish"
    assert calls["function/audit", "table/audit-logs"] == "PartiQLInsert"
    writers = [source for (source, target), label in calls.items() if "PutItem" in label]
    assert len(writers) == 1
    # Polling a queue with the role is no call of the function.
    assert ("function/email", "queue/email") not in calls


def test_queued_orders_pass_their_queue() -> None:
    """With `ingestion: queued`, intake sends to a queue that the processor consumes."""
    edges = {(edge.source, edge.target) for edge in _graph(EXAMPLES["queue-first"]).edges}
    assert {
        ("rest-api/api", "function/intake"),
        ("function/intake", "queue/orders"),
        ("queue/orders", "function/processor"),
        ("function/processor", "table/orders"),
    } <= edges


def test_an_smtp_server_is_a_target() -> None:
    """Without SES, the email function's server is where emails go."""
    (path,) = (path for path in VARIANTS if stack_of(path) == "vpc-smtp")
    graph = _graph(path)
    (server,) = [node for node in graph.nodes.values() if node.kind == "smtp"]
    assert [e.source for e in graph.edges if e.target == server.id] == ["function/email"]
    assert not any(node.kind == "ses" for node in graph.nodes.values())


def test_the_storefront_is_before_the_api() -> None:
    """CloudFront serves the bucket, and the page in it sends orders to the API."""
    edges = {
        (e.source.split("/")[0], e.target.split("/")[0]) for e in _graph(SHIPPED["local"]).edges
    }
    assert {("distribution", "bucket"), ("bucket", "http-api")} <= edges


def test_a_filter_is_the_note_of_its_edge() -> None:
    """The relay's event source mapping names the stream records that it passes on."""
    edges = _graph(SHIPPED["local"]).edges
    (edge,) = [each for each in edges if each.target == "function/relay"]
    assert edge.source == "stream/orders"
    assert "INSERT" in edge.note


def test_the_order_of_creation_makes_no_difference() -> None:
    """The graph stays where it is when the stack is deployed again."""
    resources = resources_of(SHIPPED["local"])
    assert topology(resources, "") == topology(reversed(resources), "")


@EVERY
@pytest.mark.parametrize("style", [WIDE, NARROW], ids=["wide", "narrow"])
def test_boxes_do_not_overlap(path: Path, style: Style) -> None:
    """Every box is inside of the drawing, apart from all others, and a phone shows all of them."""
    graph = _graph(path)
    drawing = draw(graph, style)
    assert drawing.width == style.width
    shown = [row.id for box in drawing.boxes for _, row in box.rows]
    shown += [box.node.id for box in drawing.boxes]
    assert sorted(shown) == sorted(graph.nodes)
    for box in drawing.boxes:
        assert box.x >= 0
        assert box.x + box.width <= drawing.width
        assert box.y + box.height <= drawing.height
    for one, other in itertools.combinations(drawing.boxes, 2):
        assert not _overlap(one, other), (one.node.id, other.node.id)


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )
