"""The hourly limit of confirmations per recipient."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.email.limit import HourlyLimit, hour, mailbox
from handlers.email.records import Claim
from tests.support.connection import InjectionPoint
from tests.support.deliveries import an_event, failures, queue_batch
from tests.support.functions import SENT_EMAILS_TABLE
from tests.support.mock_account import is_counter

if TYPE_CHECKING:
    from types import ModuleType

    from handlers.events.order_created import OrderCreated
    from tests.support.mock_account import MockAccount

_SERVICE = {"environment": "test", "service": "email"}
_NOON = datetime(2026, 1, 15, 12, 30, tzinfo=UTC)


def handler(account: MockAccount, *, per_hour: int) -> ModuleType:
    """The email function of a stack with this limit."""
    return account.functions.load("email", {"CONFIRMATIONS_PER_HOUR": str(per_hour)})


def limit(account: MockAccount, *, per_hour: int) -> HourlyLimit:
    """The limit by itself."""
    return HourlyLimit(
        table=SENT_EMAILS_TABLE, per_hour=per_hour, update_item=account.dynamodb.update_item
    )


def test_emails_above_the_limit_are_suppressed(account: MockAccount) -> None:
    """Above the limit nothing is sent or retried; that is logged, counted and recorded."""
    email = handler(account, per_hour=3)
    events = [an_event(orderId=f"ORDER-{number}") for number in range(5)]
    other = an_event(customerEmail="joe@example.com")

    assert failures(account.invoke(email, queue_batch(*events, other))) == []

    assert Counter(call["Destination"]["ToAddresses"][0] for call in account.emails()) == {
        "jane.roe@example.com": 3,
        "joe@example.com": 1,
    }
    assert account.console.metric("EmailsSuppressed") == [(2, _SERVICE)]
    assert [value for value, _ in account.console.metric("EmailsSent")] == [4]
    assert account.console.metric("EmailsFailed") == []
    message = "Confirmation suppressed: hourly limit per recipient"
    logged = [line for line in account.console.logs if line["message"] == message]
    assert [(line["level"], line["orderId"], line["recipient"]) for line in logged] == [
        ("WARNING", "ORDER-3", "j***@example.com"),
        ("WARNING", "ORDER-4", "j***@example.com"),
    ]
    outcomes = Counter(record["data"]["S"] for record in account.email_records())
    assert outcomes == {'{"outcome": "SENT"}': 4, '{"outcome": "SUPPRESSED"}': 2}

    assert failures(account.invoke(email, queue_batch(*events))) == []
    assert account.emails() == []
    assert account.console.metric("EmailsSuppressed") == []


def test_first_email_of_an_hour_is_counted_with_its_claim(account: MockAccount) -> None:
    """A recipient's first order of this hour needs no call to be counted; further ones do."""
    email, now = handler(account, per_hour=2), datetime.now(UTC).isoformat()
    events = [an_event(createdAt=now) for _ in range(3)]

    assert failures(account.invoke(email, queue_batch(events[0]))) == []
    assert account.operations == ["BatchExecuteStatement", "SendEmail", "UpdateItem"]
    assert failures(account.invoke(email, queue_batch(*events[1:]))) == []

    assert len(account.emails()) == 1
    assert account.console.metric("EmailsSuppressed") == [(1, _SERVICE)]


def test_email_counts_in_the_hour_in_which_it_is_sent(account: MockAccount) -> None:
    """A count with the claim does not count an email that a batch sends in the next hour."""
    attempt = handler(account, per_hour=1).Attempt(
        claim=Claim(event_id="e", until=_NOON),
        start_by=_NOON,
        error=None,
        counted_in=datetime(2026, 1, 15, 12, tzinfo=UTC),
    )
    assert attempt.is_counted(datetime(2026, 1, 15, 12, 59, 59, tzinfo=UTC))
    assert not attempt.is_counted(datetime(2026, 1, 15, 13, tzinfo=UTC))


def test_repeated_event_counts_in_its_own_hour_only(account: MockAccount) -> None:
    """An event that was sent in an earlier hour leaves this hour's limit to other events."""
    email, sent = handler(account, per_hour=1), an_event()
    account.invoke(email, queue_batch(sent))
    forget_counters(account)  # those of the hour in which it was sent

    assert failures(account.invoke(email, queue_batch(sent))) == []
    assert failures(account.invoke(email, queue_batch(an_event()))) == []

    assert len(account.emails()) == 1


def forget_counters(account: MockAccount) -> None:
    """Delete every counter, as if another hour had begun."""
    for counter in filter(is_counter, account.images(SENT_EMAILS_TABLE)):
        key = {"eventId": counter["eventId"]}
        account.dynamodb.delete_item(TableName=SENT_EMAILS_TABLE, Key=key)


