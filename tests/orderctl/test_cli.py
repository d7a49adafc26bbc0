"""The commands: exit codes, messages, standard output and standard error, confirmation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.connection import InjectionPoint
from tests.support.deliveries import an_event

if TYPE_CHECKING:
    from typer.testing import Result

    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import OperatorStack


def test_a_timeline_as_tables(run: Run, operator: OperatorStack) -> None:
    """`show` prints each step of an order and exits with 0."""
    order = operator.store_order()
    operator.deliver(order["orderId"], "email", "audit")

    result = run("show", order["orderId"], "--logs-for", "9999d")

    assert (result.exit_code, result.stderr) == (0, "")
    assert order["orderId"] in result.stdout
    for step in ("stored", "published", "emailed", "audited"):
        assert step in result.stdout


def test_every_command_prints_json(run: Run, operator: OperatorStack) -> None:
    """With --json each command prints one object to standard output and nothing else."""
    order = operator.store_order()
    for _ in range(3):
        operator.add_dead_letter("email", an_event(**order))
    message_id = operator.add_dead_letter("email", "no JSON")

    assert (
        _json(run("show", order["orderId"], "--json"))["deadLetters"][0]["orderId"]
        == order["orderId"]
    )
    assert {one["queue"]: one["messages"] for one in _json(run("dlq", "list", "--json"))["queues"]}[
        "email"
    ] == 4
    messages = _json(run("dlq", "show", "email", "--limit", "9", "--json"))["messages"]
    assert {one["holds"] for one in messages} == {"an order event", "no JSON object"}
    redrive = _json(run("dlq", "redrive", "email", "--order", order["orderId"], "--json"))
    assert (len(redrive["done"]), redrive["failed"], redrive["dryRun"]) == (3, [], False)
    discard = _json(run("dlq", "discard", "email", "--message", message_id, "--yes", "--json"))
    assert [one["messageId"] for one in discard["done"]] == [message_id]
    replay = _json(run("replay", "--order", order["orderId"], "--json"))
    assert replay == {"dryRun": False, "orders": 1, "expired": 0, "problem": None, "complete": True}


def _json(result: Result) -> dict[str, Any]:
    assert (result.exit_code, result.stderr) == (0, "")
    data: dict[str, Any] = json.loads(result.stdout)
    return data


def test_an_unknown_order(run: Run, operator: OperatorStack) -> None:
    """An order that is stored nowhere is reported as not found, with exit code 1."""
    operator.account.sqs.send_message(
        QueueUrl=operator.outputs["queueUrls"]["orders"], MessageBody="any"
    )

    result = run("show", "ORDER-nowhere", "--json")

    data = {"orderId": "ORDER-nowhere", "found": False, "complete": True}
    assert (result.exit_code, json.loads(result.stdout)) == (1, data)
    assert result.stderr == (
        "Order ORDER-nowhere not found; the order queue, which is not read, holds 1 message.\n"
    )


def test_the_table_of_queues(run: Run, operator: OperatorStack) -> None:
    """`dlq list` shows every dead-letter queue with its number of messages."""
    operator.add_dead_letter("email", "any")

    result = run("dlq", "list")

    assert result.exit_code == 0
    rows = [line.split("│")[1:3] for line in result.stdout.splitlines() if line.startswith("│")]
    assert {name.strip(): int(count) for name, count in rows} == {
        "audit": 0,
        "email": 1,
        "orders": 0,
        "relay": 0,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show", "no such ID"), "'no such ID' is not a valid order ID."),
        (("show", "ORDER-1", "--logs-for", "long"), "'long' is not a valid duration"),
        (
            ("dlq", "show", "mail"),
            "Unknown queue 'mail'; must be one of: audit, email, orders, relay.",
        ),
        (("dlq", "redrive", "email"), "Pass exactly one of"),
        (("dlq", "redrive", "email", "--all", "--order", "ORDER-1"), "Pass exactly one of"),
        (("dlq", "discard", "email", "--yes"), "Pass exactly one of"),
        (("dlq", "redrive", "relay", "--order", "ORDER-1"), "name no orders"),
        (("dlq", "discard", "email", "--all"), "Not a terminal: pass --yes to confirm."),
        (("replay",), "Pass either --since or --order."),
        (("replay", "--since", "1d", "--order", "ORDER-1"), "Pass either --since or --order."),
        (
            ("replay", "--order", "ORDER-1", "--until", "3h"),
            "--until can be used with --since only.",
        ),
        (("replay", "--since", "yesterday"), "is not a valid timestamp"),
        (("replay", "--since", "1h", "--until", "2h"), "--since must be before --until."),
        (("replay", "--order", "no such ID"), "is not a valid order ID."),
        (("dlq", "show", "email", "--limit", "0"), "--limit"),
        (("dlq", "list", "--stack", "dev"), "Use either --stack or --outputs"),
        (("nonsense",), "No such command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage(run: Run, arguments: tuple[str, ...], message: str) -> None:
    """Wrong usage changes nothing, prints the reason, and exits with 2."""
    result = run(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.parametrize("command", ["redrive", "discard"])
def test_a_selection_without_a_match_fails(run: Run, operator: OperatorStack, command: str) -> None:
    """An order or message that is not among the dead letters exits with 1; --all of none with 0."""
    operator.add_dead_letter("email", an_event())
    more = ("--yes",) if command == "discard" else ()

    for selection in (("--order", "ORDER-other"), ("--message", "none")):
        result = run("dlq", command, "email", *selection, *more)
        assert result.exit_code == 1
        assert "no such message among the dead letters of email" in result.stderr
    assert run("dlq", command, "audit", "--all", *more).exit_code == 0


def test_an_expired_order_is_refused(run: Run, operator: OperatorStack) -> None:
    """A replay of one expired order fails."""
    result = run("replay", "--order", operator.store_order(expiresAt=1)["orderId"])

    assert result.exit_code == 1
    assert "has expired" in result.stderr


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("\n", 1), ("", 130)])
def test_discard_asks_for_confirmation(
    run: Run, operator: OperatorStack, answer: str, code: int
) -> None:
    """Nothing is deleted without confirmation; the question is on standard error."""
    for _ in range(3):
        operator.add_dead_letter("email", an_event())

    result = run("dlq", "discard", "email", "--all", stdin=answer, interactive=True)

    assert result.exit_code == code
    assert "Delete 3 dead letters of email for good? [y/N]" in result.stderr
    assert len(operator.dead_letters("email")) == (0 if code == 0 else 3)


def test_messages_that_arrive_before_the_confirmation_are_kept(
    run: Run, operator: OperatorStack
) -> None:
    """Only the messages that were counted for the confirmation are deleted."""
    operator.add_dead_letter("email", "before")

    def add() -> None:
        operator.add_dead_letter("email", "later")

    # The last call before the question.
    with operator.connection.inject(
        (InjectionPoint("after", "ChangeMessageVisibilityBatch", 1), add)
    ):
        result = run("dlq", "discard", "email", "--all", stdin="y\n", interactive=True)

    assert result.exit_code == 0
    assert operator.dead_letters("email") == ["later"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("dlq", "redrive", "email", "--all"),
        ("dlq", "redrive", "relay", "--all"),
        ("dlq", "discard", "email", "--all"),
        ("replay", "--since", "9999d"),
        ("replay", "--order", "ORDER-1"),
    ],
    ids=" ".join,
)
def test_a_dry_run_needs_no_confirmation(
    run: Run, operator: OperatorStack, arguments: tuple[str, ...]
) -> None:
    """A dry run shows what would be done, without confirmation, and changes nothing."""
    operator.add_dead_letter("email", an_event(**operator.store_order(orderId="ORDER-1")))
    operator.add_relay_dead_letter("ORDER-1")

    result = run(*arguments, "--dry-run")

    assert result.exit_code == 0
    assert result.stdout.startswith(("1 message would be ", "1 order would be "))
    assert not {"SendMessageBatch", "DeleteMessageBatch", "Invoke"} & set(operator.operations)
