"""Tests: what the functions' logs say, as events."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError

from local.monitoring.activity import Activity, Counts, Event
from tests.local.support.logs import FakeLogs
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Sequence

_GROUPS = {name: f"/aws/lambda/shop-{name}" for name in ("orders", "relay", "email")}
# After the start of every test, however long the tests before it take.
_NOW = int(time.time() * 1000) + 86_400_000
_TRACEBACK = (
    'Traceback (most recent call last):\n  File "handler.py", line 1, in handle\n'
    "    raise KeyError(name)\nKeyError: 'jane.doe@example.com'"
)


@pytest.fixture
def logs() -> FakeLogs:
    """Log groups without an event."""
    return FakeLogs(groups=set(_GROUPS.values()))


@pytest.fixture
def activity(logs: FakeLogs) -> Activity:
    """The activity of three functions."""
    return _activity(logs)


def _activity(logs: Any, **options: Any) -> Activity:
    names = {package: f"shop-{package}" for package in _GROUPS}
    return Activity(lambda _service: logs, lambda: names, **options)


def _line(message: str, *, level: str = "INFO", **fields: Any) -> dict[str, Any]:
    return {"timestamp": "2026-11-26T10:00:00.123Z", "level": level, "message": message, **fields}


def _outcomes(events: Sequence[Event]) -> list[tuple[str, str | None, str | None]]:
    return [(event.outcome, event.order_id, event.error) for event in events]


@pytest.mark.parametrize(
    ("line", "outcome", "error"),
    [
        (_line("Order stored", orderId="o"), "200", None),
        (_line("Duplicate order ignored", orderId="o"), "200", None),
        (_line("Request forbidden", level="WARNING", reason="other"), "403", "other"),
        (
            _line(
                "Request rejected",
                level="WARNING",
                status=400,
                reason="Invalid order",
                errors=[{"field": "items", "message": "Field required", "count": 1}],
            ),
            "400",
            "items: Field required",
        ),
        (
            _line("Request rejected", level="WARNING", status=409, reason="Conflict"),
            "409",
            "Conflict",
        ),
        (
            _line("An AWS service is unavailable", level="ERROR", exception=_TRACEBACK),
            "503",
            "KeyError: 'j***@example.com'",
        ),
        (_line("Request could not be processed", level="ERROR"), "500", None),
    ],
    ids=lambda value: value["message"] if isinstance(value, dict) else "",
)
def test_a_request_has_the_status_of_its_response(
    logs: FakeLogs, activity: Activity, line: dict[str, Any], outcome: str, error: str | None
) -> None:
    """The event of a function behind the API has the response's status, and why it was refused."""
    logs.invoke(_GROUPS["orders"], "1", line, at=_NOW, ms=12)
    (event,) = activity.poll()
    assert (event.function, event.outcome, event.error) == ("orders", outcome, error)
    assert event.duration_ms == 12


def test_a_batch_has_an_event_for_each_message(logs: FakeLogs, activity: Activity) -> None:
    """An invocation with several messages has an event for each, and one metric document none."""
    failed = _line(
        "Message could not be processed",
        level="ERROR",
        orderId="b",
        correlationId="c",
        attempt=2,
        exception=_TRACEBACK,
    )
    sent = _line("Confirmation sent", orderId="a", correlationId="d", requestId="1")
    logs.invoke(_GROUPS["email"], "1", sent, failed, {"_aws": {}, "EmailsSent": 1}, at=_NOW)
    events = activity.poll()
    assert _outcomes(events) == [("ok", "a", None), ("failed", "b", "KeyError: 'j***@example.com'")]
    assert [event.attempt for event in events] == [None, 2]
    assert [event.correlation_id for event in events] == ["d", "c"]
    assert {event.request_id for event in events} == {"1"}
    assert activity.counts == {"email": Counts(invocations=1, errors=1)}


def test_a_crash_is_an_event_of_its_invocation(logs: FakeLogs, activity: Activity) -> None:
    """Lines that are no JSON are the traceback of the invocation in which they stand, masked."""
    crash = [*_TRACEBACK.splitlines(), "[ERROR] KeyError: 'jane.doe@example.com'"]
    logs.invoke(_GROUPS["email"], "1", _line("Confirmation sent", orderId="a"), *crash, at=_NOW)
    sent, crashed = activity.poll()
    assert (sent.outcome, sent.order_id) == ("ok", "a")
    assert (crashed.outcome, crashed.request_id) == ("crashed", "1")
    assert crashed.error == "KeyError: 'j***@example.com'"
    assert "line 1, in handle" in crashed.fields["exception"]
    assert "jane.doe" not in str(crashed)


def test_an_import_error_is_a_crash(logs: FakeLogs, activity: Activity) -> None:
    """A function that cannot be imported has crashed, and says why."""
    logs.invoke(_GROUPS["email"], "1", "[ERROR] ImportError: No module named 'x'", at=_NOW)
    (event,) = activity.poll()
    assert (event.outcome, event.error) == ("crashed", "ImportError: No module named 'x'")


