"""The processor function: queued orders are stored."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.deliveries import a_queued_order, failures, queue_batch
from tests.support.functions import ORDER_QUEUE
from tests.support.requests import an_order

if TYPE_CHECKING:
    from tests.support.mock_account import ApiResponse, MockAccount

_SERVICE = {"environment": "test", "service": "processor"}
_DONE: list[str] = []
_FAILED = ["message-0"]

# Messages that are no order of the intake; each holds data that must not be logged.
POISON = {
    "no JSON": "jane.roe@example.com",
    "empty": "",
    "null": "null",
    "an array": '["Jane Roe"]',
    "text": '"Jane Roe"',
    "nested too deeply": "[" * 5_000,
    "an object": '{"customerName": "Jane Roe"}',
    **{
        f"without {field}": a_queued_order(**{field: None})
        for field in (
            *("orderId", "items", "totalAmount", "currency", "status", "createdAt"),
            *("expiresAt", "requestId", "correlationId", "fingerprint"),
        )
    },
    "orderId is a number": a_queued_order(orderId=5),
    "items are text": a_queued_order(items="Jane Roe"),
    "an item without its product": a_queued_order(
        items=[{"quantity": 1, "price": 1, "subtotal": 1}]
    ),
    "total is text": a_queued_order(totalAmount="Jane Roe"),
    "total is NaN": a_queued_order().replace('"totalAmount":60', '"totalAmount":NaN'),
    "created yesterday": a_queued_order(createdAt="yesterday, jane.roe@example.com"),
    "created in no time zone": a_queued_order(createdAt="2026-01-15T10:30:00"),
    "created at a number": a_queued_order(createdAt=1768473000),
    "expires in words": a_queued_order(expiresAt="Jane Roe"),
    "expires at a text": a_queued_order(expiresAt="1776249000"),
    "expires at a fraction": a_queued_order(expiresAt=Decimal("1776249000.5")),
    "priority is a number": a_queued_order(priority=5),
    "a field twice": a_queued_order().replace('"currency"', '"currency":"EUR","currency"'),
    "an event": '{"orderId":"ORDER-1","eventType":"ORDER_CREATED","customerName":"Jane Roe"}',
}


def queue(account: MockAccount, body: Any, **sent: Any) -> ApiResponse:
    """Send an order to the intake."""
    response = account.post(body, handler="intake", **sent)
    assert response.status == 202
    return response


def deliver(account: MockAccount, *bodies: str) -> list[str]:
    """Invoke the processor with messages, and return the IDs of those that failed."""
    return failures(account.invoke("processor", queue_batch(*bodies)))


def test_queued_order_is_stored(account: MockAccount) -> None:
    """A queued order is stored as the intake returned it, with the request's IDs."""
    response = queue(
        account,
        an_order(priority="high"),
        headers={"X-Correlation-Id": "corr-1"},
        request_id="req-1",
    )

    assert deliver(account, *account.receive(ORDER_QUEUE)) == _DONE

    (stored,) = account.orders()
    assert [stored[name] for name in ("orderId", "createdAt")] == [
        response.body[name] for name in ("orderId", "createdAt")
    ]
    assert stored["totalAmount"] == Decimal("109.97")
    assert (stored["requestId"], stored["correlationId"], stored["status"]) == (
        "req-1",
        "corr-1",
        "PROCESSING",
    )
    assert (stored["customerName"], stored["priority"]) == ("Jane Roe", "high")
    expires = datetime.fromisoformat(stored["createdAt"]) + timedelta(days=90)
    assert abs(int(stored["expiresAt"]) - expires.timestamp()) < 1


def test_stored_order_is_counted_with_its_value(account: MockAccount) -> None:
    """An order counts as processed when it is stored, with its value by currency."""
    assert deliver(account, a_queued_order(currency="EUR")) == _DONE

    assert account.console.metric("OrdersProcessed") == [(1, _SERVICE)]
    assert account.console.metric("OrderValue") == [(60, {**_SERVICE, "currency": "EUR"})]
    assert account.console.metric("OrdersReceived") == account.console.metric("OrdersFailed") == []


