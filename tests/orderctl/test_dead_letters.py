"""Dead letters: listed without being removed, redriven without loss, discarded only if selected."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from orderctl import dead_letters, render
from orderctl.dead_letters import Selection
from orderctl.queue_drain import QueueDrain
from tests.orderctl.support.operator import MALFORMED_BODIES, OperatorStack
from tooling.errors import UserError

if TYPE_CHECKING:
    from orderctl.dead_letters import Outcome

_ALL = Selection()


def ids(outcome: Outcome) -> list[str]:
    """The IDs of the messages that an action succeeded for."""
    return [message.message_id for message in outcome.done]


def test_the_list_of_queues(operator: OperatorStack) -> None:
    """Each dead-letter queue has its message count, the oldest's time, and when that is deleted."""
    operator.add_dead_letters(2)
    sent_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=11)
    operator.set_sent_at(operator.add_dead_letter("email", "old"), sent_at)

    queues = {one.queue: one for one in dead_letters.summaries(operator.stack)}

    assert list(queues) == ["audit", "email", "orders", "relay"]
    email, audit = queues["email"], queues["audit"]
    assert (email.waiting, email.oldest) == (3, sent_at)
    assert email.lost_at == sent_at + timedelta(days=4)  # the default retention of the mock
    assert (audit.waiting, audit.oldest, audit.lost_at) == (0, None, None)
    assert len(operator.dead_letters("email")) == 3


def test_all_are_listed_and_none_is_removed(operator: OperatorStack) -> None:
    """Each message is listed once, and is visible again afterwards."""
    bodies = operator.add_dead_letters(23)

    outcome = dead_letters.find(operator.stack, "email", _ALL)

    assert sorted(message.body for message in outcome.done) == sorted(bodies)
    assert sorted(operator.dead_letters("email")) == sorted(bodies)


def test_no_more_are_shown_than_asked_for(operator: OperatorStack) -> None:
    """A limit ends the search, and what was seen until then stays visible."""
    bodies = operator.add_dead_letters(23)

    assert len(dead_letters.find(operator.stack, "email", _ALL, limit=12).done) == 12

    assert operator.operations.count("ReceiveMessage") == 2
    assert len(operator.dead_letters("email")) == len(bodies)


def test_messages_that_become_visible_again(operator: OperatorStack) -> None:
    """Reading for longer than the visibility timeout lists each message once."""
    bodies = operator.add_dead_letters(15)

    outcome = dead_letters.find(
        operator.stack, "email", _ALL, progress=lambda _: operator.expire_visibility_timeouts()
    )

    assert sorted(message.body for message in outcome.done) == sorted(bodies)
    assert outcome.complete


def test_messages_that_become_visible_at_once(operator: OperatorStack) -> None:
    """Reading ends when only known messages are received, and reports that others may be left."""
    operator.add_dead_letters(15)
    stack = replace(operator.stack, visibility_seconds=0)

    for action in (dead_letters.find, dead_letters.redrive, dead_letters.discard):
        assert not action(stack, "email", Selection(order_id="none")).complete


def test_long_polling(operator: OperatorStack) -> None:
    """A queue is polled for as long as the stack says."""
    with QueueDrain(replace(operator.stack, polling_seconds=1), "email") as drain:
        assert list(drain.batches()) == []

    (receive,) = (call for call in operator.connection.calls if call.operation == "ReceiveMessage")
    assert receive.parameters["WaitTimeSeconds"] == 1


def test_only_selected_messages_are_discarded(operator: OperatorStack) -> None:
    """One selected message is deleted and not moved to any queue."""
    others = operator.add_dead_letters(12)
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
    operator.add_dead_letters(3)
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


def test_an_unknown_queue(operator: OperatorStack) -> None:
    """The error about an unknown queue lists the known ones."""
    for action in (dead_letters.find, dead_letters.redrive, dead_letters.discard):
        with pytest.raises(UserError, match="one of: audit, email, orders, relay"):
            action(operator.stack, "e-mail", _ALL)


@pytest.mark.parametrize("body", [body for body in MALFORMED_BODIES if '"orderId": "' not in body])
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
