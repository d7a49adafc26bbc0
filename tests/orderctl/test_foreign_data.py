"""Malformed data in tables, queues and logs, and output that cannot be written."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from handlers.email.records import record_key
from tests.support.deliveries import an_event
from tests.support.functions import AUDIT_TABLE, ORDERS_TABLE, SENT_EMAILS_TABLE
from tests.support.mock_account import as_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import OperatorStack

_ORDERS: dict[str, dict[str, Any]] = {
    "nothing but an ID": {},
    "items a number": {"items": 3},
    "items a text": {"items": "three"},
    "items null": {"items": None},
    "items of items": {"items": [[[]]]},
    "created in year 1": {"createdAt": "0001-01-01T00:00:00Z"},
    "created in year 1 elsewhere": {"createdAt": "0001-01-01T00:00:00+14:00"},
    "created in year 9999": {"createdAt": "9999-12-31T23:59:59-14:00"},
    "created in 1970": {"createdAt": "1970-01-01T00:00:00Z"},
    "created at a number": {"createdAt": 7},
    "created at a list": {"createdAt": ["2026"]},
    "created without an offset": {"createdAt": "2026-01-15T10:30:00"},
    "expires in words": {"expiresAt": "never"},
    "expires beyond time": {"expiresAt": 10**30},
    "expires before time": {"expiresAt": -(10**30)},
    "expires at a list": {"expiresAt": []},
    "numbers for texts": {
        "customerId": 5,
        "status": 5,
        "currency": 5,
        "correlationId": 5,
        "customerEmail": 5,
    },
    "sets and bytes": {
        "status": {1, 2},
        "currency": {"a"},
        "requestId": b"\x00\xff",
        "customerId": {b"x"},
    },
    "very long texts": {
        "status": "a'" * 50_000,
        "correlationId": "x" * 100_000,
        "customerEmail": "@" * 10_000,
    },
    "escapes": {"status": "\x1b[31mred", "currency": "[bold]x[/bold]", "requestId": "a\nb\rc"},
    "booleans": {"totalAmount": True, "customerEmail": False, "items": True},
}
_AUDIT: dict[str, dict[str, Any]] = {
    "no details": {},
    "details null": {"orderDetails": None},
    "details a text": {"orderDetails": "x"},
    "details a list": {"orderDetails": [1]},
    "recorded at a number": {"recordedAt": 5},
    "recorded at a map": {"recordedAt": {"a": "john.doe@example.com"}},
}
_LOG_LINES = (
    "",
    "null",
    "[" * 100_000,
    '{"orderId": 5}',
    '{"orderId": "ORDER-1"}',
    '{"orderId": "ORDER-1", "level": 5, "message": null, "attempt": "x", "exception": []}',
    '{"orderId": "ORDER-1", "messageId": {}}',
    '{"orderId": "ORDER-1", "level": "ERROR", "exception": "", "attempt": true}',
    '{"orderId": "ORDER-1", "level": "ERROR", "reason": {"a": "john.doe@example.com"}}',
    '{"orderId": "ORDER-1", "level": "ERROR", "exception": 5}',
    json.dumps(
        {
            "orderId": "ORDER-1",
            "level": "ERROR",
            "message": "a'" * 40_000,
            "exception": "a'" * 40_000,
        }
    ),
)


def run_twice(run: Run, *arguments: str) -> str:
    """Run a command with and without --json, without an unexpected error; return its output."""
    output = ""
    for more in ((), ("--json",)):
        result = run(*arguments, *more)
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        assert "orderctl failed" not in result.stderr
        assert "Traceback" not in result.output
        assert result.exit_code in {0, 1}
        if result.exit_code:
            assert len(result.stderr.splitlines()) == 1
        output += result.output
    assert "\x1b" not in output
    assert "john.doe" not in output
    return output


@pytest.mark.parametrize("changes", _ORDERS.values(), ids=_ORDERS)
def test_a_foreign_order_is_shown(
    run: Run, operator: OperatorStack, changes: dict[str, Any]
) -> None:
    """An item of other software in the orders table is shown, and published or refused."""
    image = as_image({"orderId": "ORDER-1", **changes})
    operator.account.dynamodb.put_item(TableName=ORDERS_TABLE, Item=image)

    assert "ORDER-1" in run_twice(run, "show", "ORDER-1")
    run_twice(run, "replay", "--order", "ORDER-1")


def test_foreign_orders_in_a_replay(run: Run, operator: OperatorStack) -> None:
    """A replay of all items ends with the relay's error about foreign ones."""
    for number, changes in enumerate(_ORDERS.values()):
        if isinstance(
            changes.get("createdAt", ""), str
        ):  # the mock compares what DynamoDB does not
            image = as_image(
                {"createdAt": "2026-01-15T10:30:00.000Z", **changes, "orderId": f"ORDER-{number}"}
            )
            operator.account.dynamodb.put_item(TableName=ORDERS_TABLE, Item=image)

    assert "new records are no orders" in run_twice(run, "replay", "--since", "9999d")