def test_each_queued_order_costs_one_call(account: MockAccount) -> None:
    """A new, redelivered or conflicting order costs one call; an invalid message costs none."""
    deliver(
        account, a_queued_order(), a_queued_order(), a_queued_order(fingerprint="0" * 64), "poison"
    )

    assert account.operations == ["PutItem"] * 3


def test_processor_s_log_leads_to_the_order_without_personal_data(account: MockAccount) -> None:
    """A stored order is logged with its IDs only."""
    deliver(account, a_queued_order(correlationId="corr-1"))

    logged = account.console.log("Order stored")
    known = ("component", "orderId", "customerId", "correlationId")
    assert [logged[name] for name in known] == [
        "processor",
        "ORDER-1",
        "CUST-12345",
        "corr-1",
    ]
    assert logged["requestId"].startswith("invocation-")
    written = account.console.getvalue().lower()
    assert not [word for word in ("jane", "roe", "prod-001") if word in written]


@pytest.mark.parametrize("apart", [True, False], ids=["in two batches", "in one batch"])
def test_redelivered_message_succeeds(account: MockAccount, *, apart: bool) -> None:
    """A redelivered order is stored and counted once, unchanged."""
    queue(account, an_order())
    (message,) = account.receive(ORDER_QUEUE)
    batches = [[message], [message]] if apart else [[message, message]]

    counts = []
    for batch in batches:
        assert deliver(account, *batch) == _DONE
        counts += account.console.metric("OrdersProcessed")

    assert counts == [(1, _SERVICE)]
    assert account.console.log("Duplicate order ignored")["level"] == "INFO"
    assert len(account.orders()) == 1


def test_message_that_the_sdk_sent_twice_is_one_order(account: MockAccount) -> None:
    """A message that the SDK sent twice is one order."""
    account.connection.lose_response("SendMessage")
    queue(account, an_order())
    messages = account.receive(ORDER_QUEUE)
    assert len(messages) == 2

    assert deliver(account, *messages) == _DONE

    assert len(account.orders()) == 1
    assert account.console.metric("OrdersProcessed") == [(1, _SERVICE)]


def test_write_that_the_sdk_repeats_is_counted(account: MockAccount) -> None:
    """An order whose write the SDK retried counts as stored."""
    account.connection.lose_response("PutItem")

    assert deliver(account, a_queued_order()) == _DONE

    assert account.console.metric("OrdersProcessed") == [(1, _SERVICE)]
    assert account.console.log("Order stored")["orderId"] == "ORDER-1"


@pytest.mark.parametrize(
    ("sent", "fields"),
    [({"key": "key-1"}, {}), ({}, {"orderId": "A-1"})],
    ids=["by its key", "by its orderId"],
)
def test_order_that_its_client_repeats_is_stored_once(
    account: MockAccount, sent: dict[str, Any], fields: dict[str, Any]
) -> None:
    """Of a repeated order the first is stored, with its time."""
    responses = [queue(account, an_order(**fields), request_id=f"req-{n}", **sent) for n in (1, 2)]

    assert deliver(account, *account.receive(ORDER_QUEUE)) == _DONE

    (stored,) = account.orders()
    assert stored["requestId"] == "req-1"
    assert stored["createdAt"] == responses[0].body["createdAt"]
    assert account.console.metric("OrdersProcessed") == [(1, _SERVICE)]


