"""The audit of many orders."""

from __future__ import annotations

from collections import Counter

import pytest

from local.order_audit import OrderAudit

_ONCE = Counter(["A-1", "A-2"])


def test_orders_that_are_everywhere_once_match() -> None:
    """There is no mismatch for orders that are in every place once, nor for other orders."""
    audit = OrderAudit(stored=_ONCE, audited=_ONCE, emailed=_ONCE + Counter(["B-1"]))
    assert audit.mismatches(["A-1", "A-2"]) == []


@pytest.mark.parametrize(
    ("counted", "times"), [(Counter(["A-1"]), 0), (_ONCE + Counter(["A-2"]), 2)]
)
@pytest.mark.parametrize("place", ["stored", "audited", "emailed"])
def test_an_order_that_is_not_once_in_a_place_is_named(
    place: str, counted: Counter[str], times: int
) -> None:
    """A mismatch names the order, the place and the count."""
    counts = {"stored": _ONCE, "audited": _ONCE, "emailed": _ONCE, place: counted}
    assert OrderAudit(**counts).mismatches(["A-1", "A-2"]) == [f"A-2 is {place} {times} times"]
