"""Dead letters: listed without being removed, redriven without loss, discarded only if selected."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orderctl import dead_letters, render
from orderctl.dead_letters import Selection
from orderctl.queue_drain import QueueDrain
from tests.support.deliveries import an_event
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderctl.dead_letters import Outcome
    from tests.orderctl.support.operator import OperatorStack

_ALL = Selection()
_MALFORMED = (
    "no JSON",
    "[]",
    '{"orderId": 7}',
    "[" * 100_000,
    '"ORDER-1"',
    '{"orderId": "a", "orderId": "b"}',
    "é" * 99,
)


def ids(outcome: Outcome) -> list[str]:
    """The IDs of the messages that an action succeeded for."""
    return [message.message_id for message in outcome.done]


def fill(operator: OperatorStack, count: int, queue: str = "email") -> list[str]:
    """Add events to a dead-letter queue; return their bodies."""
    bodies = [an_event().to_json() for _ in range(count)]
    for body in bodies:
        operator.add_dead_letter(queue, body)
    return bodies


def test_the_list_of_queues(operator: OperatorStack) -> None:
    """Each dead-letter queue has its message count, the oldest's time, and when that is deleted."""
    fill(operator, 2)
    sent = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=11)
    operator.set_sent_at(operator.add_dead_letter("email", "old"), sent)

    queues = {one.queue: one for one in dead_letters.summaries(operator.stack)}

    assert list(queues) == ["audit", "email", "orders", "relay"]
    email, audit = queues["email"], queues["audit"]
    assert (email.waiting, email.oldest) == (3, sent)
    assert email.lost_at == sent + timedelta(days=4)  # the default retention of the mock
    assert (audit.waiting, audit.oldest, audit.lost_at) == (0, None, None)
    assert len(operator.dead_letters("email")) == 3


def test_all_are_listed_and_none_is_removed(operator: OperatorStack) -> None:
    """Each message is listed once, and is visible again afterwards."""
    bodies = fill(operator, 23)

    outcome = dead_letters.find(operator.stack, "email", _ALL)

    assert sorted(message.body for message in outcome.done) == sorted(bodies)
    assert sorted(operator.dead_letters("email")) == sorted(bodies)


def test_no_more_are_shown_than_asked_for(operator: OperatorStack) -> None:
    """A limit ends the search, and what was seen until then stays visible."""
    bodies = fill(operator, 23)

    assert len(dead_letters.find(operator.stack, "email", _ALL, limit=12).done) == 12

    assert operator.operations.count("ReceiveMessage") == 2
    assert len(operator.dead_letters("email")) == len(bodies)


def test_messages_that_become_visible_again(operator: OperatorStack) -> None:
    """Reading for longer than the visibility timeout lists each message once."""
    bodies = fill(operator, 15)

    outcome = dead_letters.find(
        operator.stack, "email", _ALL, progress=lambda _: operator.expire_visibility_timeouts()
    )

    assert sorted(message.body for message in outcome.done) == sorted(bodies)
    assert outcome.complete


def test_messages_that_become_visible_at_once(operator: OperatorStack) -> None:
    """Reading ends when only known messages are received, and reports that others may be left."""
    fill(operator, 15)
    stack = replace(operator.stack, visibility_seconds=0)

    for action in (dead_letters.find, dead_letters.redrive, dead_letters.discard):
        assert not action(stack, "email", Selection(order_id="none")).complete


def test_long_polling(operator: OperatorStack) -> None:
    """A queue is polled for as long as the stack says."""
    with QueueDrain(replace(operator.stack, polling_seconds=1), "email") as drain:
        assert list(drain.batches()) == []

    (receive,) = (call for call in operator.connection.calls if call.operation == "ReceiveMessage")
    assert receive.parameters["WaitTimeSeconds"] == 1


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
    bodies = fill(operator, 23)

    dead_letters.redrive(operator.stack, "email", _ALL)

    assert sorted(operator.work_messages("email")) == sorted(bodies)
    assert operator.dead_letters("email") == []


