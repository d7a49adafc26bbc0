"""Malformed data in tables, queues and logs, and outputs that cannot be written: a command ends with a sentence."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from orderctl import render
from orderctl.errors import OperatorError
from tests.support.deliveries import an_event
from tests.support.functions import AUDIT_TABLE, ORDERS_TABLE, SENT_EMAILS_TABLE
from tests.support.mock_account import as_image
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import Desk

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
    '{"orderId": "ORDER-1", "level": 5, "message": null, "attempt": "x", "exception": [], "messageId": {}}',
    '{"orderId": "ORDER-1", "level": "ERROR", "exception": "", "attempt": true}',
    '{"orderId": "ORDER-1", "level": "ERROR", "exception": 5, "reason": {"a": "john.doe@example.com"}}',
    json.dumps(
        {
            "orderId": "ORDER-1",
            "level": "ERROR",
            "message": "a'" * 40_000,
            "exception": "a'" * 40_000,
        }
    ),
)


def end_well(run: Run, *arguments: str) -> str:
    """Run a command for people and for programs; it does not fail by an unexpected error."""
    shown = ""
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
        shown += result.output
    assert "\x1b" not in shown
    assert "john.doe" not in shown
    return shown


@pytest.mark.parametrize("changes", _ORDERS.values(), ids=_ORDERS)
def test_a_foreign_order_is_shown(run: Run, desk: Desk, changes: dict[str, Any]) -> None:
    """What somebody else wrote into the Orders table is shown as far as it goes, and published again or refused."""
    image = as_image({"orderId": "ORDER-1", **changes})
    desk.account.dynamodb.put_item(TableName=ORDERS_TABLE, Item=image)

    assert "ORDER-1" in end_well(run, "show", "ORDER-1")
    end_well(run, "replay", "--order", "ORDER-1")


def test_foreign_orders_are_published_again_or_refused(run: Run, desk: Desk) -> None:
    """A replay of everything that lies in the table ends with what the relay says against some of it."""
    for number, changes in enumerate(_ORDERS.values()):
        if isinstance(
            changes.get("createdAt", ""), str
        ):  # the mock compares what DynamoDB does not
            image = as_image(
                {"createdAt": "2026-01-15T10:30:00.000Z", **changes, "orderId": f"ORDER-{number}"}
            )
            desk.account.dynamodb.put_item(TableName=ORDERS_TABLE, Item=image)

    assert "new records are no orders" in end_well(run, "replay", "--since", "9999d")


@pytest.mark.parametrize("changes", _AUDIT.values(), ids=_AUDIT)
def test_a_foreign_audit_record_is_shown(run: Run, desk: Desk, changes: dict[str, Any]) -> None:
    """What somebody else wrote into the audit table is shown as far as it goes."""
    record = {"auditId": "A", "timestamp": "yesterday", "orderId": "ORDER-1", **changes}
    desk.account.dynamodb.put_item(TableName=AUDIT_TABLE, Item=as_image(record))

    end_well(run, "show", "ORDER-1")


@pytest.mark.parametrize(
    "note",
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
    ids=lambda note: str(note)[:60],
)
def test_a_foreign_idempotency_record_is_shown(run: Run, desk: Desk, note: dict[str, Any]) -> None:
    """What somebody else wrote into the sent-emails table is shown as far as it goes."""
    from orderctl.sources import note_key  # noqa: PLC0415 (used once)

    order = desk.order()
    key = note_key(an_event(**desk.account.order(order["orderId"])).event_id)
    desk.account.dynamodb.put_item(
        TableName=SENT_EMAILS_TABLE, Item=as_image({"eventId": key, **note})
    )

    end_well(run, "show", order["orderId"])


def test_foreign_log_lines_are_read(run: Run, desk: Desk) -> None:
    """Malformed log lines do not stop `show`."""
    desk.order(orderId="ORDER-1")
    for line in filter(None, _LOG_LINES):
        desk.log("email", line)

    assert "ORDER-1" in end_well(run, "show", "ORDER-1", "--logs-for", "9999d")


_BATCH: dict[str, Any] = {
    "shardId": "s",
    "startSequenceNumber": "1",
    "endSequenceNumber": "1",
    "batchSize": 1,
}


@pytest.mark.parametrize("queue", ["email", "orders", "relay"])
def test_hostile_dead_letters_are_shown_at_once(run: Run, desk: Desk, queue: str) -> None:
    """A dead letter that would cost a careless reader seconds or minutes costs no more than its length."""
    big = "@@"
    bodies = [
        json.dumps({"orderId": "a'" * 60_000}),
        json.dumps({"orderId": "@" * 100_000, "eventType": 5}),
        json.dumps({"orderId": "john.doe@example.com " * 5_000}),
        '{"orderId": 1e9999999}',
        "[" * 200_000,
        *(
            json.dumps({"DDBStreamBatchInfo": {**_BATCH, name: big}}).replace('"@@"', literal)
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
    desk.dead_letter(queue, "x")
    usual = _seconds(lambda: run("dlq", "show", queue))
    for body in bodies:
        desk.dead_letter(queue, body)

    # They are thirty times as many; 1e9999999 alone would be thousands of times as slow.
    assert _seconds(lambda: end_well(run, "dlq", "show", queue)) < 300 * usual


def _seconds(work: Callable[[], object]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start


@pytest.mark.parametrize("as_json", [True, False])
def test_a_full_disk_is_told(*, as_json: bool) -> None:
    """A result that standard output does not take ends in a sentence."""
    view = render.View(data={"a": 1}, parts=[render.Line("a")])

    with (
        contextlib.suppress(OSError),  # closing it fails, too
        Path("/dev/full").open("w", encoding="utf-8") as full,
        contextlib.redirect_stdout(full),
        pytest.raises(OperatorError) as error,
    ):
        view.show(as_json=as_json)
    assert str(error.value) == "The result cannot be written: No space left on device."


_WAYS = {
    "full": ">/dev/full",
    "closed": ">&-",
    "closed pipe": "| true",
    "nowhere": ">/dev/full 2>/dev/full",
    "no input": "<&-",
}


@pytest.mark.parametrize("way", _WAYS.values(), ids=_WAYS)
@pytest.mark.parametrize(
    "command",
    ["--version", "dlq --help", "dlq list --outputs -", "nonsense"],
)
def test_every_end_is_a_sentence(tmp_path: Path, command: str, way: str) -> None:
    """Wherever a command's output goes, its process ends with one sentence at most, and not with success."""
    # The pipe's reader ends before the command begins to write.
    line = f"{{ sleep 0.3; '{sys.executable}' -m orderctl {command}; echo $? >code; }} {way}"
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}  # and no home
    done = subprocess.run(  # noqa: S603 (a constant command)
        ["/bin/sh", "-c", line],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    code = int((tmp_path / "code").read_text())
    answers = {"--version", "dlq --help"}
    assert code == (0 if way == "<&-" and command in answers else code or 1)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    if command in answers or command.startswith("dlq list"):
        assert len(done.stderr.splitlines()) <= 1
        assert bool(done.stderr) == (code != 0 and "2>" not in way)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"", "is not a stack's outputs as JSON"),
        (b"[]", "is not a stack's outputs as JSON"),
        (b"5", "is not a stack's outputs as JSON"),
        (b'{"accountId": 5}', "is not a stack's outputs as JSON"),
        (b"[" * 100_000, "is not a stack's outputs as JSON"),
    ],
)
def test_unreadable_outputs_are_told(
    run: Run, tmp_path: Path, content: bytes | None, said: str
) -> None:
    """A file that holds no outputs, or is a folder, ends in a sentence that names it."""
    path = tmp_path / "odd.json"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)

    result = run("dlq", "list", "--outputs", str(path))

    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert str(path) in result.stderr
    assert said in result.stderr


