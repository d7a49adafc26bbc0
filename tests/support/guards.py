"""The guards of the guarantees: the code that keeps a promise, what is left without it, and the tests that notice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.support.doc_tests import ROOT
from tests.support.processes import outer_environment

if TYPE_CHECKING:
    from pathlib import Path

_NEEDED: Final = ("handlers", "infra", "local", "tests", "examples", "docs")


class Guard(NamedTuple):
    """A guard as the documents call it, its file, its text there, what stands there without it, and who notices."""

    name: str
    path: str
    text: str
    instead: str
    noticed_by: tuple[str, ...]


GUARDS: Final = (
    Guard(
        "The order is written on the condition that its ID is new",
        "handlers/order/store.py",
        '"attribute_not_exists(orderId) OR expiresAt <= :now"',
        '"attribute_not_exists(orderId) OR expiresAt > :now"',
        (
            "tests/handlers/orders/test_idempotency.py::test_repeated_request_is_one_order",
            "tests/properties/test_queued_orders.py::test_each_order_is_stored_once",
        ),
    ),
    Guard(
        "A stored order is a replay only if its content is the same",
        "handlers/order/store.py",
        "raise Rejection.conflict(key_field) from None\n",
        "pass\n",
        (
            "tests/handlers/orders/test_idempotency.py::test_other_content_under_a_used_key_is_a_conflict",
            "tests/handlers/processor/test_processor.py::test_order_in_conflict_fails_without_a_trace_in_the_table",
        ),
    ),
    Guard(
        "The idempotency key decides the orderId",
        "handlers/order/order.py",
        "    if idempotency_key:\n",
        "    if not idempotency_key:\n",
        ("tests/handlers/orders/test_idempotency.py::test_repeated_request_is_one_order",),
    ),
    Guard(
        "A dependency that cannot be used is answered with 503 and Retry-After",
        "handlers/order/retryable_errors.py",
        "            raise\n        raise Unavailable from error\n",
        "            raise\n        raise\n",
        (
            "tests/handlers/orders/test_faults.py::test_passing_fault_of_the_table_asks_to_come_again",
            "tests/handlers/intake/test_intake.py::test_passing_fault_of_the_queue_asks_to_come_again",
        ),
    ),
    Guard(
        "The event's ID is derived from the order",
        "handlers/events/order_created.py",
        "str(uuid.uuid5(_EVENTS, identity))",
        "str(uuid.uuid4())",
        (
            "tests/handlers/relay/test_relay.py::test_event_has_the_same_id_however_often_it_is_published",
        ),
    ),
    Guard(
        "The relay raises what it could not publish",
        "handlers/relay/handler.py",
        "exc_info=traceback)  # noqa: TRY400\n            raise\n",
        "exc_info=traceback)  # noqa: TRY400\n",
        (
            "tests/handlers/relay/test_relay.py::test_refused_topic_is_raised_with_its_cause",
            "tests/handlers/relay/test_relay.py::test_poison_record_stops_no_other_and_is_not_forgotten",
        ),
    ),
    Guard(
        "The relay raises records that are no orders",
        "handlers/relay/handler.py",
        '        raise NotAnOrderError(f"{unreadable} of {total} new records are no orders")\n',
        "        pass\n",
        (
            "tests/handlers/relay/test_relay.py::test_poison_record_stops_no_other_and_is_not_forgotten",
        ),
    ),
    Guard(
        "The relay looks which events of a batch the topic refused",
        "handlers/relay/publisher.py",
        'for entry in answer.get("Failed", [])}',
        "for entry in []}",
        (
            "tests/handlers/relay/test_publisher.py::test_refused_events_alone_are_sent_again",
            "tests/handlers/relay/test_publisher.py::test_event_that_stays_refused_is_raised_by_its_id",
        ),
    ),
    Guard(
        "The relay publishes new orders only",
        "handlers/events/stream.py",
        "return bool(before != after)",
        "return True",
        ("tests/handlers/relay/test_relay.py::test_only_new_orders_are_published",),
    ),
    Guard(
        "A consumer answers with the messages that failed",
        "handlers/common/consumer.py",
        "processor=processor, context=context)\n",
        'processor=processor, context=context) and {"batchItemFailures": []}\n',
        (
            "tests/handlers/audit/test_audit.py::test_poison_message_fails_alone",
            "tests/handlers/email/test_email.py::test_refused_email_is_reported_and_sent_later",
            "tests/handlers/processor/test_processor.py::test_order_that_the_table_refuses_is_stored_later",
        ),
    ),
    Guard(
        "Lambda heeds that answer",
        "infra/messaging/queue.py",
        '        function_response_types=["ReportBatchItemFailures"],\n',
        "",
        (
            "tests/infra/messaging/test_event_source_mappings.py::test_one_bad_message_does_not_fail_its_batch",
        ),
    ),
    Guard(
        "A failed message, and a failed batch, is not taken for done",
        "handlers/common/consumer.py",
        '        logger.exception("Message could not be processed")\n        raise\n',
        '        logger.exception("Message could not be processed")\n',
        (
            "tests/handlers/audit/test_audit.py::test_refused_record_fails_its_message_and_is_logged",
            "tests/handlers/email/test_email.py::test_failing_email_does_not_hold_up_its_batch",
        ),
    ),
    Guard(
        "An audit record is written on the condition that it is new",
        "handlers/audit/handler.py",
        '            ConditionExpression="attribute_not_exists(auditId)",\n',
        "",
        ("tests/handlers/audit/test_audit.py::test_redelivery_leaves_the_record_as_it_was",),
    ),
    Guard(
        "An audit record's key is the event's",
        "handlers/audit/record.py",
        '        "auditId": event.event_id,\n',
        '        "auditId": iso_8601(recorded_at),\n',
        ("tests/handlers/audit/test_audit.py::test_redelivery_leaves_the_record_as_it_was",),
    ),
    Guard(
        "The email function remembers what it has sent",
        "handlers/email/handler.py",
        "        send_once(event_id=event.event_id",
        "        _send(event_id=event.event_id",
        ("tests/handlers/email/test_email.py::test_duplicates_are_sent_once",),
    ),
    Guard(
        "It remembers for longer than the order can come again",
        "handlers/email/handler.py",
        "IdempotencyConfig(expires_after_seconds=int(_RETENTION.total_seconds()))",
        "IdempotencyConfig()",
        (
            "tests/handlers/email/test_email.py::test_sent_emails_are_remembered_longer_than_messages_live",
        ),
    ),
    Guard(
        "It knows how long it may still run, so that a crash does not silence an e-mail",
        "handlers/email/handler.py",
        "    idempotency.register_lambda_context(context)\n",
        "",
        (
            "tests/handlers/email/test_email.py::test_email_of_a_crashed_function_waits_until_its_time_is_over",
        ),
    ),
    Guard(
        "No invalid address reaches a mail system",
        "handlers/email/handler.py",
        "    if problem := email_address_problem(recipient):",
        "    if problem := email_address_problem('jane@example.com'):",
        ("tests/handlers/email/test_email_refusals.py::test_invalid_address_gets_no_email",),
    ),
    Guard(
        "A recipient's confirmations are limited, also where functions run at the same time",
        "handlers/email/limit.py",
        "attribute_not_exists(eventIds) OR size(eventIds) < :limit",
        "attribute_not_exists(eventIds) OR size(eventIds) >= :limit",
        (
            "tests/handlers/email/test_email_limit.py::test_orders_above_the_limit_are_done_without_an_email",
        ),
    ),
    Guard(
        "What is received three times in vain becomes a dead letter",
        "infra/messaging/queue.py",
        "        redrive_policy=pulumi.Output.json_dumps(redrive),\n",
        "",
        ("tests/infra/messaging/test_queues.py::test_third_failed_receive_is_the_last",),
    ),
    Guard(
        "What SNS cannot deliver becomes a dead letter",
        "infra/messaging/workflow.py",
        '            redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": self.dead_letters.arn}),\n',
        "",
        (
            "tests/infra/messaging/test_topics.py::test_what_sns_cannot_deliver_is_a_dead_letter_of_its_queue",
        ),
    ),
    Guard(
        "What the relay gives up is a dead letter",
        "infra/messaging/fan_out.py",
        '            destination_config={"on_failure": {"destination_arn": self.relay_dead_letters.arn}},\n',
        "",
        (
            "tests/infra/messaging/test_event_source_mappings.py::test_one_bad_order_does_not_stop_the_stream",
        ),
    ),
    Guard(
        "E-mail addresses are masked in every line of the log",
        "handlers/common/masking.py",
        '    return "@".join([*parts, masked])\n',
        "    return text\n",
        (
            "tests/handlers/common/test_exact_values.py::test_no_valid_address_survives_the_mask",
            "tests/handlers/orders/test_faults.py::test_addresses_inside_exceptions_are_masked",
        ),
    ),
)


def text_of(guard: Guard, root: Path = ROOT) -> str:
    """The module that holds a guard."""
    return (root / guard.path).read_text(encoding="utf-8")


def without(guard: Guard, folder: Path) -> Path:
    """A copy of the project in a folder, without a guard."""
    copy = folder / "copy"
    copy.mkdir()
    for name in _NEEDED:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (path for path in ROOT.iterdir() if path.is_file()):
        shutil.copy(path, copy)
    (copy / guard.path).write_text(
        text_of(guard).replace(guard.text, guard.instead), encoding="utf-8"
    )
    return copy


def failing(tests: tuple[str, ...], root: Path) -> set[str]:
    """Those of some tests that fail in a copy of the project, a parametrised one if any of its cases does."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rf", *tests]
    done = subprocess.run(  # noqa: S603 - ours
        command, cwd=root, env=outer_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return {test for test in tests if f"FAILED {test}" in done.stdout}
