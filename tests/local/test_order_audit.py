"""Tests: counting what became of many orders."""

from __future__ import annotations

from collections import Counter

import pytest

from local.order_audit import OrderAudit

_ONCE = Counter(["A-1", "A-2"])


def test_orders_that_are_everywhere_once_are_as_they_should_be() -> None:
    """Nothing is said of orders that are in every place once, nor of those that nobody asked for."""
    audit = OrderAudit(stored=_ONCE, audited=_ONCE, emailed=_ONCE + Counter(["B-1"]))
    assert audit.mismatches(["A-1", "A-2"]) == []


@pytest.mark.parametrize(
    ("counted", "times"), [(Counter(["A-1"]), 0), (_ONCE + Counter(["A-2"]), 2)]
)
@pytest.mark.parametrize(
    ("place", "called"),
    [("stored", "stored"), ("audited", "audited"), ("emailed", "e-mailed")],
    ids=str,
)
def test_an_order_that_is_not_once_in_a_place_is_named(
    place: str, called: str, counted: Counter[str], times: int
) -> None:
    """What is missing, or there twice, is said with the order, the place and the count."""
    counts = {"stored": _ONCE, "audited": _ONCE, "emailed": _ONCE, place: counted}
    assert OrderAudit(**counts).mismatches(["A-1", "A-2"]) == [f"A-2 is {called} {times} times"]
