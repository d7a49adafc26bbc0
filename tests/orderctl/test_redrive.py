"""Redrive of dead letters: messages are moved back unchanged, and none is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orderctl import dead_letters
from orderctl.dead_letters import Selection
from tests.orderctl.support.operator import MALFORMED_BODIES, OperatorStack
from tests.support.deliveries import an_event
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable


_ALL = Selection()


def test_messages_are_moved_back_unchanged(operator: OperatorStack) -> None:
    """A redrive keeps body and attributes, and deletes the dead letter."""
    sqs, url = operator.account.sqs, operator.outputs["deadLetterQueueUrls"]["email"]
    body = an_event().to_json()
    attributes: Any = {
        "eventType": {"DataType": "String", "StringValue": "ORDER_CREATED"},
        "digest": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)

    outcome = dead_letters.redrive(operator.stack, "email", _ALL)

    assert (len(outcome.done), outcome.failed) == (1, {})
    (message,) = operator.messages("email")
    assert (message["Body"], message["MessageAttributes"]) == (body, attributes)
    assert operator.dead_letters("email") == []


def test_many_messages_are_moved_back(operator: OperatorStack) -> None:
    """More messages than one SQS call returns are all moved."""
    bodies = operator.add_dead_letters(23)

    dead_letters.redrive(operator.stack, "email", _ALL)

    assert sorted(operator.work_messages("email")) == sorted(bodies)
    assert operator.dead_letters("email") == []


def test_large_messages_are_moved_back(operator: OperatorStack) -> None:
    """Messages that are too large for one call are sent in several."""
    bodies = [str(number) * 100_000 for number in range(5)]
    for body in bodies:
        operator.add_dead_letter("email", body)

    dead_letters.redrive(operator.stack, "email", _ALL)

    batches = [
        call.parameters["Entries"]
        for call in operator.connection.calls
        if call.operation == "SendMessageBatch"
    ]
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert sorted(operator.work_messages("email")) == bodies


@pytest.mark.parametrize("queue", ["email", "audit", "orders"])
def test_each_queue_has_its_own_work_queue(operator: OperatorStack, queue: str) -> None:
    """Dead letters are moved back to their own work queue alone."""
    (body,) = operator.add_dead_letters(1, queue)

    dead_letters.redrive(operator.stack, queue, _ALL)

    assert {name: operator.work_messages(name) for name in ("email", "audit", "orders")} == {
        "email": [],
        "audit": [],
        "orders": [],
        queue: [body],
    }


def test_one_order_is_moved_back(operator: OperatorStack) -> None:
    """All messages about the selected order are moved, and no others."""
    event, others = an_event(), operator.add_dead_letters(12)
    for _ in range(2):
        operator.add_dead_letter("email", event)

    outcome = dead_letters.redrive(operator.stack, "email", Selection(order_id=event.order_id))

    assert len(outcome.done) == 2
    assert operator.work_messages("email") == [event.to_json()] * 2
    assert sorted(operator.dead_letters("email")) == sorted(others)


def test_malformed_messages_are_moved_back_unchanged(operator: OperatorStack) -> None:
    """A redrive of all messages moves malformed ones, unchanged."""
    for body in MALFORMED_BODIES:
        operator.add_dead_letter("email", body)

    dead_letters.redrive(operator.stack, "email", _ALL)

    assert sorted(operator.work_messages("email")) == sorted(MALFORMED_BODIES)


def test_a_dry_run_changes_nothing(operator: OperatorStack) -> None:
    """A dry run counts what would be moved, and moves nothing."""
    bodies = operator.add_dead_letters(3)

    outcome = dead_letters.redrive(operator.stack, "email", _ALL, dry_run=True)

    assert len(outcome.done) == 3
    assert not {"SendMessageBatch", "DeleteMessageBatch"} & set(operator.operations)
    assert sorted(operator.dead_letters("email")) == sorted(bodies)


def test_later_messages_are_left_alone(operator: OperatorStack) -> None:
    """A message that fails again during the redrive is not moved twice."""
    operator.add_dead_letters(3)
    later = datetime.now(UTC) + timedelta(seconds=5)

    def fail_again(_: int) -> None:
        operator.set_sent_at(operator.add_dead_letter("email", "again"), later)

    outcome = dead_letters.redrive(operator.stack, "email", _ALL, progress=fail_again)

    assert len(outcome.done) == 3
    assert operator.dead_letters("email") == ["again"]


def test_a_message_that_cannot_be_sent_stays(operator: OperatorStack) -> None:
    """A message that its work queue refuses is reported and stays a dead letter."""
    operator.add_dead_letters(1)

    with operator.connection.refuse_entries("SendMessageBatch", 0):
        outcome = dead_letters.redrive(operator.stack, "email", _ALL)

    assert (outcome.done, list(outcome.failed.values())) == ([], ["InternalError"])
    assert (len(operator.dead_letters("email")), operator.work_messages("email")) == (1, [])


def test_a_message_that_cannot_be_deleted_is_reported(operator: OperatorStack) -> None:
    """A message that was sent and could not be deleted is reported as failed."""
    operator.add_dead_letters(1)

    with operator.connection.refuse_entries("DeleteMessageBatch", 0):
        outcome = dead_letters.redrive(operator.stack, "email", _ALL)

    assert (outcome.done, list(outcome.failed.values())) == ([], ["InternalError"])
    assert len(operator.dead_letters("email")) == len(operator.work_messages("email")) == 1


def test_without_permission_to_send(operator: OperatorStack) -> None:
    """Where SendMessageBatch is denied, every dead letter is visible again at once."""
    bodies = operator.add_dead_letters(12)

    with (
        operator.connection.refusing("SendMessageBatch", "AccessDenied"),
        pytest.raises(operator.account.sqs.exceptions.ClientError, match="AccessDenied"),
    ):
        dead_letters.redrive(operator.stack, "email", _ALL)

    assert sorted(operator.dead_letters("email")) == sorted(bodies)


@pytest.mark.parametrize("action", [dead_letters.redrive, dead_letters.discard])
def test_results_before_an_error_are_kept(operator: OperatorStack, action: Any) -> None:
    """An AWS error ends the run with its results so far; another run does the rest."""
    bodies = operator.add_dead_letters(23)

    with operator.connection.refusing(
        "DeleteMessageBatch", "ServiceUnavailable", where=is_third(operator, "DeleteMessageBatch")
    ):
        outcome = action(operator.stack, "email", _ALL)

    assert (len(outcome.done), outcome.complete) == (20, False)
    assert outcome.problem == "AWS refused DeleteMessageBatch: Refused (ServiceUnavailable)"
    assert (len(action(operator.stack, "email", _ALL).done), operator.dead_letters("email")) == (
        3,
        [],
    )
    if action is dead_letters.redrive:
        assert set(operator.work_messages("email")) == set(bodies)


def test_results_within_a_batch_before_an_error_are_kept(operator: OperatorStack) -> None:
    """Of messages that are received together and sent apart, those before an error are done."""
    for number in range(3):
        operator.add_dead_letter("email", str(number) * 200_000)

    with operator.connection.refusing(
        "SendMessageBatch", "ServiceUnavailable", where=is_third(operator, "SendMessageBatch")
    ):
        outcome = dead_letters.redrive(operator.stack, "email", _ALL)

    assert (len(outcome.done), outcome.complete) == (2, False)
    assert len(operator.dead_letters("email")) == 1


def is_third(operator: OperatorStack, operation: str) -> Callable[[dict[str, Any]], bool]:
    """Return whether a call is the third of its operation, or later."""
    return lambda _: operator.operations.count(operation) >= 3


def test_without_permission_to_change_visibility(operator: OperatorStack) -> None:
    """A denied ChangeMessageVisibilityBatch is an error, unless there was another before."""
    operator.add_dead_letters(1)

    with operator.connection.refusing("ChangeMessageVisibilityBatch", "AccessDenied"):
        with pytest.raises(
            operator.account.sqs.exceptions.ClientError, match="ChangeMessageVisibilityBatch"
        ):
            dead_letters.find(operator.stack, "email", _ALL)
        operator.expire_visibility_timeouts()
        with (
            operator.connection.refusing("SendMessageBatch", "AccessDenied"),
            pytest.raises(operator.account.sqs.exceptions.ClientError, match="SendMessageBatch"),
        ):
            dead_letters.redrive(operator.stack, "email", _ALL)


def test_ctrl_c_leaves_no_message_hidden(operator: OperatorStack) -> None:
    """After Ctrl-C, the messages that were not moved are visible again at once."""
    bodies = operator.add_dead_letters(22)
    none = Selection(order_id="none")
    dead_letters.redrive(operator.stack, "email", none)
    calls = len(operator.connection.calls)
    assert operator.operations.count("ChangeMessageVisibilityBatch") == 3

    for call in range(calls):
        with (
            operator.connection.interrupt_before(call),
            pytest.raises(KeyboardInterrupt),
        ):
            dead_letters.redrive(operator.stack, "email", none)
        assert operator.hidden_count("email") == 0, call
    assert sorted(operator.dead_letters("email")) == sorted(bodies)


def test_a_run_may_be_stopped_anywhere_and_run_again(operator: OperatorStack) -> None:
    """Interrupted or killed at any call, another run completes the redrive; no message is lost."""
    bodies = sorted(operator.add_dead_letters(11))
    dead_letters.redrive(operator.stack, "email", _ALL)
    calls = len(operator.connection.calls)
    assert sorted(operator.work_messages("email")) == bodies
    assert calls >= 8

    connection = operator.connection
    for call in range(calls):
        for stop in (connection.interrupt_before, connection.kill_after):
            _send(operator, bodies)
            with stop(call), pytest.raises(KeyboardInterrupt):
                dead_letters.redrive(operator.stack, "email", _ALL)
            assert stop == connection.kill_after or operator.hidden_count("email") == 0, call
            operator.expire_visibility_timeouts()
            dead_letters.redrive(operator.stack, "email", _ALL)
            assert set(operator.work_messages("email")) == set(bodies), (call, stop)
            assert operator.dead_letters("email") == [], (call, stop)


def _send(operator: OperatorStack, bodies: list[str]) -> None:
    sqs, url = operator.account.sqs, operator.outputs["deadLetterQueueUrls"]["email"]
    for some in (bodies[:10], bodies[10:]):
        entries: Any = [
            {"Id": str(number), "MessageBody": body} for number, body in enumerate(some)
        ]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)


def test_without_a_work_queue(operator: OperatorStack) -> None:
    """Dead letters without a work queue cannot be redriven."""
    outputs = operator.stack.outputs.model_copy(update={"queue_urls": {}})

    with pytest.raises(UserError, match="no queue 'email' to move dead letters back to"):
        dead_letters.redrive(replace(operator.stack, outputs=outputs), "email", _ALL)
