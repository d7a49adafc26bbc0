"""Errors of AWS and of the environment: one sentence, exit code 1, results so far."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError

from orderctl import cli_support
from orderctl.stack import find_outputs
from tests.support.connection import InjectionPoint
from tests.support.deliveries import an_event
from tooling.errors import UserError
from tooling.running import RunningStack

if TYPE_CHECKING:
    from pathlib import Path

    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import OperatorStack


def test_a_partial_failure_fails(run: Run, operator: OperatorStack) -> None:
    """Where a message stays, the result holds its ID, and the exit code is 1."""
    message_id = operator.add_dead_letter("relay", "no message")

    result = run("dlq", "redrive", "relay", "--all", "--json")

    assert (result.exit_code, result.stderr) == (
        1,
        "1 dead letter of relay could not be processed.\n",
    )
    (failed,) = json.loads(result.stdout)["failed"]
    assert failed["messageId"] == message_id


def test_a_missing_permission_is_reported(run: Run, operator: OperatorStack) -> None:
    """AWS's message about a missing permission is printed, without a traceback."""
    text = "User: arn:aws:iam::1:user/op is not authorized to perform: sqs:receivemessage"

    with operator.connection.refusing("ReceiveMessage", "AccessDenied", message=text, status=403):
        result = run("dlq", "show", "email")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"AWS refused ReceiveMessage: {text} (AccessDenied)\n"


def test_error_messages_are_masked(run: Run, operator: OperatorStack) -> None:
    """Standard error shows no email address in clear."""
    with operator.connection.refusing(
        "ReceiveMessage", "AccessDenied", message="john.doe@example.com may not"
    ):
        result = run("dlq", "show", "email")

    assert (result.exit_code, result.stderr) == (
        1,
        "AWS refused ReceiveMessage: j***@example.com may not (AccessDenied)\n",
    )


def test_results_before_an_error_are_printed(run: Run, operator: OperatorStack) -> None:
    """A command that an AWS error stops prints its results so far and exits with 1."""
    for _ in range(12):
        operator.add_dead_letter("email", an_event(**operator.store_order()))

    def refuse_second(operation: str) -> Any:
        return operator.connection.refusing(
            operation, "Odd", where=lambda _: operator.operations.count(operation) >= 2
        )

    with refuse_second("SendMessageBatch"):
        redrive = run("dlq", "redrive", "email", "--all", "--json")
    with refuse_second("Invoke"):
        replay = run("replay", "--since", "9999d", "--json", relay_batch_records=1)

    data = json.loads(redrive.stdout)
    assert (redrive.exit_code, len(data["done"]), data["complete"]) == (1, 10, False)
    assert data["problem"] == "AWS refused SendMessageBatch: Refused (Odd)"
    data = json.loads(replay.stdout)
    assert (replay.exit_code, data["orders"], data["complete"]) == (1, 1, False)
    assert data["problem"] == "AWS refused Invoke: Refused (Odd)"
    for result in (redrive, replay):
        assert "Run the same command again" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "ORDER-1"),
        ("show", "ORDER-nowhere"),
        ("dlq", "show", "email"),
        ("dlq", "redrive", "email", "--order", "ORDER-none"),
        ("dlq", "discard", "email", "--order", "ORDER-none", "--yes"),
        ("dlq", "discard", "email", "--order", "ORDER-1", "--yes"),
    ],
    ids=" ".join,
)
def test_unseen_messages_are_reported(
    run: Run, operator: OperatorStack, arguments: tuple[str, ...]
) -> None:
    """Where not every message could be seen, a command fails and asks for a retry."""
    operator.add_dead_letter("email", an_event(**operator.store_order(orderId="ORDER-1")))
    if "ORDER-1" not in arguments:
        operator.add_dead_letter("email", "any")

    result = run(*arguments, "--json", visibility_seconds=0)

    assert (result.exit_code, result.stderr) == (1, "Some messages are in flight; retry.\n")
    assert not json.loads(result.stdout)["complete"]


def test_a_timeout_of_aws_is_reported(run: Run, operator: OperatorStack) -> None:
    """A timeout of an AWS call ends a command with one sentence."""
    with operator.connection.timing_out("GetQueueAttributes"):
        result = run("dlq", "list")

    assert result.exit_code == 1
    assert result.stderr.startswith("AWS could not be reached: Read timeout")


