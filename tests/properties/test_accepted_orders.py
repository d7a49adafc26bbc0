"""Properties of accepted orders."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import as_stored, body, hundred_examples, orders

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount


def as_accepted(value: Any) -> Any:
    """An order's text after acceptance: trimmed, and in NFC."""
    if isinstance(value, str):
        return as_stored(value)
    if isinstance(value, list):
        return [as_accepted(part) for part in value]
    if isinstance(value, dict):
        return {as_accepted(name): as_accepted(part) for name, part in value.items()}
    return value


def with_amounts(order: dict[str, Any]) -> dict[str, Any]:
    """A valid order with the calculated amounts."""
    items = [{**item, "subtotal": item["quantity"] * item["price"]} for item in order["items"]]
    return {
        "currency": "USD",
        **order,
        "items": items,
        "totalAmount": sum(item["subtotal"] for item in items),
    }


@hundred_examples
@given(order=orders)
def test_property_01_valid_order_is_stored_and_published(
    account: MockAccount, order: dict[str, Any]
) -> None:
    """Every valid order is a 200, stored as sent, and published in full."""
    response = account.post(body(order))
    assert response.status == 200

    order_id = response.body["orderId"]
    stored = account.order(order_id)
    # Notes alone are not trimmed.
    expected = as_accepted(with_amounts({**order, "notes": order.get("notes", "")}))
    notes = {"notes": normalize("NFC", order["notes"])} if "notes" in order else {}
    expected = {name: value for name, value in expected.items() if name != "notes"} | notes
    assert {name: stored[name] for name in expected} == expected
    assert json.loads(response.text, parse_float=Decimal)["totalAmount"] == expected["totalAmount"]

    account.relay(order_id)
    (call,) = account.connection.calls
    (entry,) = call.parameters["PublishBatchRequestEntries"]
    event = json.loads(entry["Message"], parse_float=Decimal)
    published = ("customerName", "customerEmail", "customerId", "items", "totalAmount", "currency")
    assert event["eventType"] == "ORDER_CREATED"
    assert event["orderId"] == order_id
    assert {name: event[name] for name in published if name in expected} == {
        name: expected[name] for name in published if name in expected
    }


@hundred_examples
@given(batch=st.lists(orders, min_size=1, max_size=3))
def test_property_03_order_ids_are_unique(
    account: MockAccount, batch: list[dict[str, Any]]
) -> None:
    """No two orders get the same ID, even with equal content."""
    ids = [account.post(body(order)).body["orderId"] for order in [*batch, batch[0]]]

    assert len(set(ids)) == len(ids)


@hundred_examples
@given(order=orders)
def test_property_04_stored_order_has_its_creation_time(
    account: MockAccount, order: dict[str, Any]
) -> None:
    """Every stored order has its creation time in ISO 8601, as in the response."""
    before = datetime.now(UTC)
    response = account.post(body(order))

    written = account.order(response.body["orderId"])["createdAt"]
    created = datetime.fromisoformat(written)
    assert created.tzinfo is not None
    assert before - timedelta(milliseconds=1) <= created <= datetime.now(UTC)
    assert response.body["createdAt"] == written