def test_order_in_conflict_fails_without_a_trace_in_the_table(account: MockAccount) -> None:
    """An order with a used ID and other content fails, logged; the stored one is unchanged."""
    first = queue(account, an_order(orderId="A-1"))
    assert deliver(account, *account.receive(ORDER_QUEUE)) == _DONE
    stored = account.orders()
    queue(
        account,
        an_order(orderId="A-1", customerName="Joe Bloggs"),
        headers={"X-Correlation-Id": "corr-2"},
    )
    (other,) = account.receive(ORDER_QUEUE)

    for _ in range(3):
        assert deliver(account, other) == _FAILED
        assert account.console.metric("OrdersFailed") == [(1, _SERVICE)]

    logged = account.console.log("Order conflicts with a stored order")
    assert (logged["level"], logged["messageId"]) == ("WARNING", "message-0")
    assert (logged["orderId"], logged["correlationId"]) == ("A-1", "corr-2")
    assert not [word for word in ("Joe", "Jane", "roe") if word in account.console.getvalue()]
    assert account.orders() == stored
    assert stored[0]["createdAt"] == first.body["createdAt"]


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_message_that_is_no_order_fails_alone(account: MockAccount, poison: str) -> None:
    """A message that cannot be published or compared is not stored, and fails alone."""
    first, last = (a_queued_order(orderId=f"ORDER-{n}") for n in ("first", "last"))

    assert deliver(account, first, poison, last) == ["message-1"]

    assert {order["orderId"] for order in account.orders()} == {"ORDER-first", "ORDER-last"}
    logged = account.console.log("Message is not an order")
    assert (logged["level"], logged["messageId"], logged["component"]) == (
        "ERROR",
        "message-1",
        "processor",
    )
    written = account.console.getvalue().lower()
    assert not [word for word in ("jane", "roe") if word in written]


@pytest.mark.parametrize(
    "value", [[None], {"a": True, "b": None}], ids=["null in a list", "null in an object"]
)
def test_order_that_the_table_cannot_hold_fails_alone(account: MockAccount, value: Any) -> None:
    """A value that DynamoDB cannot store fails its message alone."""
    assert (
        deliver(account, a_queued_order(notes=value), a_queued_order(orderId="ORDER-2")) == _FAILED
    )

    assert [order["orderId"] for order in account.orders()] == ["ORDER-2"]
    assert account.console.metric("OrdersFailed") == [(1, _SERVICE)]


@pytest.mark.parametrize(
    "code",
    [
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "InternalServerError",
        "AccessDeniedException",
    ],
)
def test_order_that_the_table_refuses_is_stored_later(account: MockAccount, code: str) -> None:
    """While the table refuses, each message fails, counted and logged; a redelivery stores it."""
    queue(account, an_order(orderId="A-1"))
    (message,) = account.receive(ORDER_QUEUE)

    with account.connection.refusing(
        "PutItem", code, status=500 if code.startswith("Internal") else 400
    ):
        assert deliver(account, message) == _FAILED

    assert account.console.metric("OrdersFailed") == [(1, _SERVICE)]
    assert account.console.metric("OrdersProcessed") == []
    logged = account.console.log("Message could not be processed")
    assert (logged["level"], logged["orderId"]) == ("ERROR", "A-1")
    assert code in logged["exception"]
    assert deliver(account, message) == _DONE
    assert len(account.orders()) == 1


def test_timeout_of_the_table_fails_the_message(account: MockAccount) -> None:
    """An order whose write timed out is redelivered, and stored or recognised then."""
    with account.connection.timing_out("PutItem"):
        assert deliver(account, a_queued_order()) == _FAILED

    assert account.console.metric("OrdersFailed") == [(1, _SERVICE)]
    assert deliver(account, a_queued_order()) == _DONE


def test_refused_order_does_not_hold_up_its_batch(account: MockAccount) -> None:
    """One order that the table refuses does not affect the others of its batch."""
    orders = [a_queued_order(orderId=f"ORDER-{n}") for n in range(3)]

    with account.connection.refusing(
        "PutItem", "ValidationException", where=lambda call: "ORDER-1" in str(call["Item"])
    ):
        assert deliver(account, *orders) == ["message-1"]

    assert {order["orderId"] for order in account.orders()} == {"ORDER-0", "ORDER-2"}


def test_event_has_the_time_of_the_request(account: MockAccount) -> None:
    """An event has the time and correlation ID of the request, however long the order waited."""
    response = queue(account, an_order(), headers={"X-Correlation-Id": "corr-1"})
    deliver(account, *account.receive(ORDER_QUEUE))

    account.relay(response.body["orderId"])

    (event,) = map(json.loads, account.receive("audit"))
    assert (event["createdAt"], event["correlationId"]) == (response.body["createdAt"], "corr-1")
