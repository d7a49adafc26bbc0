"""Pausing and resuming workflows."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from orderctl import workflow
from orderctl.stack import Outputs, Stack
from tests.support.functions import REGION
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import OperatorStack

_UUID = "14e0db71-5d35-4eb5-b481-8945cf9d10c2"


pytestmark = pytest.mark.usefixtures("event_source_mappings")


def test_a_workflow_is_paused_and_resumed(run: Run) -> None:
    """The state is what `list` shows, and other workflows stay enabled."""
    assert _data(run("workflow", "pause", "email", "--json")) == {
        "workflow": "email",
        "state": "paused",
        "changed": True,
    }
    assert _states(run) == {"audit": "enabled", "email": "paused", "relay": "enabled"}
    assert _data(run("workflow", "resume", "email", "--json"))["state"] == "enabled"
    assert set(_states(run).values()) == {"enabled"}


def test_a_second_time_changes_nothing(run: Run, operator: OperatorStack) -> None:
    """Pausing a paused workflow is a success without an update."""
    run("workflow", "pause", "relay")
    operator.connection.calls.clear()
    assert _data(run("workflow", "pause", "relay", "--json"))["changed"] is False
    assert "UpdateEventSourceMapping" not in operator.operations


def test_the_sentence_says_how_long_orders_wait(run: Run) -> None:
    """Without --json one line says what waits where."""
    assert run("workflow", "pause", "audit").stdout == (
        "audit is paused: messages wait in the queue, which keeps them for 4 days.\n"
    )
    assert run("workflow", "pause", "relay").stdout == (
        "relay is paused: orders wait in the stream, which keeps them for 24 hours.\n"
    )
    assert run("workflow", "pause", "audit").stdout.startswith("audit is already paused: ")
    assert run("workflow", "resume", "audit").stdout == "audit is enabled.\n"
    assert "paused" in run("workflow", "list").stdout


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_an_unknown_workflow(run: Run, command: str) -> None:
    """An unknown name is one sentence with those that are allowed."""
    result = run("workflow", command, "emial")
    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        "Unknown workflow 'emial'; must be one of: audit, email, relay.\n",
    )


def test_a_workflow_without_a_mapping(operator: OperatorStack) -> None:
    """A mapping that somebody has deleted is named by its function and its queue."""
    outputs = {**operator.outputs, "functionNames": {"relay": "other", "email": "email"}}
    stack = Stack(outputs=Outputs.model_validate(outputs), client=operator.stack.client)
    with pytest.raises(UserError, match=r"other has no event source mapping for arn:aws:dynamodb"):
        workflow.set_enabled(stack, "relay", enabled=False)


@pytest.mark.parametrize(
    "states",
    [
        ("Updating", "Enabled", "Disabling", "Disabling", "Disabled"),
        ("Enabled", "Enabled", "Enabled", "Disabling", "Disabled"),
    ],
    ids=["being updated", "updated later"],
)
def test_the_command_waits_until_the_mapping_has_changed(
    operator: OperatorStack, states: tuple[str, ...]
) -> None:
    """A mapping is disabled once, when it is not being updated, and then waited for."""
    seconds: list[float] = []
    with _relay_in(operator, *states) as stack:
        transition = workflow.set_enabled(stack, "relay", enabled=False, sleep=seconds.append)
    assert (transition.state, transition.changed) == ("paused", True)
    assert len(seconds) == 3


def test_waiting_has_an_end(operator: OperatorStack) -> None:
    """A mapping that does not change is an error with its state, after five minutes."""
    seconds: list[float] = []
    with (
        _relay_in(operator, "Enabled", *["Disabling"] * 200) as stack,
        pytest.raises(UserError, match="of relay is still in the state Disabling; run the same"),
    ):
        workflow.set_enabled(stack, "relay", enabled=False, sleep=seconds.append)
    assert 290 <= sum(seconds) <= 310


@contextlib.contextmanager
def _relay_in(operator: OperatorStack, *states: str) -> Iterator[Stack]:
    """A stack whose relay's mapping has one state after the other, as AWS reports them."""
    client = boto3.client("lambda", region_name=REGION)
    mapping = {"UUID": _UUID, "FunctionArn": f"arn:aws:lambda:{REGION}:1:function:relay:live"}
    with Stubber(client) as stubber:
        stubber.add_response(
            "list_event_source_mappings",
            {"EventSourceMappings": [{**mapping, "State": states[0]}]},
            {"EventSourceArn": operator.outputs["ordersStreamArn"]},
        )
        update = states.index("Enabled")
        for index, state in enumerate(states[1:]):
            if index == update:
                operation, more = "update_event_source_mapping", {"Enabled": False}
            else:
                operation, more = "get_event_source_mapping", {}
            stubber.add_response(operation, {**mapping, "State": state}, {"UUID": _UUID, **more})
        yield Stack(outputs=Outputs.model_validate(operator.outputs), client=lambda _: client)


def _states(run: Run) -> dict[str, str]:
    rows = _data(run("workflow", "list", "--json"))["workflows"]
    return {row["workflow"]: row["state"] for row in rows}


def _data(result: Any) -> dict[str, Any]:
    assert (result.exit_code, result.stderr) == (0, "")
    data: dict[str, Any] = json.loads(result.stdout)
    return data
