"""docs/operations.md lists every command, option and permission of orderctl."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest
import typer

from handlers.common.contract import iso_8601
from orderctl import cli
from tests.orderctl.support.backups import restored
from tests.support.deliveries import an_event
from tests.support.doc_tests import rows
from tests.support.functions import ORDERS_TABLE
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import OperatorStack

_PAGE: Final = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
_SECTION: Final = _PAGE.split("\n## The operator's command line\n")[1].split("\n## ", maxsplit=1)[0]
_PERMISSIONS: Final = _SECTION.split("| for | actions |")[1]

# The action that AWS wants for a call, where it is not called like it.
_ACTIONS: Final = {
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    "DeleteMessageBatch": "DeleteMessage",
    "SendMessageBatch": "SendMessage",
    "Invoke": "InvokeFunction",
    "BatchExecuteStatement": "PartiQLInsert",
}


def commands(group: Any, *path: str) -> Iterator[tuple[str, Any]]:
    """Return every command with its words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *path, name)
        else:
            yield " ".join((*path, name)), command


def documented(command: str) -> set[str]:
    """Return the actions of a command in the table, with those of the commands it refers to."""
    lines = {
        line.split("|")[1].strip(): line.split("|")[2]
        for line in _PERMISSIONS.splitlines()
        if line.startswith("| `")
    }
    (cell,) = (cell for names, cell in lines.items() if f"`{command}`" in names)
    words = re.findall(r"`([^`]+)`", cell)
    own = {word.partition(":")[2] for word in words if re.fullmatch(r"\w+:\w+", word)}
    return own.union(*(documented(word) for word in words if f"`{word}`" in " ".join(lines)))


def test_every_command_and_option_is_on_the_page() -> None:
    """Each command is in the table, and each of its options in the section."""
    page = " ".join(row[0] for row in rows(_PAGE, "The operator's command line"))
    for words, command in commands(typer.main.get_command(cli.app)):
        assert f"`orderctl {words}" in page, words
        for option in (
            option
            for parameter in command.params
            for option in parameter.opts
            if option.startswith("--")
        ):
            assert option in _SECTION, f"{words} {option}"


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        ("dlq list", [("dlq", "list")]),
        ("dlq show", [("dlq", "show", "email")]),
        ("dlq discard", [("dlq", "discard", "email", "--order", "ORDER-RIGHTS", "--yes")]),
        ("dlq redrive", [("dlq", "redrive", "email", "--order", "ORDER-RIGHTS")]),
        ("dlq redrive relay", [("dlq", "redrive", "relay", "--all")]),
        ("show", [("show", "ORDER-RIGHTS")]),
        ("replay", [("replay", "--since", "9999d"), ("replay", "--order", "ORDER-RIGHTS")]),
        (
            "erase",
            [
                ("erase", "--customer", "CUST-12345", "--yes"),
                ("erase", "--order", "ORDER-RIGHTS", "--yes"),
            ],
        ),
        (
            "export",
            [
                ("export", "--customer", "CUST-12345", "--to", "-"),
                ("export", "--order", "ORDER-RIGHTS", "--to", "-"),
            ],
        ),
        ("restore", [("restore", "orders", "--from", f"{ORDERS_TABLE}-restored")]),
    ],
)
def test_the_rights_on_the_page_are_those_that_are_used(
    run: Run, operator: OperatorStack, command: str, runs: list[tuple[str, ...]]
) -> None:
    """The actions in the table are the AWS operations that a command calls."""
    order = operator.store_order(orderId="ORDER-RIGHTS", createdAt=iso_8601(datetime.now(UTC)))
    if command in {"erase", "export", "restore"}:
        operator.deliver("ORDER-RIGHTS", "email", "audit")
    operator.add_relay_dead_letter("ORDER-RIGHTS")
    operator.add_dead_letter("relay", "stays")
    for event in (an_event(**order), an_event(customerId="CUST-2")):
        operator.add_dead_letter("email", event)

    with restored(operator, ORDERS_TABLE):
        if command == "restore":
            key = {"orderId": {"S": "ORDER-RIGHTS"}}
            operator.account.dynamodb.delete_item(TableName=ORDERS_TABLE, Key=key)
        operator.connection.calls.clear()
        for arguments in runs:
            run(*arguments)

    assert _actions(operator) == documented(command)


@pytest.mark.usefixtures("event_source_mappings")
def test_the_rights_of_workflow_are_those_that_are_used(run: Run, operator: OperatorStack) -> None:
    """Listing, pausing and resuming need the actions in the table; AWS also has a state between."""
    run("workflow", "list")
    assert _actions(operator) == documented("workflow list")
    for command in ("pause", "resume"):
        run("workflow", command, "email")
    waiting = {"GetEventSourceMapping"}
    assert _actions(operator) | waiting == documented("workflow pause")
    assert documented("workflow pause") == documented("workflow resume")


def _actions(operator: OperatorStack) -> set[str]:
    """The actions of what was called, without the one that everyone may call."""
    return {_ACTIONS.get(operation, operation) for operation in operator.operations} - {
        "GetCallerIdentity"
    }
