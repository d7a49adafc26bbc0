"""Replay: stored orders are published again through the deployed relay."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orderctl import cli_support, replay
from orderctl.relay import Relay
from tests.support.functions import ORDERS_TABLE
from tests.support.mock_account import as_image
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.orderctl.support.operator import OperatorStack

_DAY = datetime(2026, 1, 15, tzinfo=UTC)


def store(operator: OperatorStack, *times: str, **changes: Any) -> list[str]:
    """Store an order for each time of that day; return their IDs."""
    return [
        operator.store_order(createdAt=f"2026-01-15T{time}Z", **changes)["orderId"]
        for time in times
    ]


def test_orders_are_selected_by_their_creation(operator: OperatorStack) -> None:
    """Orders created within the time range, bounds included, are published, and no others."""
    _, first, second, _ = store(
        operator, "09:59:59.999", "10:00:00.000", "11:00:00.000", "11:00:00.001"
    )

    result = replay.replay_range(operator.stack, _DAY.replace(hour=10), _DAY.replace(hour=11))

    assert operator.published() == sorted([first, second])
    assert (result.published, result.expired, result.problem) == (2, 0, None)
    assert all(
        call.parameters["ConsistentRead"]
        for call in operator.connection.calls
        if call.operation == "Scan"
    )


def test_one_order_is_published(operator: OperatorStack) -> None:
    """One order's event is published again with the same event ID."""
    order, _ = operator.store_order(), operator.store_order()
    event = operator.deliver(order["orderId"])
    assert operator.published() == [order["orderId"]]

    assert replay.replay_order(operator.stack, order["orderId"]).published == 1

    (body,) = operator.work_messages("audit")
    assert json.loads(body)["eventId"] == event.event_id


def test_an_order_that_is_not_stored(operator: OperatorStack) -> None:
    """The error about an order that is not in the table holds its ID."""
    with pytest.raises(UserError, match=r"^There is no stored order ORDER-1\.$"):
        replay.replay_order(operator.stack, "ORDER-1")


def test_expired_orders_are_left_out(operator: OperatorStack) -> None:
    """An expired order is counted and not published."""
    (expired,) = store(operator, "10:00:00.000", expiresAt=int(datetime.now(UTC).timestamp()) - 1)
    (valid,) = store(operator, "10:00:00.000", expiresAt=int(datetime.now(UTC).timestamp()) + 60)

    result = replay.replay_range(operator.stack, _DAY, _DAY + timedelta(days=1))

    assert operator.published() == [valid]
    assert (result.published, result.expired) == (1, 1)
    assert replay.replay_order(operator.stack, expired).expired == 1
    assert operator.published() == []


def test_a_dry_run_counts_only(operator: OperatorStack) -> None:
    """A dry run counts the orders and publishes none."""
    order_id, _ = store(operator, "10:00:00.000", "10:00:00.000")

    assert (
        replay.replay_range(operator.stack, _DAY, _DAY + timedelta(days=1), dry_run=True).published
        == 2
    )
    assert replay.replay_order(operator.stack, order_id, dry_run=True).published == 1

    assert operator.published() == []


def test_all_pages_of_the_table_are_read(operator: OperatorStack) -> None:
    """Orders are found on every page of a scan."""
    orders = store(operator, "10:00:00.000", "10:00:00.000", "10:00:00.000", notes="x" * 390_000)

    assert replay.replay_range(
        operator.stack, _DAY, _DAY + timedelta(days=1), dry_run=True
    ).published == len(orders)

    assert operator.operations.count("Scan") > 1


def test_the_relay_is_invoked_through_its_alias(operator: OperatorStack) -> None:
    """The relay is invoked through its alias: the deployed version."""
    replay.replay_order(operator.stack, operator.store_order()["orderId"])

    (call,) = (call for call in operator.connection.calls if call.operation == "Invoke")
    assert (call.parameters["FunctionName"], call.parameters["Qualifier"]) == ("relay", "live")


@pytest.mark.parametrize("size", [1, 100])
def test_an_item_that_is_no_order(operator: OperatorStack, size: int) -> None:
    """An item of other software is reported, and all orders are published."""
    stack = replace(operator.stack, relay_batch_records=size)
    orders = store(operator, "10:00:00.000", "11:00:00.000", "12:00:00.000")
    first = operator.account.dynamodb.scan(TableName=ORDERS_TABLE)["Items"][0]["orderId"]["S"]
    foreign = {"orderId": first, "createdAt": "2026-01-15T10:30:00.000Z", "blob": b"\xff"}
    operator.account.dynamodb.put_item(TableName=ORDERS_TABLE, Item=as_image(foreign))

    result = replay.replay_range(stack, _DAY, _DAY + timedelta(days=1))

    assert operator.published() == sorted(set(orders) - {first})
    assert "NotAnOrderError" in str(result.problem)
    assert not result.stopped


def test_a_failing_relay_stops_the_replay(operator: OperatorStack) -> None:
    """When the relay cannot publish, the replay ends with its error."""
    store(operator, "10:00:00.000")

    with operator.account.connection.refusing("PublishBatch", "AuthorizationError", status=403):
        result = replay.replay_range(operator.stack, _DAY, _DAY + timedelta(days=1))

    assert (result.published, result.stopped) == (0, True)
    assert "NotPublishedError" in str(result.problem)