def test_a_logged_error_that_is_raised_is_one_event(logs: FakeLogs, activity: Activity) -> None:
    """A function that logs an error and raises it has one event for it, and one error."""
    line = _line("Stream batch not fully published", level="ERROR", reason="SNS refused")
    logs.invoke(_GROUPS["relay"], "1", line, _TRACEBACK, "[ERROR] NotPublished: 1", at=_NOW)
    assert _outcomes(activity.poll()) == [("failed", None, "SNS refused")]
    assert activity.counts == {"relay": Counts(invocations=1, errors=1)}


def test_a_timeout_is_an_event_beside_the_others(logs: FakeLogs, activity: Activity) -> None:
    """A function that is stopped at its timeout has an event for that, with any log."""
    line = _line("Message could not be processed", level="ERROR", orderId="a", reason="slow")
    logs.invoke(_GROUPS["email"], "1", line, "Task timed out after 60.00 seconds", at=_NOW)
    assert [event.outcome for event in activity.poll()] == ["failed", "timed out"]


def test_an_invocation_that_logs_nothing_is_counted(logs: FakeLogs, activity: Activity) -> None:
    """An invocation without a line, such as a CORS preflight, is counted and has no event."""
    logs.invoke(_GROUPS["orders"], "1", at=_NOW)
    assert activity.poll() == []
    assert activity.counts == {"orders": Counts(invocations=1)}


def test_every_line_is_read_once(logs: FakeLogs, activity: Activity) -> None:
    """Lines are read once, also those of a stream that has more of the same time later."""
    group = _GROUPS["email"]
    start, line = "START RequestId: 1 Version: 1", '{"message":"Confirmation sent","orderId":"a"}'
    logs.write(group, "s", _NOW, start, line)
    assert activity.poll() == []
    logs.write(group, "s", _NOW, "END RequestId: 1", "REPORT RequestId: 1\tDuration: 7.5 ms\t")
    (event,) = activity.poll()
    assert (event.order_id, event.duration_ms) == ("a", 7.5)
    logs.invoke(group, "2", _line("Confirmation sent", orderId="b"), at=_NOW - 500)
    assert [event.order_id for event in activity.poll()] == ["b"]
    assert activity.poll() == []


def test_all_pages_are_read(logs: FakeLogs, activity: Activity) -> None:
    """Events on further pages of a response are read as well."""
    logs.page_size = 3
    for number in range(5):
        logs.invoke(_GROUPS["email"], str(number), _line("Confirmation sent"), at=_NOW + number)
    assert len(activity.poll()) == 5


def test_what_was_logged_before_the_start_is_not_read(logs: FakeLogs) -> None:
    """Events of an earlier run are not shown again."""
    logs.invoke(_GROUPS["orders"], "1", _line("Order stored"), at=_NOW - 2 * 86_400_000)
    assert _activity(logs).poll() == []


def test_the_oldest_events_are_dropped(logs: FakeLogs) -> None:
    """Only so many events are kept."""
    activity = _activity(logs, max_events=2)
    for number in range(3):
        line = _line("Order stored", orderId=f"o{number}")
        logs.invoke(_GROUPS["orders"], str(number), line, at=_NOW + number)
        activity.poll()
    assert [event.order_id for event in activity.events()] == ["o1", "o2"]


def test_events_of_an_order_or_a_function(logs: FakeLogs, activity: Activity) -> None:
    """Events can be selected by order and function."""
    logs.invoke(_GROUPS["orders"], "1", _line("Order stored", orderId="a"), at=_NOW)
    logs.invoke(_GROUPS["email"], "2", _line("Confirmation sent", orderId="a"), at=_NOW)
    logs.invoke(_GROUPS["email"], "3", _line("Confirmation sent", orderId="b"), at=_NOW)
    activity.poll()
    assert {event.function for event in activity.events(order_id="a")} == {"orders", "email"}
    assert {event.order_id for event in activity.events(function="email")} == {"a", "b"}


def test_a_function_without_a_log_group_is_skipped(logs: FakeLogs, activity: Activity) -> None:
    """A function that has no log group, because it was removed, does not stop the others."""
    logs.groups.remove(_GROUPS["relay"])
    logs.invoke(_GROUPS["orders"], "1", _line("Order stored"), at=_NOW)
    assert len(activity.poll()) == 1


def test_an_unreadable_log_loses_no_events_of_another(logs: FakeLogs) -> None:
    """If one log cannot be read, what was read of the others is reported by the next poll."""
    logs.unreachable_at = 2
    activity = _activity(logs)
    logs.invoke(_GROUPS["orders"], "1", _line("Order stored", orderId="a"), at=_NOW)
    with pytest.raises(EndpointConnectionError):
        activity.poll()
    assert [event.order_id for event in activity.poll()] == ["a"]
    assert activity.poll() == []


def test_subscribers_get_events_until_the_end(logs: FakeLogs) -> None:
    """Subscribers get new events, oldest first, and none after the end; errors do not end it."""
    batches: list[Sequence[Event]] = []
    logs.unreachable_at = 1
    activity = _activity(logs, poll_seconds=0.01)
    activity.subscribe(batches.append)
    activity.start()
    try:
        logs.invoke(_GROUPS["orders"], "1", _line("Order stored", orderId="a"), at=_NOW)
        eventually(lambda: batches, "events")
    finally:
        activity.stop()
    assert [event.order_id for batch in batches for event in batch] == ["a"]
