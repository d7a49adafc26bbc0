"""The email function: one confirmation per order event, through SES."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from handlers.email.message import confirmation
from tests.support.connection import InjectionPoint, error_response
from tests.support.deliveries import Context, an_event, failures, queue_batch
from tests.support.functions import CONFIGURATION_SET, SENDER, SENT_EMAILS_TABLE

if TYPE_CHECKING:
    from handlers.events.order_created import OrderCreated
    from tests.support.mock_account import MockAccount

_SERVICE = {"environment": "test", "service": "email"}
_MARKUP = "<script>alert('&')</script>"


def item(**changes: Any) -> dict[str, Any]:
    """One line of a stored order."""
    return {
        "productId": "PROD-9",
        "quantity": 3,
        "price": Decimal("1234.5"),
        "subtotal": Decimal("3703.5"),
        **changes,
    }


def a_new_event(**changes: Any) -> OrderCreated:
    """The event of an order of this hour."""
    return an_event(createdAt=datetime.now(UTC).isoformat(), **changes)


def texts(event: OrderCreated) -> tuple[str, str]:
    """Both bodies of an order's confirmation."""
    message = confirmation(event, recipient="jane.roe@example.com")
    return message.text, message.html


def test_confirmation_is_sent_to_the_customer(account: MockAccount) -> None:
    """SES sends one email with both bodies, from the stack's sender, in its configuration set."""
    event = an_event(orderId="ORDER-1")

    assert failures(account.invoke("email", queue_batch(event))) == []

    (sent,) = account.emails()
    message = confirmation(event, recipient="jane.roe@example.com")
    assert sent["FromEmailAddress"] == SENDER
    assert sent["ConfigurationSetName"] == CONFIGURATION_SET
    assert sent["Destination"] == {"ToAddresses": ["jane.roe@example.com"]}
    assert sent["Content"]["Simple"]["Subject"]["Data"] == "Order Confirmation - Order #ORDER-1"
    assert sent["Content"]["Simple"]["Body"]["Text"]["Data"] == message.text
    assert sent["Content"]["Simple"]["Body"]["Html"]["Data"] == message.html
    # Suppresses out-of-office replies.
    assert sent["Content"]["Simple"]["Headers"] == [
        {"Name": "Auto-Submitted", "Value": "auto-generated"},
        {"Name": "X-Auto-Response-Suppress", "Value": "All"},
    ]


def test_both_bodies_hold_every_value() -> None:
    """HTML and plain text show name, order, time, every item and the total."""
    event = an_event(
        orderId="ORDER-1",
        items=[item(), item(productName="Widget B")],
        totalAmount=Decimal(7407),
        currency="EUR",
    )

    for body in texts(event):
        for value in (
            "Jane Roe",
            "ORDER-1",
            "15 January 2026, 10:30 UTC",
            "PROD-9",
            "Widget B",
            "3",
        ):
            assert value in body
        for amount in ("1,234.50", "3,703.50", "7,407.00 EUR"):
            assert amount in body


def test_time_is_in_utc() -> None:
    """The order's time is shown in UTC, whatever offset the event has."""
    event = an_event(createdAt="2026-01-16T01:30:00+05:00")

    assert all("15 January 2026, 20:30 UTC" in body for body in texts(event))


@pytest.mark.parametrize(
    "changes",
    [
        {"customerName": _MARKUP},
        {"orderId": _MARKUP},
        {"currency": _MARKUP},
        {"items": [item(productName=_MARKUP)]},
        {"items": [item(productId=_MARKUP)]},
    ],
    ids=["customerName", "orderId", "currency", "productName", "productId"],
)
def test_markup_in_values_is_escaped(changes: dict[str, Any]) -> None:
    """No value adds markup to the HTML body; the plain text shows it unchanged."""
    text, html = texts(an_event(**changes))

    assert _MARKUP in text
    assert "<script" not in html
    assert "&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;" in html


def test_order_without_product_names_is_confirmed_by_ids() -> None:
    """An item without a name is shown with its product ID."""
    assert all("PROD-9" in body and "None" not in body for body in texts(an_event(items=[item()])))