def test_redelivered_event_counts_once(account: MockAccount) -> None:
    """An event whose email failed counts once, however often it is delivered."""
    email, batch = handler(account, per_hour=1), queue_batch(an_event())
    with account.connection.refusing("SendEmail", "TooManyRequestsException"):
        for _ in range(3):
            assert failures(account.invoke(email, batch)) == ["message-0"]

    assert failures(account.invoke(email, batch)) == []
    assert len(account.emails()) == 1


def test_without_the_counter_nothing_is_sent(account: MockAccount) -> None:
    """While the counter cannot be written, nothing is sent, and the message is redelivered."""
    batch = queue_batch(an_event())
    with account.connection.refusing("UpdateItem", "ProvisionedThroughputExceededException"):
        assert failures(account.invoke("email", batch)) == ["message-0"]
        assert account.emails() == []

    assert failures(account.invoke("email", batch)) == []
    assert len(account.emails()) == 1


def test_limit_is_hourly(account: MockAccount) -> None:
    """In the next hour of the clock, in any time zone, the recipient gets emails again."""
    hourly = limit(account, per_hour=1)
    later = [
        _NOON,
        _NOON + timedelta(minutes=29),
        _NOON + timedelta(minutes=30),
        _NOON + timedelta(minutes=31),
    ]
    admitted = [
        hourly.admits("jane@example.com", event_id=f"{number}", now=now)
        for number, now in enumerate(later)
    ]
    assert admitted == [True, False, True, False]


def test_counters_expire_and_hold_no_address(account: MockAccount) -> None:
    """A counter holds no address, and DynamoDB may delete it a day after its hour."""
    limit(account, per_hour=1).admits("jane.roe@example.com", event_id="e", now=_NOON)

    (counter,) = filter(is_counter, account.images(SENT_EMAILS_TABLE))
    assert "jane" not in str(counter)
    assert int(counter["expiresAt"]["N"]) == int(datetime(2026, 1, 16, 13, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("jane@example.com", "Jane@EXAMPLE.com", True),
        ("jane@example.com", "jane+shop@example.com", True),
        ("jane+a@example.com", "jane+b+c@example.com", True),
        ("j.a.ne@gmail.com", "jane@gmail.com", True),
        ("jane@googlemail.com", "jane@gmail.com", True),
        ("jane@example.com", "ja.ne@example.com", False),
        ("jane@example.com", "joe@example.com", False),
        ("jane@example.com", "jane@example.org", False),
        ("+a@example.com", "+b@example.com", False),
    ],
)
def test_spellings_of_one_mailbox_share_a_limit(
    account: MockAccount, one: str, other: str, *, same: bool
) -> None:
    """Case, a tag after "+", and dots at Gmail do not change the mailbox's limit."""
    assert (mailbox(one) == mailbox(other)) is same
    hourly = limit(account, per_hour=1)
    assert hourly.admits(one, event_id="1", now=_NOON)
    assert hourly.admits(other, event_id="2", now=_NOON) is not same


@pytest.mark.slow
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    per_hour=st.integers(1, 3),
    deliveries=st.lists(
        st.tuples(
            st.lists(st.integers(0, 5), min_size=1, max_size=3),
            st.sampled_from(["before", "after"]),
            st.sampled_from(["BatchExecuteStatement", "UpdateItem"]),
            st.integers(0, 5),
        ),
        min_size=4,
        max_size=8,
    ),
)
def test_concurrent_functions_do_not_exceed_the_limit(
    account: MockAccount, per_hour: int, deliveries: list[tuple[list[int], Any, str, int]]
) -> None:
    """The limit holds for any events, delivered any number of times, also concurrently."""
    account.clear()
    email = handler(account, per_hour=per_hour)
    start = datetime.now(UTC)
    now = start.isoformat()
    events = [an_event(**({"createdAt": now} if number % 2 else {})) for number in range(6)]
    sent: Counter[str] = Counter()

    def deliver(*batch: OrderCreated) -> None:
        account.invoke(email, queue_batch(*batch))
        sent.update(call["Content"]["Simple"]["Subject"]["Data"] for call in account.emails())

    for batch, when, operation, second in deliveries:

        def meanwhile(other: OrderCreated = events[second]) -> None:
            with account.connection.suspended():
                deliver(other)

        with account.connection.inject((InjectionPoint(when, operation, 1), meanwhile)):
            deliver(*(events[number] for number in batch))

    hours = {hour(start), hour(datetime.now(UTC))}
    assert sent.total() <= per_hour * len(hours)
    assert all(times == 1 for times in sent.values())
