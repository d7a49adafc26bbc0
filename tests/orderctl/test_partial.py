"""Partial results: exit code 1, `complete` false, and the number of remaining messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.connection import InjectionPoint
from tests.support.deliveries import an_event

if TYPE_CHECKING:
    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import OperatorStack

_COMMANDS = {
    "show": ("dlq", "show", "email"),
    "redrive": ("dlq", "redrive", "email", "--all"),
    "redrive, dry run": ("dlq", "redrive", "email", "--all", "--dry-run"),
    "redrive an order": ("dlq", "redrive", "email", "--order", "ORDER-1"),
    "redrive a message": ("dlq", "redrive", "email", "--message", "none"),
    "discard": ("dlq", "discard", "email", "--all", "--yes"),
    "discard, dry run": ("dlq", "discard", "email", "--all", "--dry-run"),
    "discard an order": ("dlq", "discard", "email", "--order", "ORDER-1", "--yes"),
}


def hide(operator: OperatorStack, count: int, queue: str = "email") -> None:
    """Let another consumer receive messages of a dead-letter queue."""
    url = operator.outputs["deadLetterQueueUrls"][queue]
    operator.account.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=count, VisibilityTimeout=600
    )


@pytest.mark.parametrize("arguments", _COMMANDS.values(), ids=_COMMANDS)
def test_hidden_messages_remain(
    run: Run, operator: OperatorStack, arguments: tuple[str, ...]
) -> None:
    """With three of five messages in flight, two are processed and three remain."""
    for _ in range(5):
        operator.add_dead_letter("email", an_event(orderId="ORDER-1"))
    hide(operator, 3)

    result = run(*arguments, "--json")

    data = json.loads(result.stdout)
    assert (result.exit_code, data["complete"], data["remaining"]) == (1, False, 3)
    assert len(data.get("messages", data.get("done"))) == (0 if "none" in arguments else 2)
    assert result.stderr == "3 messages of email not seen. Some messages are in flight; retry.\n"


def test_delayed_messages_remain(run: Run, operator: OperatorStack) -> None:
    """A message that its queue still delays was not seen either."""
    url = operator.outputs["deadLetterQueueUrls"]["email"]
    operator.account.sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=600)

    result = run("dlq", "redrive", "email", "--all", "--json")

    assert (result.exit_code, json.loads(result.stdout)["remaining"]) == (1, 1)


def test_failed_messages_remain(run: Run, operator: OperatorStack) -> None:
    """Messages that AWS refuses, or that are malformed, remain."""
    operator.add_dead_letter("email", "x")
    operator.add_dead_letter("relay", "no message")

    with operator.connection.refuse_entries("SendMessageBatch", 0):
        failed = run("dlq", "redrive", "email", "--all", "--json")
    malformed = run("dlq", "redrive", "relay", "--all", "--json")

    for result in (failed, malformed):
        data = json.loads(result.stdout)
        assert (result.exit_code, data["complete"], data["remaining"], len(data["failed"])) == (
            1,
            False,
            1,
            1,
        )


def test_messages_that_another_consumer_received_remain(run: Run, operator: OperatorStack) -> None:
    """Messages that another consumer receives during the command remain."""
    for number in range(12):
        operator.add_dead_letter("email", f"{number}")

    def take(*_: Any) -> None:
        hide(operator, 10)

    with operator.connection.inject((InjectionPoint("before", "ReceiveMessage", 2), take)):
        result = run("dlq", "redrive", "email", "--all", "--json")

    data = json.loads(result.stdout)
    assert (result.exit_code, data["complete"], data["remaining"], len(data["done"])) == (
        1,
        False,
        2,
        10,
    )


@pytest.mark.parametrize(
    "arguments", [("dlq", "redrive", "email"), ("dlq", "discard", "email", "--yes")]
)
def test_a_selected_message_is_all(
    run: Run, operator: OperatorStack, arguments: tuple[str, ...]
) -> None:
    """Once the selected message is processed, hidden messages do not matter."""
    operator.add_dead_letter("email", "hidden")
    hide(operator, 1)
    message_id = operator.add_dead_letter("email", "x")

    result = run(*arguments, "--message", message_id, "--json")

    data = json.loads(result.stdout)
    assert (result.exit_code, data["complete"], data["remaining"]) == (0, True, 0)


def test_a_limit_that_is_reached_is_no_failure(run: Run, operator: OperatorStack) -> None:
    """With a limit of two messages, two are everything."""
    for _ in range(5):
        operator.add_dead_letter("email", "x")
    hide(operator, 2)

    result = run("dlq", "show", "email", "--limit", "2", "--json")

    assert (result.exit_code, json.loads(result.stdout)["complete"]) == (0, True)


def test_an_order_whose_dead_letters_may_be_hidden(run: Run, operator: OperatorStack) -> None:
    """A timeline is incomplete while a hidden message may be about the order."""
    order = operator.store_order()
    operator.add_dead_letter("email", "x")
    hide(operator, 1)

    result = run("show", order["orderId"], "--json")

    assert (result.exit_code, json.loads(result.stdout)["complete"]) == (1, False)


def test_a_replay_that_is_not_complete(run: Run, operator: OperatorStack) -> None:
    """A replay of an item that is no order, or of one expired order, is not complete."""
    operator.store_order(items=3)
    expired = operator.store_order(expiresAt=1)

    some = run("replay", "--since", "9999d", "--json")
    none = run("replay", "--order", expired["orderId"], "--json")

    for result in (some, none):
        assert (result.exit_code, json.loads(result.stdout)["complete"]) == (1, False)