def test_missing_credentials_are_not_a_network_failure() -> None:
    """Without credentials AWS is not called, so the sentence does not speak of the network."""
    assert cli_support.aws_error(NoCredentialsError()) == (
        "AWS was not called: Unable to locate credentials"
    )
    unreachable = EndpointConnectionError(endpoint_url="https://sts")
    assert str(cli_support.aws_error(unreachable)).startswith("AWS could not be reached: ")


def test_credentials_of_another_account(run: Run, operator: OperatorStack) -> None:
    """Credentials of another account are refused before any other call."""
    elsewhere = json.dumps({**operator.outputs, "accountId": "999999999999"})

    result = run("dlq", "list", "--outputs", "-", stdin=elsewhere)

    assert result.exit_code == 1
    assert result.stderr == (
        "The credentials are for account 123456789012, the stack is in 999999999999.\n"
    )
    assert operator.operations == ["GetCallerIdentity"]


def test_ctrl_c_exits_with_130(run: Run, operator: OperatorStack) -> None:
    """Ctrl-C exits with 130; the same command again does the rest."""
    for _ in range(12):
        operator.add_dead_letter("email", an_event())

    with operator.connection.interrupt_before(6):
        result = run("dlq", "redrive", "email", "--all")
    assert (result.exit_code, result.stdout) == (130, "")
    assert "run the same command again for the rest" in result.stderr

    assert run("dlq", "redrive", "email", "--all").exit_code == 0
    assert len(operator.work_messages("email")) == 12


def test_a_failed_replay(run: Run, operator: OperatorStack) -> None:
    """When the relay fails, the error, the count and advice are printed, and the exit code is 1."""
    order = operator.store_order()

    with operator.account.connection.refusing("PublishBatch", "AuthorizationError", status=403):
        result = run("replay", "--since", order["createdAt"])

    assert (result.exit_code, result.stdout) == (1, "0 orders published again.\n")
    assert "NotPublishedError" in result.stderr
    assert "Run the same command again" in result.stderr


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"", "does not hold a stack's outputs as JSON"),
        (b"[]", "does not hold a stack's outputs as JSON"),
        (b"5", "does not hold a stack's outputs as JSON"),
        (b'{"accountId": 5}', "does not hold a stack's outputs as JSON"),
        (b"[" * 100_000, "does not hold a stack's outputs as JSON"),
    ],
)
def test_unreadable_outputs(run: Run, tmp_path: Path, content: bytes | None, error: str) -> None:
    """A file that holds no outputs, or is a folder, ends in one sentence with its name."""
    path = tmp_path / "odd.json"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)

    result = run("dlq", "list", "--outputs", str(path))

    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert str(path) in result.stderr
    assert error in result.stderr


@pytest.mark.parametrize("content", ["", "{", "[]", "5"])
def test_invalid_outputs_of_a_local_stack(tmp_path: Path, content: str) -> None:
    """Outputs of a local stack that are not complete are an error."""
    with RunningStack(tmp_path).lock():
        (tmp_path / ".local" / "outputs.json").write_text(content)
        with pytest.raises(UserError, match="outputs"):
            find_outputs(stack=None, file=None, root=tmp_path)


def test_an_unreadable_local_folder(tmp_path: Path) -> None:
    """A lock file that cannot be opened is an error in one sentence."""
    (tmp_path / ".local" / "lock").mkdir(parents=True)
    with pytest.raises(UserError, match="outputs cannot be read"):
        find_outputs(stack=None, file=None, root=tmp_path)


def test_an_unexpected_error(
    run: Run, operator: OperatorStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected error is one sentence, or a traceback with `ORDERCTL_TRACEBACK`."""
    receive = InjectionPoint("before", "ReceiveMessage", 1)
    with operator.connection.inject((receive, _fail)):
        result = run("dlq", "show", "email")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "orderctl failed: LookupError: j***@example.com. "
        "Set ORDERCTL_TRACEBACK=1 to see the traceback.\n"
    )

    monkeypatch.setenv("ORDERCTL_TRACEBACK", "1")
    operator.connection.calls.clear()
    with operator.connection.inject((receive, _fail)):
        assert isinstance(run("dlq", "show", "email").exception, LookupError)


def _fail() -> None:
    raise LookupError("john.doe@example.com")
