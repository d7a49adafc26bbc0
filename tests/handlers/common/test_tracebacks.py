"""Tracebacks: one per failure, in every function."""

from __future__ import annotations

import re
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.deliveries import (
    STORED,
    a_queued_order,
    an_event,
    queue_batch,
    stream_batch,
    stream_record,
)
from tests.support.lookups import GetRequest
from tests.support.mock_account import as_image
from tests.support.requests import an_order, http_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.mock_account import MockAccount

_IMAGE = as_image(STORED)
_LOOKUP = GetRequest(path="/orders/{orderId}", parameters={"orderId": "ORDER-1"})
_LIST = GetRequest(path="/customers/{customerId}/orders", parameters={"customerId": "CUST-1"})

# A function, its event, and the AWS operation that is refused, with its error.
FAILURES: dict[str, tuple[str, Any, str | None, str]] = {
    "orders: table throttles": (
        "orders",
        http_request(an_order()),
        "PutItem",
        "ThrottlingException",
    ),
    "orders: table refuses": ("orders", http_request(an_order()), "PutItem", "ValidationException"),
    "orders: table is silent": ("orders", http_request(an_order()), "PutItem", ""),
    "intake: queue throttles": (
        "intake",
        http_request(an_order()),
        "SendMessage",
        "ThrottlingException",
    ),
    "intake: queue refuses": (
        "intake",
        http_request(an_order()),
        "SendMessage",
        "InvalidMessageContents",
    ),
    "lookup: table throttles": (
        "lookup",
        _LOOKUP.through_http_api(),
        "GetItem",
        "ThrottlingException",
    ),
    "lookup: index refuses": ("lookup", _LIST.through_rest_api(), "Query", "ValidationException"),
    "processor: no order": ("processor", queue_batch("x"), None, ""),
    "processor: table refuses": (
        "processor",
        queue_batch(a_queued_order()),
        "PutItem",
        "ThrottlingException",
    ),
    "processor: table is silent": ("processor", queue_batch(a_queued_order()), "PutItem", ""),
    "relay: no order": ("relay", stream_batch(stream_record({"orderId": {"S": "x"}})), None, ""),
    "relay: no record": ("relay", {"Records": [None]}, None, ""),
    "relay: no records": ("relay", {"Records": 5}, None, ""),
    "relay: topic refuses": (
        "relay",
        stream_batch(stream_record(_IMAGE)),
        "PublishBatch",
        "AuthorizationError",
    ),
    "relay: topic is silent": ("relay", stream_batch(stream_record(_IMAGE)), "PublishBatch", ""),
    "email: no event": ("email", queue_batch("x"), None, ""),
    "email: sender refused": (
        "email",
        queue_batch(an_event()),
        "SendEmail",
        "AccessDeniedException",
    ),
    "email: sender is silent": ("email", queue_batch(an_event()), "SendEmail", ""),
    "email: its table refuses": (
        "email",
        queue_batch(an_event()),
        "BatchExecuteStatement",
        "ThrottlingException",
    ),
    "email: its table refuses at the end": (
        "email",
        queue_batch(an_event()),
        "UpdateItem",
        "ThrottlingException",
    ),
    "audit: no event": ("audit", queue_batch("x"), None, ""),
    "audit: table refuses": (
        "audit",
        queue_batch(an_event()),
        "BatchExecuteStatement",
        "ThrottlingException",
    ),
}


def texts(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


def keys(value: Any) -> Iterator[str]:
    """Every name of a field in a value."""
    if isinstance(value, dict):
        yield from value
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from keys(part)


@pytest.mark.parametrize(
    ("function", "event", "operation", "code"), FAILURES.values(), ids=FAILURES
)
def test_one_failure_is_one_traceback(
    account: MockAccount, function: str, event: Any, operation: str | None, code: str
) -> None:
    """Any failure leaves exactly one traceback in the log, on a line that names the error."""
    with ExitStack() as stack:
        if operation is not None:
            connection = account.connection
            stack.enter_context(
                connection.refusing(operation, code) if code else connection.timing_out(operation)
            )
        stack.enter_context(suppress(Exception))  # the relay raises
        account.invoke(function, event)

    tracebacks = [
        text
        for line in account.console.logs
        for text in texts(line)
        if "Traceback" in text or 'File "' in text
    ]
    assert len(tracebacks) == 1, account.console.getvalue()
    (line,) = (line for line in account.console.logs if "exception" in line)
    assert line["exception_name"]
    assert line["level"] == "ERROR"
    assert code in line["exception"]
    assert_no_frame_is_repeated(account.console.logs, line["exception"])


def assert_no_frame_is_repeated(lines: list[dict[str, Any]], traceback: str) -> None:
    """No line repeats frames or error of the traceback; `reason` may hold the error."""
    assert not [line for line in lines if "stack_trace" in line]
    frames = re.findall(r'File "([^"]+)", line \d+, in .+', traceback)
    assert frames
    files = set(frames)
    error = traceback.rpartition("\n")[2].partition(": ")[2]
    for line in lines:
        others = [
            text for name, value in line.items() if name != "exception" for text in texts(value)
        ]
        assert not [text for text in others for file in files if file in text]
        unsaid = [
            text
            for name, value in line.items()
            if name not in {"exception", "reason"}
            for text in texts(value)
        ]
        assert not error or not [text for text in unsaid if error in text]
        assert not [
            key
            for key in keys(line)
            if key in {"line", "lineno", "file", "filename", "frames", "statement"}
        ]


def test_each_bad_record_is_one_traceback(account: MockAccount) -> None:
    """Each invalid stream record has one traceback, and the batch adds none."""
    with pytest.raises(Exception, match="2 of 3"):
        account.invoke(
            "relay",
            stream_batch(
                stream_record({}), stream_record(_IMAGE), stream_record({"x": {"S": "y"}})
            ),
        )

    lines = [line["message"] for line in account.console.logs if "exception" in line]
    assert lines == ["Stream record is not an order"] * 2
    for line in account.console.logs:
        if "exception" in line:
            assert_no_frame_is_repeated(account.console.logs, line["exception"])
    assert (
        account.console.log("Stream batch not fully published")["reason"]
        == "2 of 3 new records are no orders"
    )