def test_order_without_a_name_is_greeted_without_one() -> None:
    """A customer without a name is greeted without one."""
    named, nameless = (
        texts(an_event(customerName=name, orderId="ORDER-1")) for name in ("Jane Roe", None)
    )

    greetings = "Hello Jane Roe,", "Hello <bdi>Jane Roe</bdi>,"
    assert [
        body.replace(hello, "Hello,") for body, hello in zip(named, greetings, strict=True)
    ] == list(nameless)
    assert all("Hello,\n" in body or "<p>Hello,</p>" in body for body in nameless)


@pytest.mark.parametrize(
    "nothing", [{"customerEmail": None}, {"customerEmail": None, "customerName": None}]
)
def test_order_without_an_address_is_no_failure(
    account: MockAccount, nothing: dict[str, Any]
) -> None:
    """An order without an email address succeeds without a call, logged and counted."""
    batch = queue_batch(an_event(orderId="ORDER-1", **nothing), a_new_event())

    assert failures(account.invoke("email", batch)) == []

    assert len(account.emails()) == 1
    assert (
        account.console.metric("EmailsSkipped")
        == account.console.metric("EmailsSent")
        == [(1, _SERVICE)]
    )
    assert account.console.metric("EmailsFailed") == []
    logged = account.console.log("Order has no email address")
    assert (logged["level"], logged["orderId"], logged["correlationId"]) == (
        "INFO",
        "ORDER-1",
        "corr-1",
    )
    assert account.operations == ["BatchExecuteStatement", "SendEmail", "UpdateItem"]


def test_duplicates_are_sent_once(account: MockAccount) -> None:
    """An event that arrives twice, in one batch or later, is confirmed once."""
    event = an_event()

    assert failures(account.invoke("email", queue_batch(event, event))) == []
    assert len(account.emails()) == 1
    assert failures(account.invoke("email", queue_batch(event))) == []
    assert account.emails() == []
    assert account.console.metric("EmailsSent") == account.console.metric("EmailsFailed") == []


def test_a_batch_of_ten_costs_eleven_calls(account: MockAccount) -> None:
    """Ten emails are claimed and counted in one call; each is recorded as soon as it is sent."""
    events = [a_new_event(customerEmail=f"customer-{number}@example.com") for number in range(10)]

    assert failures(account.invoke("email", queue_batch(*events))) == []

    assert account.operations == ["BatchExecuteStatement", *["SendEmail", "UpdateItem"] * 10]


def test_claims_whose_response_is_lost_are_used(account: MockAccount) -> None:
    """If the SDK repeats the call that claims, the emails are sent, and once."""
    events = [a_new_event(customerEmail=f"customer-{number}@example.com") for number in range(3)]
    account.connection.lose_response("BatchExecuteStatement")

    assert failures(account.invoke("email", queue_batch(*events))) == []

    assert len(account.emails()) == 3
    assert failures(account.invoke("email", queue_batch(*events))) == []
    assert account.emails() == []


def test_emails_that_would_start_too_late_are_left_to_a_later_delivery(
    account: MockAccount,
) -> None:
    """In the second half of the time no email is begun; a later delivery sends the others."""
    first, second, third = (an_event() for _ in range(3))
    slow = InjectionPoint("before", "SendEmail", 1), lambda: time.sleep(0.5)
    batch = queue_batch(first, second, third)
    with account.connection.inject(slow):
        response = account.invoke("email", batch, Context(milliseconds_left=800))

    assert failures(response) == ["message-1", "message-2"]
    assert len(account.emails()) == 1
    assert [line["orderId"] for line in account.console.logs if line["level"] == "ERROR"] == [
        second.order_id,
        third.order_id,
    ]
    assert len(account.email_records()) == 1
    assert failures(account.invoke("email", batch)) == []
    assert len(account.emails()) == 2


