"""Ratios of CPU time within rounds."""

from __future__ import annotations

from benchmarks.process import Measurement
from benchmarks.ratios import PEERS, Spread, ratios


def _took(cold: float, warm: float = 1.0) -> Measurement:
    return Measurement(
        cold_seconds=cold, warm_seconds=warm, calls={}, log_bytes=0, modules=[], bodies=[]
    )


def _round(speed: float, orders: float) -> dict[str, Measurement]:
    """A round on a machine of some speed, on which orders took so many times its peer's time."""
    others = dict.fromkeys({*PEERS, *PEERS.values()}, _took(speed, speed))
    return {**others, "orders": _took(speed * orders, speed * 2)}


def test_a_ratio_is_within_a_round() -> None:
    """A ratio is the median of the rounds' own, so that a slow round does not change it."""
    spreads = ratios([_round(1, 0.5), _round(100, 0.6), _round(3, 0.9)])

    assert spreads["orders_cold"] == Spread(0.6, 0.5, 0.9)
    assert spreads["orders_warm"] == Spread(2, 2, 2)
    assert spreads["email_cold"] == Spread(1, 1, 1)


def test_every_function_has_a_cold_ratio() -> None:
    """There is a ratio of each function's first call, and of the warm orders function."""
    assert [*ratios([_round(1, 1)])] == [
        "orders_cold",
        "orders_warm",
        "intake_cold",
        "processor_cold",
        "relay_cold",
        "audit_cold",
        "email_cold",
    ]


def test_without_peers_there_are_no_ratios() -> None:
    """Without the printed handlers, every ratio is None."""
    alone = {name: _took(1) for name in PEERS}

    assert set(ratios([alone, alone]).values()) == {None}
