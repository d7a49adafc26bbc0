"""The drawing of the graph: igraph's layered layout, as boxes and lines of an SVG.

Every weakly connected part is laid out from top to bottom, the parts one below the other. A phone
gets narrower boxes in the same places, so that every name can be read without scrolling sideways.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import igraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from local.console.connections import Edge
    from local.console.nodes import Node
    from local.console.topology import Topology

_ROW_HEIGHT: Final = 24
_GAP: Final = 8
_PADDING: Final = 2  # for the outline of a box that has the focus


@dataclass(frozen=True, kw_only=True)
class Style:
    """Sizes in pixels; `characters` of a name fit into the narrowest box."""

    name: str
    width: int
    box_height: int
    narrowest: int
    widest: int
    gap: int
    characters: int


WIDE: Final = Style(
    name="wide", width=620, box_height=46, narrowest=150, widest=190, gap=26, characters=18
)
NARROW: Final = Style(
    name="narrow", width=344, box_height=62, narrowest=104, widest=150, gap=30, characters=13
)


@dataclass(frozen=True, kw_only=True)
class Box:
    """A node's box; `rows` has what is attached to the node, each with its `y`."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    rows: list[tuple[float, Node]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Line:
    """An edge's path, and where its note is written."""

    edge: Edge
    path: str
    middle: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Everything that is drawn."""

    style: Style
    width: float
    height: float
    boxes: list[Box]
    lines: list[Line]


def draw(topology: Topology, style: Style) -> Drawing:
    """Lay the graph out."""
    boxes: list[Box] = []
    lines: list[Line] = []
    top, width = float(_PADDING), float(style.width)
    for part in _parts(topology):
        layout = _Part(part, topology, style, top)
        boxes += layout.boxes.values()
        lines += layout.lines
        top, width = layout.bottom + style.gap, max(width, layout.width)
    return Drawing(
        style=style,
        width=width,
        height=top - style.gap + _PADDING,
        boxes=boxes,
        lines=lines,
    )


@dataclass(frozen=True)
class _Connected:
    """A weakly connected part: nodes with boxes of their own, and the edges between boxes."""

    nodes: list[Node]
    edges: list[tuple[int, int, Edge]]


def _parts(topology: Topology) -> Iterator[_Connected]:
    """Yield the connected parts, the largest first."""
    nodes = [node for node in topology.nodes.values() if node.attached_to is None]
    index = {node.id: number for number, node in enumerate(nodes)}
    edges = []
    for edge in topology.edges:
        source, target = (_box_of(topology, end) for end in (edge.source, edge.target))
        # What cannot be delivered is in the box of the queue, to which there is a line already.
        if source != target and topology.nodes[edge.target].attached_to is None:
            edges.append((index[source], index[target], edge))
    graph = igraph.Graph(n=len(nodes), edges=[(a, b) for a, b, _ in edges], directed=True)
    for members in sorted(graph.connected_components(mode="weak"), key=len, reverse=True):
        place = {number: new for new, number in enumerate(members)}
        yield _Connected(
            [nodes[number] for number in members],
            [(place[a], place[b], edge) for a, b, edge in edges if a in place],
        )


def _box_of(topology: Topology, node_id: str) -> str:
    """Return the node in whose box a node is, which may be itself."""
    return topology.nodes[node_id].attached_to or node_id


class _Part:
    """One connected part with its boxes and lines."""

    def __init__(self, part: _Connected, topology: Topology, style: Style, top: float) -> None:
        graph = igraph.Graph(
            n=len(part.nodes), edges=[(a, b) for a, b, _ in part.edges], directed=True
        )
        layout = graph.layout_sugiyama()
        bends = layout.edge_routing
        self._style = style
        points = [*layout, *(point for bend in bends for point in bend)]
        self._left: float = min(x for x, _ in points)
        span: float = max(x for x, _ in points) - self._left + 1
        self._unit: float = max(
            min(style.width / span, style.widest + 2 * _GAP), style.narrowest + _GAP
        )
        self.width = self._unit * span
        self._offset = max(0.0, (style.width - self.width) / 2)
        rows = {node.id: topology.attached(node) for node in part.nodes}
        self._layers = self._heights(part.nodes, [y for _, y in layout], rows, top)
        self.bottom = max(end for _, end in self._layers.values())
        self.boxes = {
            number: self._box(node, place, rows[node.id])
            for number, (node, place) in enumerate(zip(part.nodes, layout, strict=True))
        }
        self.lines = [
            self._line(self.boxes[a], self.boxes[b], edge, bend)
            for (a, b, edge), bend in zip(part.edges, bends, strict=True)
        ]

    def _heights(
        self,
        nodes: Iterable[Node],
        layers: Sequence[float],
        rows: Mapping[str, Sequence[Node]],
        top: float,
    ) -> dict[float, tuple[float, float]]:
        """Return the top and the bottom of every layer: it is as high as its highest box."""
        heights: dict[float, float] = {}
        for node, layer in zip(nodes, layers, strict=True):
            height = self._style.box_height + _ROW_HEIGHT * len(rows[node.id])
            heights[layer] = max(heights.get(layer, 0.0), height)
        result = {}
        for layer, highest in sorted(heights.items()):
            result[layer] = (top, top + highest)
            top += highest + self._style.gap
        return result

    def _x(self, x: float) -> float:
        return self._offset + (x - self._left + 0.5) * self._unit

    def _box(self, node: Node, place: Sequence[float], rows: Sequence[Node]) -> Box:
        width = min(self._unit - _GAP, self._style.widest)
        y, height = self._layers[place[1]][0], self._style.box_height
        return Box(
            node=node,
            x=self._x(place[0]) - width / 2,
            y=y,
            width=width,
            height=height + _ROW_HEIGHT * len(rows),
            rows=[(y + height + number * _ROW_HEIGHT, row) for number, row in enumerate(rows)],
        )

    def _line(self, source: Box, target: Box, edge: Edge, bend: Iterable[Sequence[float]]) -> Line:
        """Return a line that passes between the boxes of the layers that it crosses."""
        points = [(source.x + source.width / 2, source.y + source.height)]
        for x, layer in bend:
            points += [(self._x(x), y) for y in self._layers[layer]]
        points.append((target.x + target.width / 2, target.y))
        path = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
        for (x1, y1), (x2, y2) in pairwise(points):
            middle = (y1 + y2) / 2
            path.append(f"C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}")
        (x1, y1), (x2, y2) = points[-2:]
        return Line(edge=edge, path="".join(path), middle=((x1 + x2) / 2, (y1 + y2) / 2))