@pytest.mark.parametrize("content", ["", "{", "[]", "5"])
def test_a_local_stack_s_odd_outputs_are_told(tmp_path: Path, content: str) -> None:
    """What the running local stack has not written in full, or a folder that cannot be read, is reported."""
    from orderctl.outputs import find  # noqa: PLC0415 (as above)
    from tooling.running import RunningStack  # noqa: PLC0415 (used once)

    with RunningStack(tmp_path).lock():
        (tmp_path / ".local" / "outputs.json").write_text(content)
        with pytest.raises(OperatorError, match="outputs"):
            find(stack=None, file=None, root=tmp_path)


def test_a_local_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A lock that cannot be opened is no traceback."""
    from orderctl.outputs import find  # noqa: PLC0415 (used once)

    (tmp_path / ".local" / "lock").mkdir(parents=True)
    with pytest.raises(OperatorError, match="outputs cannot be read"):
        find(stack=None, file=None, root=tmp_path)


def test_a_fault_of_the_tool_is_a_sentence(
    run: Run, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected error is a sentence, too, and a traceback with `ORDERCTL_TRACEBACK`."""
    with desk.line.at((_receive(), _odd)):
        result = run("dlq", "show", "email")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "orderctl failed: LookupError: j***@example.com. Set ORDERCTL_TRACEBACK=1 to see the traceback.\n"
    )

    monkeypatch.setenv("ORDERCTL_TRACEBACK", "1")
    desk.line.calls.clear()
    with desk.line.at((_receive(), _odd)):
        assert isinstance(run("dlq", "show", "email").exception, LookupError)


def _receive() -> Any:
    from tests.support.wire import Moment  # noqa: PLC0415 (used once)

    return Moment("before", "ReceiveMessage", 1)


def _odd() -> None:
    raise LookupError("john.doe@example.com")