def test_email_is_not_begun_after_a_slow_count(account: MockAccount) -> None:
    """The time that counting an email takes is a part of the time in which it must begin."""
    slow = InjectionPoint("before", "UpdateItem", 1), lambda: time.sleep(0.5)
    batch = queue_batch(an_event())
    with account.connection.inject(slow):
        assert failures(account.invoke("email", batch, Context(milliseconds_left=800))) == [
            "message-0"
        ]

    assert account.operations == ["BatchExecuteStatement", "UpdateItem", "DeleteItem"]
    assert failures(account.invoke("email", batch)) == []
    assert len(account.emails()) == 1


def powertools_record(event: OrderCreated, **attributes: Any) -> dict[str, Any]:
    """The idempotency record of an earlier version, which Powertools wrote."""
    digest = hashlib.md5(f'"{event.event_id}"'.encode(), usedforsecurity=False).hexdigest()
    expiry = int((datetime.now(UTC) + timedelta(days=120)).timestamp())
    return {"eventId": {"S": f"email#{digest}"}, "expiresAt": {"N": str(expiry)}, **attributes}


def test_email_of_an_earlier_version_is_not_sent_again(account: MockAccount) -> None:
    """An event whose completed record Powertools wrote gets no second email."""
    event = a_new_event()
    record = powertools_record(event, status={"S": "COMPLETED"}, data={"S": '{"outcome": "SENT"}'})
    account.dynamodb.put_item(TableName=SENT_EMAILS_TABLE, Item=record)

    assert failures(account.invoke("email", queue_batch(event))) == []

    assert account.emails() == []
    assert account.email_records() == [record]


@pytest.mark.parametrize(("seconds", "sent"), [(-1, 1), (60, 0)])
def test_attempt_of_an_earlier_version_blocks_until_its_timeout(
    account: MockAccount, seconds: int, sent: int
) -> None:
    """A record in progress that Powertools wrote is taken over once it has timed out."""
    event = a_new_event()
    timeout = int((datetime.now(UTC).timestamp() + seconds) * 1000)
    record = powertools_record(
        event, status={"S": "INPROGRESS"}, in_progress_expiration={"N": str(timeout)}
    )
    account.dynamodb.put_item(TableName=SENT_EMAILS_TABLE, Item=record)

    assert len(failures(account.invoke("email", queue_batch(event)))) == 1 - sent

    assert len(account.emails()) == sent


def test_expired_record_is_no_record(account: MockAccount) -> None:
    """A record that DynamoDB has not deleted yet does not prevent an email."""
    event = a_new_event()
    record = powertools_record(event, status={"S": "COMPLETED"})
    account.dynamodb.put_item(TableName=SENT_EMAILS_TABLE, Item={**record, "expiresAt": {"N": "1"}})

    assert failures(account.invoke("email", queue_batch(event))) == []

    assert len(account.emails()) == 1


def test_record_of_another_delivery_is_not_deleted(account: MockAccount) -> None:
    """A delivery that fails after another one took over leaves the other's record."""
    event = an_event()

    def take_over() -> Any:
        with account.connection.suspended():
            expire_progress(account)
            assert failures(account.invoke("email", queue_batch(event))) == []
        return error_response("TooManyRequestsException")

    with account.connection.inject((InjectionPoint("before", "SendEmail", 1), take_over)):
        assert failures(account.invoke("email", queue_batch(event))) == ["message-0"]

    (record,) = account.email_records()
    assert record["status"] == {"S": "COMPLETED"}


def test_refused_email_is_reported_and_sent_later(account: MockAccount) -> None:
    """While SES refuses, the message fails, is counted and logged; a redelivery sends it."""
    batch = queue_batch(an_event(orderId="ORDER-1"))
    with account.connection.refusing(
        "SendEmail", "TooManyRequestsException", message="slow down, jane.roe@example.com"
    ):
        assert failures(account.invoke("email", batch)) == ["message-0"]

    assert account.console.metric("EmailsFailed") == [(1, _SERVICE)]
    assert account.console.metric("EmailsSent") == []
    logged = account.console.log("Message could not be processed")
    assert (logged["level"], logged["orderId"], logged["correlationId"]) == (
        "ERROR",
        "ORDER-1",
        "corr-1",
    )
    assert "TooManyRequestsException" in logged["exception"]
    assert "jane.roe" not in account.console.getvalue()

    assert failures(account.invoke("email", batch)) == []
    assert len(account.emails()) == 1


