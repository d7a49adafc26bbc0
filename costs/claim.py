"""The cost that the description of the HTTP platform claims, and what of a stack compares with it.

It counts a million requests a month: one request, invocation and write each, logs, metrics, alarms
and a key. Its writes have the price before November 2024. It leaves out the fan-out, emails, audit
records, storage, traces and dashboards (docs/scale.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from costs.month import month
from costs.prices import MILLION
from costs.resource_types import label
from costs.usage import total

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costs.graph import Graph

# USD a month for a million requests, by service.
CLAIMED: Final[Mapping[str, float]] = {
    "API Gateway": 1.00,
    "Lambda": 2.00,
    "DynamoDB": 1.25,
    "CloudWatch": 5.00,
    "KMS": 1.00,
}

# What the claim counts of a stack: lines of any resource, and lines of what takes an order in.
_LINES: Final = frozenset({"API Gateway", "access log", "alarms", "metrics", "KMS key"})
_LINES_OF_INGESTION: Final = frozenset(
    {"Lambda invocations", "Lambda duration", "logs of functions", "DynamoDB, orders"}
)
_INGESTION: Final = (
    *(f"{kind} {name}" for kind in ("function", "log group") for name in ("orders", "intake")),
    "table orders",
)


def comparable(graph: Graph) -> float:
    """Return what a stack costs of what the claim counts, for a million orders in a month."""
    order_resources = (graph.order_resources.get(name) for name in _INGESTION)
    ingestion = {label(each.type, each.name) for each in order_resources if each}
    return total(
        cost
        for usage, cost in month(graph, MILLION)
        if usage.line in _LINES
        or (usage.line in _LINES_OF_INGESTION and usage.resource in ingestion)
    ).total


def sentence(graph: Graph) -> str:
    """Return the comparison in words."""
    return (
        f"The HTTP platform's description claims {sum(CLAIMED.values()):.2f} USD for a million "
        "requests: API, one invocation and one write each, logs, metrics, alarms and a key. "
        f"The same costs {comparable(graph):,.2f} USD here. The claim leaves out the fan-out, "
        "emails, audit records, storage, traces and dashboards."
    )