@pytest.mark.parametrize("operation", ["Invoke", "Scan"])
def test_results_before_an_error_are_kept(operator: OperatorStack, operation: str) -> None:
    """An AWS error ends the replay with its count so far; without a count it is raised."""
    stack = replace(operator.stack, relay_batch_records=1)
    store(
        operator,
        "10:00:00.000",
        "10:00:00.000",
        "10:00:00.000",
        "10:00:00.000",
        notes="x" * 390_000,
    )
    days = (_DAY, _DAY + timedelta(days=1))

    def is_second(_: Any) -> bool:
        return operator.operations.count(operation) >= 2

    with operator.connection.refusing(operation, "AccessDeniedException", where=is_second):
        result = replay.replay_range(stack, *days)

    assert result.published == len(operator.published()) > 0
    assert (result.stopped, result.problem) == (
        True,
        f"AWS refused {operation}: Refused (AccessDeniedException)",
    )
    with (
        operator.connection.refusing(operation, "AccessDeniedException"),
        pytest.raises(operator.account.sqs.exceptions.ClientError, match="AccessDenied"),
    ):
        replay.replay_range(stack, *days)


def is_throttled(operator: OperatorStack, times: int) -> Callable[[dict[str, Any]], bool]:
    """Return whether Lambda still throttles: the given number of times from now on."""
    before = operator.operations.count("Invoke")
    return lambda _: operator.operations.count("Invoke") - before <= times


@pytest.mark.parametrize("times", [1, 7])
def test_a_throttled_relay_is_retried(operator: OperatorStack, times: int) -> None:
    """While Lambda throttles the relay, the replay waits, longer each time."""
    pauses: list[float] = []
    target = Relay(
        function="relay", invoke=operator.stack.client("lambda").invoke, pause=pauses.append
    )

    with operator.connection.refusing(
        "Invoke", "TooManyRequestsException", status=429, where=is_throttled(operator, times)
    ):
        target.publish(*target.batches([as_image(operator.store_order())]))

    assert len(pauses) == times
    assert pauses == sorted(pauses)
    assert len(operator.published()) == 1


def test_a_relay_that_stays_throttled(operator: OperatorStack) -> None:
    """Throttling is an error after two minutes, any other error at once."""
    pauses: list[float] = []
    target = Relay(
        function="relay", invoke=operator.stack.client("lambda").invoke, pause=pauses.append
    )

    for code in ("TooManyRequestsException", "AccessDeniedException"):
        pauses.clear()
        with (
            operator.connection.refusing("Invoke", code),
            pytest.raises(operator.account.sqs.exceptions.ClientError, match=code),
        ):
            target.publish([])
        assert sum(pauses) == (120 if code == "TooManyRequestsException" else 0)


@pytest.mark.parametrize(
    "notes",
    [
        [],
        ["x"] * 250,
        ["x" * 1_500_000] * 5,
        ["é" * 1_200_000, *"abc"] * 3,
        ["x", "x" * 4_500_000, "x"],
    ],
    ids=["none", "many", "large", "not ASCII", "one too large"],
)
def test_batches_fit_into_an_invocation(operator: OperatorStack, notes: list[str]) -> None:
    """Every order is in one batch, in order, within the limits of an invocation."""
    batches = list(Relay.of(operator.stack).batches({"notes": {"S": text}} for text in notes))

    records = [json.loads(record) for batch in batches for record in batch]
    assert [record["dynamodb"]["NewImage"]["notes"]["S"] for record in records] == notes
    for batch in batches:
        assert 0 < len(batch) <= 100
        assert len(batch) == 1 or sum(len(record.encode()) for record in batch) <= 4_000_000


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-15T10:00:00Z", datetime(2026, 1, 15, 10, tzinfo=UTC)),
        ("2026-01-15T10:00:00.123+02:00", datetime(2026, 1, 15, 8, 0, 0, 123000, tzinfo=UTC)),
    ],
)
def test_timestamps_have_an_offset(text: str, time: datetime) -> None:
    """A timestamp is converted to UTC."""
    assert cli_support.timestamp(text) == time


@pytest.mark.parametrize(
    ("text", "ago"),
    [("0s", {"seconds": 0}), ("90m", {"minutes": 90}), ("2h", {"hours": 2}), ("1d", {"days": 1})],
)
def test_timestamps_may_be_durations(text: str, ago: dict[str, int]) -> None:
    """A duration is a timestamp that long ago."""
    before = datetime.now(UTC)
    assert before <= cli_support.timestamp(text) + timedelta(**ago) <= datetime.now(UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026-01-15", "2026-01-15T10:00:00", "2", "-2h", "2w", "999999d"),
        *("0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-10:00"),
    ],
)
def test_invalid_timestamps(text: str) -> None:
    """An ambiguous or impossible timestamp is an error that shows the format."""
    with pytest.raises(UserError, match="is not a valid timestamp: write 2026-01-15T10:00:00Z"):
        cli_support.timestamp(text)


@pytest.mark.parametrize(
    ("since", "until"),
    [("1h", "2h"), ("1h", "1h"), ("2026-01-15T10:00:00Z", "2026-01-15T11:00:00+01:00")],
)
def test_time_ranges_have_an_order(since: str, until: str) -> None:
    """A time range that ends before it starts, or at once, is an error."""
    with pytest.raises(UserError, match="before --until"):
        cli_support.time_range(since, until)
