"""The intake function: orders are queued."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from handlers.common import exact_json
from tests.support.functions import ORDER_QUEUE, ORDER_QUEUE_URL
from tests.support.hostile import HOSTILE, Hostile
from tests.support.requests import an_order, an_order_with_item, http_request, rest_request

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_SERVICE = {"environment": "test", "service": "intake"}


def sent(account: MockAccount) -> dict[str, Any]:
    """The parameters of the one call that the last invocation made."""
    (call,) = account.connection.calls
    assert call.operation == "SendMessage"
    return call.parameters


def test_response_has_identity_total_and_message_id(account: MockAccount) -> None:
    """A queued order is a 202 with its identity, exact total, and message ID."""
    response = account.post(an_order(), request_id="req-1", handler="intake")

    order = exact_json.loads(sent(account)["MessageBody"])
    queued_as = account.console.log("Order queued")["messageId"]
    assert response.status == 202
    assert json.loads(response.text, parse_float=Decimal) == {
        "orderId": order["orderId"],
        "message": "Order received and queued for processing",
        "createdAt": order["createdAt"],
        "status": "PROCESSING",
        "totalAmount": Decimal("109.97"),
        "currency": "USD",
        "requestId": "req-1",
        "messageId": queued_as,
    }
    assert queued_as


def test_message_is_the_record_to_store(account: MockAccount) -> None:
    """The one message of an order is its record, to the last digit."""
    order = an_order_with_item(price="@") | {
        "notes": "Second floor,\nring twice",
        "customerName": "Zoë Ørsted",
    }
    body = json.dumps(order).replace('"@"', "0.1000")

    response = account.post(
        body, headers={"X-Correlation-Id": "corr-1"}, request_id="req-1", handler="intake"
    )

    assert sent(account)["QueueUrl"] == ORDER_QUEUE_URL
    (message,) = account.receive(ORDER_QUEUE)
    record = exact_json.loads(message)
    assert record.pop("fingerprint")
    assert record.pop("expiresAt")
    assert record == {
        "orderId": response.body["orderId"],
        "customerId": "CUST-12345",
        "customerName": "Zoë Ørsted",
        "customerEmail": "jane.roe@example.com",
        "currency": "USD",
        "notes": "Second floor,\nring twice",
        "items": [
            {
                "productId": "PROD-001",
                "quantity": 2,
                "price": Decimal("0.1"),
                "subtotal": Decimal("0.2"),
            }
        ],
        "totalAmount": Decimal("0.2"),
        "status": "PROCESSING",
        "createdAt": response.body["createdAt"],
        "requestId": "req-1",
        "correlationId": "corr-1",
    }


@pytest.mark.parametrize(
    ("changes", "attributes"),
    [
        ({}, {"customerId": "CUST-12345", "priority": "normal"}),
        ({"priority": "high"}, {"customerId": "CUST-12345", "priority": "high"}),
        ({"customerId": None}, {"priority": "normal"}),
        (
            {"customerId": "Zoë 数 😀", "priority": "日"},
            {"customerId": "Zoë 数 😀", "priority": "日"},
        ),
    ],
)
def test_message_attributes_are_customer_and_priority(
    account: MockAccount, changes: dict[str, Any], attributes: dict[str, str]
) -> None:
    """A message has the customer, if known, and the priority as attributes."""
    account.post(an_order(**changes), handler="intake")

    message_attributes = sent(account)["MessageAttributes"]
    assert message_attributes == {
        name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
    }


def test_queued_order_costs_one_call(account: MockAccount) -> None:
    """An order costs one message; a rejected request costs no call."""
    account.post(an_order(), headers={"X-Correlation-Id": "corr-1"}, key="key-1", handler="intake")
    assert account.operations == ["SendMessage"]

    account.post({}, handler="intake")
    assert account.operations == []


@pytest.mark.parametrize("hostile", HOSTILE, ids=[hostile.name for hostile in HOSTILE])
def test_hostile_body_is_not_queued(account: MockAccount, hostile: Hostile) -> None:
    """Every invalid body is a 400 that names the field, and nothing is queued."""
    response = account.post(hostile.body, handler="intake")

    assert (response.status, response.fields) == (400, [hostile.field])
    assert account.operations == []
    logged = account.console.getvalue().lower()
    assert not [word for word in ("jane", "roe", "main st") if word in logged]


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (http_request("x" * 10_241), 413),
        (http_request(an_order(), headers={"Content-Type": "text/plain"}), 415),
        (http_request(an_order(orderId="A-1"), headers={"Idempotency-Key": "B-2"}), 400),
        (http_request(an_order()) | {"routeKey": "$default"}, 404),
        (rest_request(an_order()), 202),
    ],
)
def test_requests_are_validated_as_in_direct_mode(
    account: MockAccount, event: dict[str, Any], status: int
) -> None:
    """Validation is the same as with `ingestion: direct`."""
    assert account.send(event, "intake").status == status
    assert len(account.receive(ORDER_QUEUE)) == (status == 202)


def test_repeated_request_is_queued_again_under_the_same_id(account: MockAccount) -> None:
    """A repeated request is another 202 for the same order, with a new time."""
    first, again = (account.post(an_order(), key="key-1", handler="intake") for _ in range(2))

    assert (first.status, again.status) == (202, 202)
    assert first.body["orderId"] == again.body["orderId"]
    assert first.body["createdAt"] <= again.body["createdAt"]
    assert first.body["messageId"] != again.body["messageId"]
    assert "Idempotent-Replayed" not in again.headers
    assert len(account.receive(ORDER_QUEUE)) == 2


def test_queued_order_is_counted_as_received(account: MockAccount) -> None:
    """A queued order counts as received only, and violations are counted."""
    account.post(an_order(), handler="intake")
    assert account.console.metric("OrdersReceived") == [(1, _SERVICE)]
    assert account.console.metric("OrdersProcessed") == account.console.metric("OrderValue") == []

    account.post(an_order(customerName="J"), handler="intake")
    assert account.console.metric("OrdersReceived") == [(1, _SERVICE)]
    assert account.console.metric("ValidationErrors") == [
        (1, {**_SERVICE, "field": "customerName"})
    ]


def test_intake_s_log_leads_to_the_order_without_personal_data(account: MockAccount) -> None:
    """A queued order is logged with its IDs only."""
    account.post(
        an_order(orderId="A-1", notes="leave it at the blue door"),
        headers={"X-Correlation-Id": "corr-1"},
        request_id="req-1",
        handler="intake",
    )

    logged = account.console.log("Order queued")
    known = ("component", "requestId", "correlationId", "orderId", "customerId")
    assert [logged[name] for name in known] == ["intake", "req-1", "corr-1", "A-1", "CUST-12345"]
    written = account.console.getvalue()
    assert not [text for text in ("Jane", "jane.roe", "blue door", "PROD-001") if text in written]


def test_largest_order_fits_into_a_message(account: MockAccount) -> None:
    """The order of the largest body is far below the 256 KB of a message."""
    items = [{"productId": "P", "quantity": 1000, "price": 999999.99} for _ in range(50)]
    room = 10 * 1024 - len(json.dumps(an_order(items=items, notes="")))

    assert account.post(an_order(items=items, notes="n" * room), handler="intake").status == 202

    assert len(sent(account)["MessageBody"].encode()) < 16 * 1024
