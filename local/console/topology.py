"""The graph of the deployed system: its resources as nodes, and edges along which orders travel.

Everything is read from the resources that were deployed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from local.console.connections import UNDELIVERED, Search, calls, calls_of_pages, deliveries
from local.console.nodes import nodes_of, smtp_servers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.console.connections import Edge
    from local.console.nodes import Node
    from local.deployment.resources import Resource

_ATTACHED = ("stream", "dead-letters", "bucket")


@dataclass(frozen=True)
class Topology:
    """The nodes by ID, and the edges between them."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def attached(self, node: Node) -> list[Node]:
        """Return what is drawn in a node's box."""
        return [each for each in self.nodes.values() if each.attached_to == node.id]


def topology(resources: Iterable[Resource], prefix: str) -> Topology:
    """Return the graph of deployed resources.

    Args:
        resources: All resources of a stack.
        prefix: What their names begin with, which nodes leave out.
    """
    # Resources come in the order of their creation, which differs from one deployment to the next.
    known = sorted(resources, key=lambda resource: resource.key)
    nodes = [*nodes_of(known, prefix), *smtp_servers(known)]
    search = Search(nodes)
    edges = list(dict.fromkeys(deliveries(known, nodes, search)))
    pairs = {frozenset((edge.source, edge.target)) for edge in edges}
    # What Lambda itself does with a function's role, such as polling a queue, is an edge already.
    called = [
        edge
        for edge in (*calls(known, nodes, search), *calls_of_pages(known, nodes))
        if frozenset((edge.source, edge.target)) not in pairs
    ]
    return _attached(nodes, edges + called)


def _attached(nodes: Iterable[Node], edges: list[Edge]) -> Topology:
    """Draw what belongs to one other node in its box.

    These are a stream and its table, a dead-letter queue and its source, and a bucket and the
    distribution that serves it.
    """
    deliveries = [edge for edge in edges if not edge.is_call]
    sources = {edge.target: edge.source for edge in deliveries if edge.label != UNDELIVERED}
    counts = Counter(edge.target for edge in deliveries if edge.label != UNDELIVERED)
    by_id = {
        node.id: replace(node, attached_to=sources[node.id])
        if node.kind in _ATTACHED and counts[node.id] == 1
        else node
        for node in nodes
    }
    return Topology(by_id, edges)
