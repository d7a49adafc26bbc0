"""The cost of a stack's month, from its resource graph: what it costs anyway, and its orders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from costs import resource_types
from costs.calculation import order_usages, storage_usages
from costs.usage import SECONDS_PER_MONTH, price

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costs.graph import Graph
    from costs.usage import Cost, Usage


def usages(graph: Graph, orders: float, *, rate: float | None = None) -> Iterator[Usage]:
    """Yield all that a stack uses in a month; a resource that it lacks costs nothing.

    Storage is that of all months for which an order is kept.

    Args:
        graph: The stack's resources.
        orders: The orders of the month, more than 0. Each has an email address.
        rate: The orders a second while there are any; None if they are spread evenly.
    """
    sizing = graph.sizing(rate or orders / SECONDS_PER_MONTH)
    use = sizing.use
    context = resource_types.Context(graph, use, sizing.kept, orders)
    for resource in graph.resources:
        yield from resource_types.usages(resource, context)
    for usage in (*order_usages(use, orders), *storage_usages(sizing.kept, orders)):
        if used := graph.order_resources.get(usage.resource):
            yield replace(usage, resource=resource_types.label(used.type, used.name))


def month(graph: Graph, orders: float, *, rate: float | None = None) -> list[tuple[Usage, Cost]]:
    """Return all that a stack uses in a month, and what it costs."""
    return price([usage for usage in usages(graph, orders, rate=rate) if usage.units])
