"""The sample orders of the console, validated by the rules of the API."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from handlers.common import exact_json
from handlers.http.order_rules import OrderRules
from handlers.http.rejection import Rejection
from handlers.http.request import HttpRequest
from handlers.validation.currencies import MINOR_UNITS
from handlers.validation.validator import request_validator
from local.console.sample_orders import VIOLATIONS, invalid_order, sample_order
from tests.support.requests import http_request

if TYPE_CHECKING:
    from collections.abc import Mapping

_RULES = OrderRules(validator=request_validator("required"), retention_days=90, customer_claim="")


def _order(seed: int, *, with_customer_id: bool = True) -> dict[str, Any]:
    return sample_order(random.Random(seed), with_customer_id=with_customer_id)  # noqa: S311 (no secret)


def _violations(order: Mapping[str, Any]) -> list[str]:
    """The fields that the API refuses, in its order."""
    try:
        _RULES.parse_order(HttpRequest.from_event(http_request(order)))
    except Rejection as rejection:
        return [violation.field for violation in rejection.violations]
    return []


def test_sample_orders_are_valid_and_vary() -> None:
    """The API accepts every sample order; customers, products and currencies differ."""
    orders = [_order(seed) for seed in range(300)]
    assert [_violations(order) for order in orders] == [[]] * len(orders)
    assert len({order["customerEmail"] for order in orders}) > 290
    assert len({order["customerName"] for order in orders}) > 10
    assert len({order["currency"] for order in orders}) > 5
    assert {len(order["items"]) for order in orders} == {1, 2, 3, 4}


def test_prices_are_in_the_minor_unit() -> None:
    """A price has no more decimals than its currency, also as JSON."""
    for seed in range(300):
        order = exact_json.loads(json.dumps(_order(seed)))
        for item in order["items"]:
            price = Decimal(item["price"])
            assert price == round(price, MINOR_UNITS[order["currency"]])


def test_the_customer_id_can_be_left_out() -> None:
    """Where a token says who the customer is, an order says nothing else."""
    assert "customerId" in _order(1)
    assert "customerId" not in _order(1, with_customer_id=False)


_FIELDS = {
    "name": "customerName",
    "email": "customerEmail",
    "quantity": "items[0].quantity",
    "price": "items[0].price",
    "decimals": "items[0].price",
    "product": "items[0].productId",
    "link": "items[0].productName",
    "total": "totalAmount",
    "currency": "currency",
    "field": "custmerId",
    "items": "items",
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_each_violation_is_refused_at_its_field(name: str) -> None:
    """An order with one violation is refused for this field alone."""
    order = _order(1)
    assert _violations(invalid_order(order, [name])) == [_FIELDS[name]]
    assert _violations(order) == []


def test_violations_add_up() -> None:
    """An order with several violations is refused for each of their fields."""
    order = invalid_order(_order(1), ["currency", "name", "quantity"])
    assert set(_violations(order)) == {"customerName", "currency", "items[0].quantity"}
