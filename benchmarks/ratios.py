"""Ratios of CPU time to a peer's: within a round, whose processes run in turn on one machine."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.process import Measurement

_HTTP_PLATFORM: Final = "http_platform.py"
_API_HANDLER: Final = "queue_api_handler.py"
_PROCESSOR: Final = "queue_order_processor.py"

# By function, its peer: the printed handler that does the same, or the nearest one.
PEERS: Final[Mapping[str, str]] = {
    "orders": _HTTP_PLATFORM,
    "intake": _API_HANDLER,
    "processor": _PROCESSOR,
    "relay": _PROCESSOR,
    "audit": _PROCESSOR,
    "email": _PROCESSOR,
}


@dataclass(frozen=True)
class Spread:
    """The median of several rounds, with the smallest and the largest value."""

    median: float
    minimum: float
    maximum: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Return the spread of at least one value."""
        ordered = sorted(values)
        return cls(statistics.median(ordered), ordered[0], ordered[-1])


def ratios(rounds: Sequence[Mapping[str, Measurement]]) -> dict[str, Spread | None]:
    """Return each function's ratios, `orders_cold` and so on; None if its peer was not measured."""
    names = [f"{function}_cold" for function in PEERS]
    names.insert(1, "orders_warm")
    return {name: _ratio(rounds, *name.split("_")) for name in names}


def _ratio(rounds: Sequence[Mapping[str, Measurement]], function: str, phase: str) -> Spread | None:
    peer = PEERS[function]
    if not all(peer in measured for measured in rounds):
        return None
    return Spread.of(
        measured[function].seconds(phase) / measured[peer].seconds(phase) for measured in rounds
    )