def test_failing_email_does_not_hold_up_its_batch(account: MockAccount) -> None:
    """One failing email does not affect the others of its batch."""
    good, bad = an_event(), an_event(customerEmail="busy@example.com")
    with account.connection.refusing(
        "SendEmail", "MessageRejected", where=lambda call: "busy" in str(call["Destination"])
    ):
        assert failures(account.invoke("email", queue_batch(bad, good))) == ["message-0"]
    assert [
        line["orderId"] for line in account.console.logs if line["message"] == "Confirmation sent"
    ] == [good.order_id]


@pytest.mark.parametrize("operation", ["BatchExecuteStatement", "UpdateItem"])
def test_email_without_an_idempotency_record_fails(account: MockAccount, operation: str) -> None:
    """If the idempotency record cannot be written, the message fails and is redelivered."""
    with account.connection.refusing(operation, "AccessDeniedException"):
        assert failures(account.invoke("email", queue_batch(an_event()))) == ["message-0"]

    assert account.console.metric("EmailsFailed") == [(1, _SERVICE)]


def test_record_in_progress_blocks_until_the_timeout(account: MockAccount) -> None:
    """While an earlier invocation may still be sending, the message fails and nothing is sent."""
    event = an_event()
    with account.connection.timing_out("SendEmail"), account.connection.timing_out("DeleteItem"):
        account.invoke(
            "email", queue_batch(event)
        )  # ends with the record still in progress, as a crash would

    assert failures(account.invoke("email", queue_batch(event))) == ["message-0"]
    assert account.emails() == []

    expire_progress(account)
    assert failures(account.invoke("email", queue_batch(event))) == []
    assert len(account.emails()) == 1


def test_attempt_ends_with_the_invocation(account: MockAccount) -> None:
    """A record in progress times out when its invocation does."""
    with account.connection.timing_out("SendEmail"), account.connection.timing_out("DeleteItem"):
        account.invoke("email", queue_batch(an_event()), Context(milliseconds_left=5_000))

    (record,) = account.email_records()
    timeout = int(record["in_progress_expiration"]["N"]) / 1000
    assert 0 < timeout - datetime.now(UTC).timestamp() <= 5


def expire_progress(account: MockAccount) -> None:
    """Let the record in progress expire."""
    (item,) = account.email_records()
    assert item["status"]["S"] == "INPROGRESS"
    past = int(datetime.now(UTC).timestamp() * 1000) - 1
    account.dynamodb.put_item(
        TableName="sent-emails", Item={**item, "in_progress_expiration": {"N": str(past)}}
    )


def test_sent_email_is_counted_and_logged_without_its_address(account: MockAccount) -> None:
    """A confirmation is counted with the order's age, and logged with the order's ID."""
    account.invoke("email", queue_batch(an_event(orderId="ORDER-1")))

    assert account.console.metric("EmailsSent") == [(1, _SERVICE)]
    ((age, dimensions),) = account.console.metric("OrderAge")
    assert age > 0
    assert dimensions == _SERVICE
    logged = account.console.log("Confirmation sent")
    assert (logged["orderId"], logged["correlationId"]) == ("ORDER-1", "corr-1")
    assert "jane.roe" not in account.console.getvalue()


def test_idempotency_record_outlives_its_messages(account: MockAccount) -> None:
    """An idempotency record is kept longer than a message in queue and dead-letter queue."""
    account.invoke("email", queue_batch(an_event()))

    (remembered,) = account.email_records()
    days = (int(remembered["expiresAt"]["N"]) - datetime.now(UTC).timestamp()) / 86_400
    assert days > 4 + 14
    assert "jane" not in str(remembered).lower()
