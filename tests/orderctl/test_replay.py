"""Stored orders are published again, by the deployed relay."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orderctl import relay, replay, timestamps
from orderctl.errors import OperatorError
from tests.support.functions import ORDERS_TABLE
from tests.support.mock_account import as_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.orderctl.support.operator import Desk

_DAY = datetime(2026, 1, 15, tzinfo=UTC)


def created(desk: Desk, *times: str, **changes: Any) -> list[str]:
    """Store an order for each time of that day, and return their IDs."""
    return [desk.order(createdAt=f"2026-01-15T{time}Z", **changes)["orderId"] for time in times]


def published(desk: Desk) -> list[str]:
    """The orders whose events have arrived at a workflow since the last time."""
    desk.work("email")
    return sorted(json.loads(body)["orderId"] for body in desk.work("audit"))


def test_orders_are_published_by_when_they_were_created(desk: Desk) -> None:
    """Those created within the two moments, both included, are published, and no others."""
    _, first, second, _ = created(
        desk, "09:59:59.999", "10:00:00.000", "11:00:00.000", "11:00:00.001"
    )

    result = replay.between(desk.stack, _DAY.replace(hour=10), _DAY.replace(hour=11))

    assert published(desk) == sorted([first, second])
    assert (result.handed_over, result.expired, result.problem) == (2, 0, None)
    assert all(
        call.parameters["ConsistentRead"] for call in desk.line.calls if call.operation == "Scan"
    )


def test_one_order_is_published(desk: Desk) -> None:
    """An order's event is published again under the same ID, and no other order's is."""
    order, _ = desk.order(), desk.order()
    event = desk.deliver(order["orderId"])
    assert published(desk) == [order["orderId"]]

    assert replay.one(desk.stack, order["orderId"]).handed_over == 1

    (body,) = desk.work("audit")
    assert json.loads(body)["eventId"] == event.event_id


def test_an_order_that_is_not_stored(desk: Desk) -> None:
    """What is not in the table cannot be published again, and is named."""
    with pytest.raises(OperatorError, match=r"^There is no stored order ORDER-1\.$"):
        replay.one(desk.stack, "ORDER-1")


def test_expired_orders_are_left_out(desk: Desk) -> None:
    """An order that DynamoDB may delete at any moment is counted, and not published."""
    (gone,) = created(desk, "10:00:00.000", expiresAt=int(datetime.now(UTC).timestamp()) - 1)
    (there,) = created(desk, "10:00:00.000", expiresAt=int(datetime.now(UTC).timestamp()) + 60)

    result = replay.between(desk.stack, _DAY, _DAY + timedelta(days=1))

    assert published(desk) == [there]
    assert (result.handed_over, result.expired) == (1, 1)
    assert replay.one(desk.stack, gone).expired == 1
    assert published(desk) == []


def test_a_dry_run_counts_only(desk: Desk) -> None:
    """A dry run tells how many orders would be published, and publishes none."""
    order_id, _ = created(desk, "10:00:00.000", "10:00:00.000")

    assert replay.between(desk.stack, _DAY, _DAY + timedelta(days=1), dry_run=True).handed_over == 2
    assert replay.one(desk.stack, order_id, dry_run=True).handed_over == 1

    assert published(desk) == []


def test_the_whole_table_is_looked_through(desk: Desk) -> None:
    """Orders are found on every page of a table that is larger than DynamoDB reads at once."""
    orders = created(desk, "10:00:00.000", "10:00:00.000", "10:00:00.000", notes="x" * 390_000)

    assert replay.between(
        desk.stack, _DAY, _DAY + timedelta(days=1), dry_run=True
    ).handed_over == len(orders)

    assert desk.operations.count("Scan") > 1


def test_the_relay_is_invoked_through_its_alias(desk: Desk) -> None:
    """What publishes is the version that the stack has deployed."""
    replay.one(desk.stack, desk.order()["orderId"])

    (call,) = (call for call in desk.line.calls if call.operation == "Invoke")
    assert (call.parameters["FunctionName"], call.parameters["Qualifier"]) == ("relay", "live")


@pytest.mark.parametrize("size", [1, 100])
def test_a_record_that_is_no_order_stops_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """What somebody else wrote into the table is told, and all orders are published, of its batch and of later ones."""
    monkeypatch.setattr(relay, "_BATCH_RECORDS", size)
    orders = created(desk, "10:00:00.000", "11:00:00.000", "12:00:00.000")
    first = desk.account.dynamodb.scan(TableName=ORDERS_TABLE)["Items"][0]["orderId"]["S"]
    foreign = {"orderId": first, "createdAt": "2026-01-15T10:30:00.000Z", "blob": b"\xff"}
    desk.account.dynamodb.put_item(TableName=ORDERS_TABLE, Item=as_image(foreign))

    result = replay.between(desk.stack, _DAY, _DAY + timedelta(days=1))

    assert published(desk) == sorted(set(orders) - {first})
    assert "NotAnOrderError" in str(result.problem)
    assert not result.stopped


def test_a_failing_relay_stops_the_replay(desk: Desk) -> None:
    """When the relay cannot publish, the replay ends with what it said instead of going on in vain."""
    created(desk, "10:00:00.000")

    with desk.account.wire.refusing("PublishBatch", "AuthorizationError", status=403):
        result = replay.between(desk.stack, _DAY, _DAY + timedelta(days=1))

    assert (result.handed_over, result.stopped) == (0, True)
    assert "NotPublishedError" in str(result.problem)


@pytest.mark.parametrize("operation", ["Invoke", "Scan"])
def test_what_was_published_before_an_error_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    """Where AWS refuses to go on, what was published before is counted, with what it said; at the start it is all."""
    monkeypatch.setattr(relay, "_BATCH_RECORDS", 1)
    created(
        desk, "10:00:00.000", "10:00:00.000", "10:00:00.000", "10:00:00.000", notes="x" * 390_000
    )
    days = (_DAY, _DAY + timedelta(days=1))

    def second(_: Any) -> bool:
        return desk.operations.count(operation) >= 2

    with desk.line.refusing(operation, "AccessDeniedException", where=second):
        result = replay.between(desk.stack, *days)

    assert result.handed_over == len(published(desk)) > 0
    assert (result.stopped, result.problem) == (
        True,
        f"AWS refused {operation}: Refused (AccessDeniedException)",
    )
    with (
        desk.line.refusing(operation, "AccessDeniedException"),
        pytest.raises(desk.account.sqs.exceptions.ClientError, match="AccessDenied"),
    ):
        replay.between(desk.stack, *days)


def busy(desk: Desk, times: int) -> Callable[[dict[str, Any]], bool]:
    """Whether Lambda is throttling still: so many times from now on."""
    before = desk.operations.count("Invoke")
    return lambda _: desk.operations.count("Invoke") - before <= times


@pytest.mark.parametrize("times", [1, 7])
def test_a_busy_relay_is_asked_again(desk: Desk, times: int) -> None:
    """While the relay's concurrency is used up by the stream, the replay waits, longer each time."""
    pauses: list[float] = []
    there = relay.Relay(
        function="relay", invoke=desk.stack.client("lambda").invoke, pause=pauses.append
    )

    with desk.line.refusing(
        "Invoke", "TooManyRequestsException", status=429, where=busy(desk, times)
    ):
        there.publish([relay.record(as_image(desk.order()))])

    assert len(pauses) == times
    assert pauses == sorted(pauses)
    assert len(published(desk)) == 1