def test_large_messages_are_moved_back(operator: OperatorStack) -> None:
    """Messages that are too large for one call are sent in several."""
    bodies = [str(number) * 100_000 for number in range(5)]
    for body in bodies:
        operator.add_dead_letter("email", body)

    dead_letters.redrive(operator.stack, "email", _ALL)

    sent = [
        call.parameters["Entries"]
        for call in operator.connection.calls
        if call.operation == "SendMessageBatch"
    ]
    assert [len(entries) for entries in sent] == [2, 2, 1]
    assert sorted(operator.work_messages("email")) == bodies


@pytest.mark.parametrize("queue", ["email", "audit", "orders"])
def test_each_queue_has_its_own_work_queue(operator: OperatorStack, queue: str) -> None:
    """Dead letters are moved back to their own work queue alone."""
    (body,) = fill(operator, 1, queue)

    dead_letters.redrive(operator.stack, queue, _ALL)

    assert {name: operator.work_messages(name) for name in ("email", "audit", "orders")} == {
        "email": [],
        "audit": [],
        "orders": [],
        queue: [body],
    }


def test_one_order_is_moved_back(operator: OperatorStack) -> None:
    """All messages about the selected order are moved, and no others."""
    event, others = an_event(), fill(operator, 12)
    for _ in range(2):
        operator.add_dead_letter("email", event)

    outcome = dead_letters.redrive(operator.stack, "email", Selection(order_id=event.order_id))

    assert len(outcome.done) == 2
    assert operator.work_messages("email") == [event.to_json()] * 2
    assert sorted(operator.dead_letters("email")) == sorted(others)


def test_malformed_messages_are_moved_back_unchanged(operator: OperatorStack) -> None:
    """A redrive of all messages moves malformed ones, unchanged."""
    for body in _MALFORMED:
        operator.add_dead_letter("email", body)

    dead_letters.redrive(operator.stack, "email", _ALL)

    assert sorted(operator.work_messages("email")) == sorted(_MALFORMED)


def test_a_dry_run_changes_nothing(operator: OperatorStack) -> None:
    """A dry run counts what would be moved, and moves nothing."""
    bodies = fill(operator, 3)

    outcome = dead_letters.redrive(operator.stack, "email", _ALL, dry_run=True)

    assert len(outcome.done) == 3
    assert not {"SendMessageBatch", "DeleteMessageBatch"} & set(operator.operations)
    assert sorted(operator.dead_letters("email")) == sorted(bodies)


def test_later_messages_are_left_alone(operator: OperatorStack) -> None:
    """A message that fails again during the redrive is not moved twice."""
    fill(operator, 3)
    later = datetime.now(UTC) + timedelta(seconds=5)

    def fail_again(_: int) -> None:
        operator.set_sent_at(operator.add_dead_letter("email", "again"), later)

    outcome = dead_letters.redrive(operator.stack, "email", _ALL, progress=fail_again)

    assert len(outcome.done) == 3
    assert operator.dead_letters("email") == ["again"]


def test_a_message_that_cannot_be_sent_stays(operator: OperatorStack) -> None:
    """A message that its work queue refuses is reported and stays a dead letter."""
    fill(operator, 1)

    with operator.connection.refuse_entries("SendMessageBatch", 0):
        outcome = dead_letters.redrive(operator.stack, "email", _ALL)

    assert (outcome.done, list(outcome.failed.values())) == ([], ["InternalError"])
    assert (len(operator.dead_letters("email")), operator.work_messages("email")) == (1, [])


def test_a_message_that_cannot_be_deleted_is_reported(operator: OperatorStack) -> None:
    """A message that was sent and could not be deleted is reported as failed."""
    fill(operator, 1)

    with operator.connection.refuse_entries("DeleteMessageBatch", 0):
        outcome = dead_letters.redrive(operator.stack, "email", _ALL)

    assert (outcome.done, list(outcome.failed.values())) == ([], ["InternalError"])
    assert len(operator.dead_letters("email")) == len(operator.work_messages("email")) == 1


