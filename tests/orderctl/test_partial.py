"""A command that could not see or do everything says so: exit code 1, `complete` false, and how many remain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.deliveries import an_event

if TYPE_CHECKING:
    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import Desk

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


def hide(desk: Desk, count: int, queue: str = "email") -> None:
    """Let another consumer hold messages of a dead-letter queue."""
    url = desk.outputs["deadLetterQueueUrls"][queue]
    desk.account.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=count, VisibilityTimeout=600)


@pytest.mark.parametrize("arguments", _COMMANDS.values(), ids=_COMMANDS)
def test_hidden_messages_remain(run: Run, desk: Desk, arguments: tuple[str, ...]) -> None:
    """Where three of five messages are in flight, the result shows what is done, and that three remain."""
    for _ in range(5):
        desk.dead_letter("email", an_event(orderId="ORDER-1"))
    hide(desk, 3)

    result = run(*arguments, "--json")

    said = json.loads(result.stdout)
    assert (result.exit_code, said["complete"], said["remaining"]) == (1, False, 3)
    assert len(said.get("messages", said.get("done"))) == (0 if "none" in arguments else 2)
    assert (
        result.stderr
        == "3 messages of email hidden or in flight. Not every message could be seen; run it again.\n"
    )


def test_delayed_messages_remain(run: Run, desk: Desk) -> None:
    """A message that its queue still delays was not seen either."""
    url = desk.outputs["deadLetterQueueUrls"]["email"]
    desk.account.sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=600)

    result = run("dlq", "redrive", "email", "--all", "--json")

    assert (result.exit_code, json.loads(result.stdout)["remaining"]) == (1, 1)


def test_what_cannot_be_handled_remains(run: Run, desk: Desk) -> None:
    """Messages that AWS refuses, or that cannot be brought back, remain."""
    desk.dead_letter("email", "x")
    desk.dead_letter("relay", "no letter")

    with desk.line.refusing_entries("SendMessageBatch", 0):
        refused = run("dlq", "redrive", "email", "--all", "--json")
    unreadable = run("dlq", "redrive", "relay", "--all", "--json")

    for result in (refused, unreadable):
        said = json.loads(result.stdout)
        assert (result.exit_code, said["complete"], said["remaining"], len(said["failed"])) == (
            1,
            False,
            1,
            1,
        )


def test_messages_that_others_took_remain(run: Run, desk: Desk) -> None:
    """A message that another consumer takes while the command runs is missed."""
    for number in range(12):
        desk.dead_letter("email", f"{number}")

    def take(*_: Any) -> None:
        hide(desk, 10)

    with desk.line.at((_second_receive(), take)):
        result = run("dlq", "redrive", "email", "--all", "--json")

    said = json.loads(result.stdout)
    assert (result.exit_code, said["complete"], said["remaining"], len(said["done"])) == (
        1,
        False,
        2,
        10,
    )


def _second_receive() -> Any:
    from tests.support.wire import Moment  # noqa: PLC0415 (used once)

    return Moment("before", "ReceiveMessage", 2)


@pytest.mark.parametrize(
    "arguments", [("dlq", "redrive", "email"), ("dlq", "discard", "email", "--yes")]
)
def test_one_message_that_is_found_is_all(run: Run, desk: Desk, arguments: tuple[str, ...]) -> None:
    """Where the one message that is meant is found, others that are hidden do not matter."""
    desk.dead_letter("email", "hidden")
    hide(desk, 1)
    message_id = desk.dead_letter("email", "x")

    result = run(*arguments, "--message", message_id, "--json")

    said = json.loads(result.stdout)
    assert (result.exit_code, said["complete"], said["remaining"]) == (0, True, 0)


def test_a_limit_that_is_reached_is_no_failure(run: Run, desk: Desk) -> None:
    """With a limit of two messages, two are everything."""
    for _ in range(5):
        desk.dead_letter("email", "x")
    hide(desk, 2)

    result = run("dlq", "show", "email", "--limit", "2", "--json")

    assert (result.exit_code, json.loads(result.stdout)["complete"]) == (0, True)


def test_an_order_whose_dead_letters_may_be_hidden(run: Run, desk: Desk) -> None:
    """An order's story is not complete while a message is hidden that may be about it."""
    order = desk.order()
    desk.dead_letter("email", "x")
    hide(desk, 1)

    result = run("show", order["orderId"], "--json")

    assert (result.exit_code, json.loads(result.stdout)["complete"]) == (1, False)


def test_a_replay_that_is_not_complete(run: Run, desk: Desk) -> None:
    """A replay of which the relay refuses a record, or of an order that has expired, is not complete."""
    desk.order(items=3)
    expired = desk.order(expiresAt=1)

    some = run("replay", "--since", "9999d", "--json")
    none = run("replay", "--order", expired["orderId"], "--json")

    for result in (some, none):
        assert (result.exit_code, json.loads(result.stdout)["complete"]) == (1, False)
