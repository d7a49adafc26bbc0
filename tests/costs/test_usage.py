"""Usages and their costs: shares of discounts, and sums."""

from __future__ import annotations

import pytest

from costs.price import Price
from costs.usage import Cost, Usage, price, total, totals

# 1 USD for each of ten units, and 0.50 USD for each above.
_TIERED = Price(
    service="A", usd=1, per=1, unit="tiered", source="", evidence="AWS", tiers=[(10, 0.5)]
)
_FLAT = Price(service="B", usd=2, per=10, unit="flat", source="", evidence="AWS")


def _usage(
    resource: str, units: float, price: Price = _TIERED, *, by_orders: bool = False
) -> Usage:
    return Usage(resource=resource, line="l", price=price, units=units, by_orders=by_orders)


def test_usages_of_one_price_share_its_discounts() -> None:
    """Thirty units cost 20 USD together, and each resource pays for its share of them."""
    costs = price([_usage("a", 20), _usage("b", 10), _usage("c", 10, _FLAT)])
    assert [cost.fixed for _, cost in costs] == [
        pytest.approx(20 * 2 / 3),
        pytest.approx(20 / 3),
        2,
    ]


def test_orders_pay_for_what_comes_on_top_of_the_stack() -> None:
    """Orders earn the discounts that begin above what the stack uses anyway."""
    costs = price([_usage("stack", 10), _usage("orders", 10, by_orders=True)])
    assert [(cost.fixed, cost.orders) for _, cost in costs] == [(10, 0), (0, 5)]


def test_nothing_costs_nothing() -> None:
    """A usage of no units costs nothing."""
    costs = price([_usage("a", 0), _usage("b", 0, by_orders=True)])
    assert total(cost for _, cost in costs) == Cost()


def test_totals_are_sums_by_a_key() -> None:
    """Costs are added up by any key of their usages."""
    usages = [_usage("a", 4), _usage("a", 10, _FLAT), _usage("b", 6, by_orders=True)]
    costs = totals(price(usages), lambda usage: usage.resource)
    assert costs == {"a": Cost(fixed=6), "b": Cost(orders=6)}
    assert costs["a"].total == 6