def test_without_permission_to_send(operator: OperatorStack) -> None:
    """Where SendMessageBatch is denied, every dead letter is visible again at once."""
    bodies = fill(operator, 12)

    with (
        operator.connection.refusing("SendMessageBatch", "AccessDenied"),
        pytest.raises(operator.account.sqs.exceptions.ClientError, match="AccessDenied"),
    ):
        dead_letters.redrive(operator.stack, "email", _ALL)

    assert sorted(operator.dead_letters("email")) == sorted(bodies)


@pytest.mark.parametrize("action", [dead_letters.redrive, dead_letters.discard])
def test_results_before_an_error_are_kept(operator: OperatorStack, action: Any) -> None:
    """An AWS error ends the run with its results so far; another run does the rest."""
    bodies = fill(operator, 23)

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
    fill(operator, 1)

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
    bodies = fill(operator, 22)
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
    bodies = sorted(fill(operator, 11))
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


def test_only_selected_messages_are_discarded(operator: OperatorStack) -> None:
    """One selected message is deleted and not moved to any queue."""
    others = fill(operator, 12)
    message_id = operator.add_dead_letter("email", "no JSON")

    outcome = dead_letters.discard(
        operator.stack, "email", Selection(message_ids=frozenset({message_id}))
    )

    assert ids(outcome) == [message_id]
    assert sorted(operator.dead_letters("email")) == sorted(others)
    assert operator.work_messages("email") == []


def test_hidden_messages_are_counted(
    operator: OperatorStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Messages that another consumer holds are not listed, but counted."""
    fill(operator, 3)
    operator.account.sqs.receive_message(
        QueueUrl=operator.outputs["deadLetterQueueUrls"]["email"], MaxNumberOfMessages=2
    )

    for outcome in (
        dead_letters.find(operator.stack, "email", _ALL),
        dead_letters.redrive(operator.stack, "email", _ALL, dry_run=True),
    ):
        assert (len(outcome.done), outcome.hidden) == (1, 2)
        render.messages_view("email", outcome).show(as_json=False)
        assert "2 messages not seen" in capsys.readouterr().out


def test_without_a_work_queue(operator: OperatorStack) -> None:
    """Dead letters without a work queue cannot be redriven."""
    outputs = operator.stack.outputs.model_copy(update={"queue_urls": {}})

    with pytest.raises(UserError, match="no queue 'email' to move dead letters back to"):
        dead_letters.redrive(replace(operator.stack, outputs=outputs), "email", _ALL)


def test_an_unknown_queue(operator: OperatorStack) -> None:
    """The error about an unknown queue lists the known ones."""
    for action in (dead_letters.find, dead_letters.redrive, dead_letters.discard):
        with pytest.raises(UserError, match="one of: audit, email, orders, relay"):
            action(operator.stack, "e-mail", _ALL)


@pytest.mark.parametrize("body", [body for body in _MALFORMED if '"orderId": "' not in body])
def test_malformed_messages_are_listed(
    operator: OperatorStack, capsys: pytest.CaptureFixture[str], body: str
) -> None:
    """A message without an order ID is listed by its message ID."""
    message_id = operator.add_dead_letter("email", body)

    render.messages_view("email", dead_letters.find(operator.stack, "email", _ALL)).show(
        as_json=True
    )

    (message,) = json.loads(capsys.readouterr().out)["messages"]
    assert (message["messageId"], message["orderId"]) == (message_id, None)


def test_messages_are_escaped_and_masked(
    operator: OperatorStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """No order ID in a message can control the terminal or show an email address."""
    for order_id in ("\x1b[31mred", "[bold]loud[/bold]", "jane.roe@example.com", "x" * 10_000):
        operator.add_dead_letter("email", json.dumps({"orderId": order_id}))
    outcome = dead_letters.find(operator.stack, "email", _ALL)

    for as_json in (True, False):
        render.messages_view("email", outcome).show(as_json=as_json)
        output = capsys.readouterr().out
        assert "\x1b" not in output
        assert "[bold]loud[/bold]" in output
        assert "jane.roe" not in output
        assert "x" * 300 not in output
