"""The attributes in docs/data-protection.md are those that the functions store and send."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from handlers.events.order_created import OrderCreated
from handlers.order.order import Order
from handlers.validation.schemas import ORDER_FIELDS
from handlers.validation.validator import request_validator
from orderctl.erasure_markers import AUDIT_DETAILS, AUDIT_FACTS
from tests.support.deliveries import queue_batch
from tests.support.functions import SENT_EMAILS_TABLE
from tests.support.mock_account import as_item, is_counter
from tests.support.personal_data import (
    AUDIT_RECORD,
    COUNTER,
    EMAIL_RECORD,
    EVENT,
    KEPT,
    ORDER,
)
from tests.support.requests import sample_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.support.mock_account import MockAccount


def _an_order() -> Mapping[str, Any]:
    """An order with every field that a client may send, of a customer with a token."""
    address = {"street": "Main Street 1"}
    request = sample_order(
        orderId="ORDER-1",
        customerId="CUST-1",
        totalAmount=None,
        currency="USD",
        shippingAddress=address,
        billingAddress=address,
        notes="Ring twice",
        priority="high",
    )
    assert set(request) == ORDER_FIELDS - {"totalAmount"}  # which is computed
    return Order.from_request(
        request_validator("required").validate_python({**request, "items": _items()}),
        caller="CUST-1",
        idempotency_key=None,
        request_id="req-1",
        correlation_id="corr-1",
        retention_days=90,
    ).record


def _items() -> list[dict[str, Any]]:
    return [{"productId": "P-1", "productName": "Mug", "quantity": 2, "price": 30}]


def _names(record: Mapping[str, Any]) -> set[str]:
    """The names of attributes, below `orderDetails` with a point."""
    details = record.get("orderDetails", {})
    return {name for name in record if name != "orderDetails"} | {
        f"orderDetails.{name}" for name in details
    }


def _all_names(records: Iterable[Mapping[str, Any]]) -> set[str]:
    return set().union(*map(_names, records))


def test_every_attribute_is_listed(account: MockAccount) -> None:
    """Orders, events, audit records, email records and counters have the attributes listed."""
    order = _an_order()
    event = OrderCreated.of_stored_order({**order, "createdAt": _now()})

    for function in ("audit", "email"):
        account.invoke(function, queue_batch(event))

    assert _names(order) == set(ORDER)
    assert set(json.loads(event.to_json())) == set(EVENT)
    assert _all_names(account.audit_records()) == set(AUDIT_RECORD)
    assert _all_names(map(as_item, account.email_records())) == set(EMAIL_RECORD)
    counters = [each for each in account.images(SENT_EMAILS_TABLE) if is_counter(each)]
    assert _all_names(map(as_item, counters)) == set(COUNTER)


def test_an_erased_audit_record_keeps_nothing_personal() -> None:
    """What an erasure keeps is the list on the page, without personal attributes."""
    kept = {*AUDIT_FACTS, *(f"orderDetails.{name}" for name in AUDIT_DETAILS)}

    assert kept == set(KEPT)
    assert {AUDIT_RECORD[name] for name in kept} == {"pseudonym", "no"}
    assert "orderDetails.customerId" not in kept


def _now() -> str:
    return datetime.now(UTC).isoformat()
