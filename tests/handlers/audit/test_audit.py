"""The audit function: one append-only record per order event."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.support.connection import InjectionPoint, success_response
from tests.support.deliveries import an_event, failures, queue_batch

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_SERVICE = {"environment": "test", "service": "audit"}

# Messages that are no order event of this version; each holds data that must not be logged.
POISON = [
    "jane.roe@example.com",
    "",
    "null",
    "[]",
    "[" * 5_000,
    '{"customerName": "Jane Roe", "customerEmail": "jane.roe@example.com"}',
    an_event().to_json().replace("ORDER_CREATED", "ORDER_JANE"),
    an_event().to_json().replace('"1.0"', '"2.0"'),
    an_event().to_json().replace('"totalAmount":60', '"totalAmount":NaN'),
    an_event().to_json().replace('"totalAmount":60', '"totalAmount":"Jane Roe"'),
    an_event()
    .to_json()
    .replace('"createdAt":"2026-01-15T10:30:00.123Z"', '"createdAt":"2026-01-15T10:30:00"'),
    an_event().to_json().replace('"currency"', '"currency":"USD","currency"'),
]


def test_record_holds_the_whole_order(account: MockAccount) -> None:
    """A record has order ID, event type and time, and the order's details with exact amounts."""
    event = an_event(orderId="ORDER-1")

    assert failures(account.invoke("audit", queue_batch(event))) == []

    (record,) = account.audit_records()
    assert record.pop("recordedAt").endswith("Z")
    assert record == {
        "auditId": event.event_id,
        "timestamp": "2026-01-15T10:30:00.123Z",
        "orderId": "ORDER-1",
        "eventType": "ORDER_CREATED",
        "correlationId": "corr-1",
        "orderDetails": {
            "customerId": "CUST-12345",
            "customerName": "Jane Roe",
            "customerEmail": "jane.roe@example.com",
            "itemCount": 1,
            "items": [
                {
                    "productId": "PROD-001",
                    "productName": "Widget A",
                    "quantity": 2,
                    "price": Decimal(30),
                    "subtotal": Decimal(60),
                }
            ],
            "totalAmount": Decimal(60),
            "currency": "USD",
        },
    }


def test_redelivery_leaves_the_record_as_it_was(account: MockAccount) -> None:
    """A redelivered event succeeds, and neither adds nor changes a record."""
    event = an_event()
    account.invoke("audit", queue_batch(event))
    (first,) = account.audit_records()

    assert failures(account.invoke("audit", queue_batch(event, event))) == []

    assert account.audit_records() == [first]
    assert account.console.metric("AuditRecordsCreated") == []
    assert {line["message"] for line in account.console.logs} == {"Audit record already exists"}


def test_a_batch_costs_one_call(account: MockAccount) -> None:
    """The records of a batch are written with one call."""
    events = [an_event() for _ in range(10)]

    assert failures(account.invoke("audit", queue_batch(*events))) == []

    assert account.operations == ["BatchExecuteStatement"]
    assert {record["auditId"] for record in account.audit_records()} == {
        event.event_id for event in events
    }


def test_refused_statement_fails_its_message_alone(account: MockAccount) -> None:
    """A record that the table refuses fails its message, and no other one of the batch."""
    events = [an_event() for _ in range(3)]
    refused = {"Error": {"Code": "ValidationError", "Message": "Refused"}}
    written = {"TableName": "audit-logs"}
    responses = success_response({"Responses": [written, refused, written]})
    point = InjectionPoint("before", "BatchExecuteStatement", 1)

    with account.connection.inject((point, lambda: responses)):
        response = account.invoke("audit", queue_batch(*events[:2], "no event", events[2]))

    assert sorted(failures(response)) == ["message-1", "message-2"]
    logged = account.console.log("Message could not be processed")
    assert (logged["orderId"], logged["messageId"]) == (events[1].order_id, "message-1")
    assert account.console.metric("AuditRecordsFailed") == [(1, _SERVICE)]
    assert [value for value, _ in account.console.metric("AuditRecordsCreated")] == [2]


def test_record_is_counted_with_the_order_s_age(account: MockAccount) -> None:
    """A new record is counted, with the order's age."""
    account.invoke("audit", queue_batch(an_event()))

    assert account.console.metric("AuditRecordsCreated") == [(1, _SERVICE)]
    ((age, dimensions),) = account.console.metric("OrderAge")
    assert age > 0
    assert dimensions == _SERVICE


def test_log_carries_the_request_s_correlation_id(account: MockAccount) -> None:
    """A record's log line has the order ID and the correlation ID of the request."""
    account.invoke("audit", queue_batch(an_event(orderId="ORDER-1")))

    logged = account.console.log("Audit record created")
    assert (logged["orderId"], logged["correlationId"]) == ("ORDER-1", "corr-1")
    assert "jane" not in account.console.getvalue().lower()


@pytest.mark.parametrize("function", ["audit", "email"])
@pytest.mark.parametrize("poison", POISON, ids=range(len(POISON)))
def test_poison_message_fails_alone(account: MockAccount, function: str, poison: str) -> None:
    """A message that is no order event fails alone, and is logged without its content."""
    first, last = an_event(), an_event()

    assert failures(account.invoke(function, queue_batch(first, poison, last))) == ["message-1"]

    logged = account.console.log("Message is not an order event")
    assert (logged["level"], logged["messageId"], logged["component"]) == (
        "ERROR",
        "message-1",
        function,
    )
    assert "Traceback" in logged["exception"]
    assert not [word for word in ("jane", "roe") if word in account.console.getvalue().lower()]
    counts = account.console.metric("AuditRecordsCreated") + account.console.metric("EmailsSent")
    assert [count for count, _ in counts] in ([2], [1, 1])


def test_batch_of_invalid_messages_is_reported_in_full(account: MockAccount) -> None:
    """If every message fails, the response lists them all, and the invocation succeeds."""
    assert failures(account.invoke("audit", queue_batch("x", "y"))) == ["message-0", "message-1"]


def test_refused_record_fails_its_message_and_is_logged(account: MockAccount) -> None:
    """While the table refuses, messages fail, are logged with the order ID, and succeed later."""
    batch = queue_batch(an_event(orderId="ORDER-1"))
    with account.connection.refusing("BatchExecuteStatement", "ThrottlingException"):
        assert failures(account.invoke("audit", batch)) == ["message-0"]

    logged = account.console.log("Message could not be processed")
    assert (logged["orderId"], logged["correlationId"]) == ("ORDER-1", "corr-1")
    assert "ThrottlingException" in logged["exception"]
    assert account.console.metric("AuditRecordsCreated") == []
    assert failures(account.invoke("audit", batch)) == []
    assert len(account.audit_records()) == 1


def test_fields_of_a_later_version_are_ignored(account: MockAccount) -> None:
    """Unknown fields of an event are ignored."""
    newer = an_event().to_json()[:-1] + ',"giftWrap":true}'

    assert failures(account.invoke("audit", queue_batch(newer))) == []