@pytest.mark.parametrize("changes", _AUDIT.values(), ids=_AUDIT)
def test_a_foreign_audit_record_is_shown(
    run: Run, operator: OperatorStack, changes: dict[str, Any]
) -> None:
    """An item of other software in the audit table is shown as far as it can be read."""
    record = {"auditId": "A", "timestamp": "yesterday", "orderId": "ORDER-1", **changes}
    operator.account.dynamodb.put_item(TableName=AUDIT_TABLE, Item=as_image(record))

    run_twice(run, "show", "ORDER-1")


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"status": 5},
        {"status": "COMPLETED"},
        {"status": "INPROGRESS", "in_progress_expiration": "soon"},
        {"status": "COMPLETED", "data": 5},
        {"status": "COMPLETED", "data": '{"outcome": []}'},
        {"status": "COMPLETED", "data": "[" * 100_000},
        {
            "status": "COMPLETED",
            "data": '{"outcome": "REJECTED", "reason": {"a": "john.doe@example.com"}}',
        },
    ],
    ids=lambda record: str(record)[:60],
)
def test_a_foreign_idempotency_record_is_shown(
    run: Run, operator: OperatorStack, record: dict[str, Any]
) -> None:
    """An item of other software in the sent-emails table is shown as far as it can be read."""
    order = operator.store_order()
    key = record_key(an_event(**operator.account.order(order["orderId"])).event_id)
    operator.account.dynamodb.put_item(
        TableName=SENT_EMAILS_TABLE, Item=as_image({"eventId": key, **record})
    )

    run_twice(run, "show", order["orderId"])


def test_malformed_log_lines(run: Run, operator: OperatorStack) -> None:
    """Malformed log lines do not stop `show`."""
    operator.store_order(orderId="ORDER-1")
    for line in filter(None, _LOG_LINES):
        operator.log("email", line)

    assert "ORDER-1" in run_twice(run, "show", "ORDER-1", "--logs-for", "9999d")


_BATCH: dict[str, Any] = {
    "shardId": "s",
    "startSequenceNumber": "1",
    "endSequenceNumber": "1",
    "batchSize": 1,
}


@pytest.mark.parametrize("queue", ["email", "orders", "relay"])
def test_large_malformed_dead_letters_are_shown_quickly(
    run: Run, operator: OperatorStack, queue: str
) -> None:
    """Dead letters that are slow to parse naively are shown in time proportional to their size."""
    bodies = [
        json.dumps({"orderId": "a'" * 60_000}),
        json.dumps({"orderId": "@" * 100_000, "eventType": 5}),
        json.dumps({"orderId": "john.doe@example.com " * 5_000}),
        '{"orderId": 1e9999999}',
        "[" * 200_000,
        *(
            json.dumps({"DDBStreamBatchInfo": {**_BATCH, name: "@@"}}).replace('"@@"', literal)
            for name in (
                "batchSize",
                "shardId",
                "streamArn",
                "approximateArrivalOfFirstRecord",
                "startSequenceNumber",
            )
            for literal in ("1e9999999", "9" * 100_000, json.dumps("a'" * 50_000), "null", "[]")
        ),
    ]
    operator.add_dead_letter(queue, "x")
    usual = _seconds(lambda: run("dlq", "show", queue))
    for body in bodies:
        operator.add_dead_letter(queue, body)

    # They are thirty times as many; 1e9999999 alone would be thousands of times as slow.
    assert _seconds(lambda: run_twice(run, "dlq", "show", queue)) < 300 * usual


def _seconds(work: Callable[[], object]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start