def test_a_relay_that_stays_busy_is_not_waited_for_for_ever(desk: Desk) -> None:
    """After two minutes the replay gives up with AWS's own words; any other refusal is not waited for at all."""
    pauses: list[float] = []
    there = relay.Relay(
        function="relay", invoke=desk.stack.client("lambda").invoke, pause=pauses.append
    )

    for code in ("TooManyRequestsException", "AccessDeniedException"):
        pauses.clear()
        with (
            desk.line.refusing("Invoke", code),
            pytest.raises(desk.account.sqs.exceptions.ClientError, match=code),
        ):
            there.publish([])
        assert sum(pauses) == (120 if code == "TooManyRequestsException" else 0)


@pytest.mark.parametrize(
    "records",
    [
        [],
        ["x"] * 250,
        ["x" * 1_500_000] * 5,
        ["é" * 1_200_000, *"abc"] * 3,
        ["x", "x" * 4_500_000, "x"],
    ],
    ids=["none", "many", "large", "not ASCII", "one too large"],
)
def test_batches_are_what_an_invocation_takes(records: list[str]) -> None:
    """Every record is in one batch, in order, and no batch has more records or bytes than Lambda takes."""
    found = list(relay.batches(records))

    assert [record for batch in found for record in batch] == records
    for batch in found:
        assert 0 < len(batch) <= 100
        assert len(batch) == 1 or sum(len(record.encode()) for record in batch) <= 4_000_000


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-01-15T10:00:00Z", datetime(2026, 1, 15, 10, tzinfo=UTC)),
        ("2026-01-15T10:00:00.123+02:00", datetime(2026, 1, 15, 8, 0, 0, 123000, tzinfo=UTC)),
    ],
)
def test_moments_have_an_offset(text: str, meant: datetime) -> None:
    """A moment is understood in whichever offset it is written."""
    assert timestamps.moment(text) == meant


@pytest.mark.parametrize(
    ("text", "ago"),
    [("0s", {"seconds": 0}), ("90m", {"minutes": 90}), ("2h", {"hours": 2}), ("1d", {"days": 1})],
)
def test_moments_may_be_written_as_how_long_ago(text: str, ago: dict[str, int]) -> None:
    """A span of time means that long ago."""
    before = datetime.now(UTC)
    assert before <= timestamps.moment(text) + timedelta(**ago) <= datetime.now(UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026-01-15", "2026-01-15T10:00:00", "2", "-2h", "2w", "999999d"),
        *("0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-10:00"),
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    """What could mean several moments, or none, is refused with how to write one."""
    with pytest.raises(OperatorError, match="is no moment: write 2026-01-15T10:00:00Z"):
        timestamps.moment(text)


@pytest.mark.parametrize(
    ("since", "until"),
    [("1h", "2h"), ("1h", "1h"), ("2026-01-15T10:00:00Z", "2026-01-15T11:00:00+01:00")],
)
def test_moments_have_an_order(since: str, until: str) -> None:
    """Asking for orders from a later moment until an earlier one, or the same, is refused."""
    with pytest.raises(OperatorError, match="before --until"):
        timestamps.window(since, until)
