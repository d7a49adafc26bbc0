"""Guards: the code that keeps a promise, the product without it, and the tests that fail then.

A comment `# guard: <marker>` on a line of its own stands above each guard. What begins the next
line is the guard: a statement, a keyword argument, or an entry of a dictionary. No change names
anything of the product, so code can be moved, renamed and reformatted together with its markers.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.support.processes import outer_environment
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PRODUCT: Final = ("handlers", "infra")
_MARKER: Final = re.compile(r"^ *# guard: (\S+)\n(?=(?: *#.*\n)*( *))", re.MULTILINE)


class Marked(NamedTuple):
    """The node below a marker (of a dictionary's entry, the value), and its value or condition."""

    node: ast.stmt | ast.keyword | ast.expr
    value: ast.expr | None


class Edit(NamedTuple):
    """The node to replace, and the code to put there; without any, a comma behind it goes too."""

    node: ast.stmt | ast.keyword | ast.expr
    code: str


def statement(code: str) -> Callable[[Marked], Edit]:
    """Replace the marked statement."""

    def change(marked: Marked) -> Edit:
        assert isinstance(marked.node, ast.stmt)
        return Edit(marked.node, code)

    return change


def no_argument() -> Callable[[Marked], Edit]:
    """Delete the marked keyword argument."""

    def change(marked: Marked) -> Edit:
        assert isinstance(marked.node, ast.keyword)
        return Edit(marked.node, "")

    return change


def value(code: str) -> Callable[[Marked], Edit]:
    """Replace what is assigned, returned, passed or tested; `OLD` in the code is what it was."""

    def change(marked: Marked) -> Edit:
        assert marked.value is not None
        return Edit(marked.value, code.replace("OLD", f"({ast.unparse(marked.value)})"))

    return change


def text(old: str, new: str) -> Callable[[Marked], Edit]:
    """Replace a part of the string that is assigned, returned or passed."""

    def change(marked: Marked) -> Edit:
        assert marked.value is not None
        string = ast.literal_eval(marked.value)
        assert string.count(old) == 1
        return Edit(marked.value, repr(string.replace(old, new)))

    return change


class Guard(NamedTuple):
    """A guard's marker, its name in the documents, the change without it, the tests that fail."""

    marker: str
    name: str
    change: Callable[[Marked], Edit]
    noticed_by: tuple[str, ...]


_RANDOM: Final = 'str(__import__("uuid").uuid4())'

GUARDS: Final = (
    Guard(
        "one-conditional-write",
        "The order is written on the condition that its ID is new",
        text("<=", ">"),
        (
            "tests/handlers/orders/test_idempotency.py::test_repeated_request_is_one_order",
            "tests/properties/test_queued_orders.py::test_each_order_is_stored_once",
        ),
    ),
    Guard(
        "replay-needs-same-content",
        "A stored order is a replay only if its content is the same",
        statement("pass"),
        (
            "tests/handlers/orders/test_idempotency.py::test_other_content_under_a_used_key_is_a_conflict",
            "tests/handlers/processor/test_processor.py::test_order_in_conflict_fails_without_a_trace_in_the_table",
        ),
    ),
    Guard(
        "key-decides-order-id",
        "The idempotency key decides the orderId",
        value("not OLD"),
        ("tests/handlers/orders/test_idempotency.py::test_repeated_request_is_one_order",),
    ),
    Guard(
        "fault-of-a-dependency-is-a-503",
        "An unavailable dependency is 503 with Retry-After",
        statement("raise"),
        ("tests/handlers/http/test_error_responses.py::test_retryable_error_is_a_503",),
    ),
    Guard(
        "event-id-from-order",
        "The event's ID is derived from the order",
        value(_RANDOM),
        (
            "tests/handlers/relay/test_relay.py::test_event_has_the_same_id_however_often_it_is_published",
        ),
    ),
    Guard(
        "relay-raises-unpublished-events",
        "The relay raises what it could not publish",
        statement("pass"),
        (
            "tests/handlers/relay/test_relay.py::test_refused_batch_is_raised_with_its_cause",
            "tests/handlers/relay/test_relay.py::test_invalid_record_is_raised_after_the_others",
        ),
    ),
    Guard(
        "relay-raises-unreadable-records",
        "The relay raises records that are no orders",
        statement("pass"),
        ("tests/handlers/relay/test_relay.py::test_invalid_record_is_raised_after_the_others",),
    ),
    Guard(
        "relay-reads-refused-entries",
        "The relay reads which events of a batch the topic refused",
        value("{}"),
        (
            "tests/handlers/relay/test_publisher.py::test_only_refused_events_are_retried",
            "tests/handlers/relay/test_publisher.py::test_event_that_stays_refused_is_raised_by_its_id",
        ),
    ),
    Guard(
        "relay-publishes-new-orders-only",
        "The relay publishes new orders only",
        value("True"),
        ("tests/handlers/relay/test_relay.py::test_only_new_orders_are_published",),
    ),
    Guard(
        "consumer-reports-failed-messages",
        "A consumer returns the messages that failed",
        value('OLD and {"batchItemFailures": []}'),
        (
            "tests/handlers/audit/test_audit.py::test_poison_message_fails_alone",
            "tests/handlers/email/test_email.py::test_refused_email_is_reported_and_sent_later",
            "tests/handlers/processor/test_processor.py::test_order_that_the_table_refuses_is_stored_later",
        ),
    ),
    Guard(
        "lambda-reads-partial-batch-response",
        "Lambda uses the partial batch response",
        no_argument(),
        (
            "tests/infra/messaging/test_event_source_mappings.py::test_one_bad_message_does_not_fail_its_batch",
        ),
    ),
    Guard(
        "failed-message-raises",
        "A failed message is not deleted",
        statement("pass"),
        (
            "tests/handlers/audit/test_audit.py::test_refused_record_fails_its_message_and_is_logged",
            "tests/handlers/email/test_email.py::test_failing_email_does_not_hold_up_its_batch",
        ),
    ),
    Guard(
        "audit-record-written-once",
        "An audit record is written on the condition that it is new",
        no_argument(),
        ("tests/handlers/audit/test_audit.py::test_redelivery_leaves_the_record_as_it_was",),
    ),
    Guard(
        "audit-key-from-event",
        "The audit record's key is the event's",
        value(_RANDOM),
        ("tests/handlers/audit/test_audit.py::test_redelivery_leaves_the_record_as_it_was",),
    ),
    Guard(
        "email-sent-once",
        "The email function keeps an idempotency record",
        value("OLD.__wrapped__"),
        ("tests/handlers/email/test_email.py::test_duplicates_are_sent_once",),
    ),
    Guard(
        "sent-emails-kept-longer-than-messages",
        "The record outlives every possible redelivery",
        no_argument(),
        ("tests/handlers/email/test_email.py::test_idempotency_record_outlives_its_messages",),
    ),
    Guard(
        "email-knows-time-left",
        "A record in progress expires with the invocation's timeout",
        statement("pass"),
        ("tests/handlers/email/test_email.py::test_record_in_progress_blocks_until_the_timeout",),
    ),
    Guard(
        "no-email-to-invalid-address",
        "No invalid address reaches a mail system",
        value("False"),
        ("tests/handlers/email/test_email_refusals.py::test_invalid_address_gets_no_email",),
    ),
    Guard(
        "emails-limited-in-one-write",
        "Confirmations per recipient are limited, also with concurrent functions",
        text("<", ">="),
        ("tests/handlers/email/test_email_limit.py::test_emails_above_the_limit_are_suppressed",),
    ),
    Guard(
        "third-receive-is-the-last",
        "A message becomes a dead letter after three receives",
        no_argument(),
        ("tests/infra/messaging/test_queues.py::test_third_failed_receive_is_the_last",),
    ),
    Guard(
        "undeliverable-by-sns-is-a-dead-letter",
        "A delivery that SNS cannot make becomes a dead letter",
        no_argument(),
        (
            "tests/infra/messaging/test_topics.py::test_what_sns_cannot_deliver_is_a_dead_letter_of_its_queue",
        ),
    ),
    Guard(
        "unpublished-by-relay-is-a-dead-letter",
        "A batch that the relay cannot publish becomes a dead letter",
        no_argument(),
        (
            "tests/infra/messaging/test_event_source_mappings.py::test_one_bad_order_does_not_stop_the_stream",
        ),
    ),
    Guard(
        "emails-masked-in-logs",
        "Email addresses are masked in every log line",
        value("True"),
        (
            "tests/handlers/common/test_exact_values.py::test_no_valid_address_survives_the_mask",
            "tests/handlers/orders/test_faults.py::test_addresses_inside_exceptions_are_masked",
        ),
    ),
)


def marked_places() -> list[tuple[str, str]]:
    """Return each marker in the product with the path of its module."""
    return [
        (marker[1], path.relative_to(ROOT).as_posix())
        for folder in _PRODUCT
        for path in sorted((ROOT / folder).rglob("*.py"))
        for marker in _MARKER.finditer(path.read_text(encoding="utf-8"))
    ]


def path_of(guard: Guard) -> str:
    """Return the path of the module that holds a guard."""
    [path] = [path for marker, path in marked_places() if marker == guard.marker]
    return path


def source_without(guard: Guard, source: str) -> str:
    """Return a module's source without the guard in it.

    Raises:
        SyntaxError: what is left is not Python.
    """
    [marker] = [marker for marker in _MARKER.finditer(source) if marker[1] == guard.marker]
    line = source.count("\n", 0, marker.end(2)) + 1
    node, code = guard.change(_marked(ast.parse(source), (line, len(marker[2]))))
    lines = source.split("\n")
    column = len(lines[node.lineno - 1].encode()[: node.col_offset].decode())  # ast counts bytes
    begin = sum(len(line) + 1 for line in lines[: node.lineno - 1]) + column
    rest = source[begin:].removeprefix(ast.get_source_segment(source, node) or "")
    changed = source[:begin] + (code + rest if code else re.sub(r"\A\s*,", "", rest))
    ast.parse(changed)
    return changed


def _marked(module: ast.Module, begin: tuple[int, int]) -> Marked:
    """Return the outermost node that begins at a line and column."""
    for node in ast.walk(module):
        if isinstance(node, ast.Dict):
            for key, entry in zip(node.keys, node.values, strict=True):
                if key and (key.lineno, key.col_offset) == begin:
                    return Marked(entry, entry)
        if isinstance(node, ast.stmt | ast.keyword) and (node.lineno, node.col_offset) == begin:
            return Marked(node, getattr(node, "test", None) or getattr(node, "value", None))
    raise AssertionError(f"No statement, keyword argument or entry begins at line {begin[0]}")


def without(guard: Guard, folder: Path) -> Path:
    """Return a copy of the project, in a folder, without a guard."""
    copy = folder / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    module = copy / path_of(guard)
    module.write_text(source_without(guard, module.read_text(encoding="utf-8")), encoding="utf-8")
    return copy


def failing(tests: tuple[str, ...], root: Path) -> set[str]:
    """Return those of some tests that fail in a copy of the project, in any of their cases."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rf", *tests]
    done = subprocess.run(  # noqa: S603 - the command has no input from outside
        command,
        cwd=root,
        env=outer_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return {test for test in tests if f"FAILED {test}" in done.stdout}
