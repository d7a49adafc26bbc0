"""The commands: exit codes, sentences, what is on which stream, and no question nobody can answer."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from orderctl import letters, relay
from tests.support.deliveries import an_event
from tests.support.polling import eventually
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import Desk


def test_a_story_for_people(run: Run, desk: Desk) -> None:
    """An order's story names each step and how far it is, and ends well."""
    order = desk.order()
    desk.deliver(order["orderId"], "email", "audit")

    result = run("show", order["orderId"], "--logs-for", "9999d")

    assert (result.exit_code, result.stderr) == (0, "")
    assert order["orderId"] in result.stdout
    for step in ("stored", "published", "e-mailed", "audited"):
        assert step in result.stdout


def test_every_command_speaks_json(run: Run, desk: Desk) -> None:
    """With --json each command prints one object to standard output, and nothing else."""
    order = desk.order()
    for _ in range(3):
        desk.dead_letter("email", an_event(**order))
    message_id = desk.dead_letter("email", "no JSON")

    assert (
        _json(run("show", order["orderId"], "--json"))["deadLetters"][0]["orderId"]
        == order["orderId"]
    )
    assert {one["queue"]: one["messages"] for one in _json(run("dlq", "list", "--json"))["queues"]}[
        "email"
    ] == 4
    shown = _json(run("dlq", "show", "email", "--limit", "9", "--json"))["messages"]
    assert {one["holds"] for one in shown} == {"an order event", "no JSON object"}
    moved = _json(run("dlq", "redrive", "email", "--order", order["orderId"], "--json"))
    assert (len(moved["done"]), moved["failed"], moved["dryRun"]) == (3, [], False)
    gone = _json(run("dlq", "discard", "email", "--message", message_id, "--yes", "--json"))
    assert [one["messageId"] for one in gone["done"]] == [message_id]
    again = _json(run("replay", "--order", order["orderId"], "--json"))
    assert again == {"dryRun": False, "orders": 1, "expired": 0, "problem": None, "complete": True}


def _json(result: Result) -> dict[str, Any]:
    assert (result.exit_code, result.stderr) == (0, "")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_an_order_nobody_knows(run: Run, desk: Desk) -> None:
    """Of an order without a trace a sentence says so, and JSON too, with exit code 1."""
    desk.account.sqs.send_message(QueueUrl=desk.outputs["queueUrls"]["orders"], MessageBody="any")

    result = run("show", "ORDER-nowhere", "--json")

    told = {"orderId": "ORDER-nowhere", "found": False, "complete": True}
    assert (result.exit_code, json.loads(result.stdout)) == (1, told)
    assert result.stderr == (
        "There is no trace of an order ORDER-nowhere; it may be one of 1 in the order queue, which is not looked "
        "into.\n"
    )


def test_the_table_of_queues(run: Run, desk: Desk) -> None:
    """The list names every dead-letter queue with its number of messages."""
    desk.dead_letter("email", "any")

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
    ("arguments", "said"),
    [
        (("show", "no such ID"), "No order has such an ID."),
        (("show", "ORDER-1", "--logs-for", "long"), "'long' is no span of time"),
        (("dlq", "show", "mail"), "there are audit, email, orders, relay"),
        (("dlq", "redrive", "email"), "Say which: one of"),
        (("dlq", "redrive", "email", "--all", "--order", "ORDER-1"), "Say which: one of"),
        (("dlq", "discard", "email", "--yes"), "Say which: one of"),
        (("dlq", "redrive", "relay", "--order", "ORDER-1"), "name no orders"),
        (("dlq", "discard", "email", "--all"), "nobody to ask; --yes"),
        (("replay",), "either --since or --order"),
        (("replay", "--since", "1d", "--order", "ORDER-1"), "either --since or --order"),
        (("replay", "--order", "ORDER-1", "--until", "3h"), "--until goes with --since only"),
        (("replay", "--since", "yesterday"), "is no moment"),
        (("replay", "--since", "1h", "--until", "2h"), "--since has to be before --until"),
        (("replay", "--order", "no such ID"), "No order has such an ID."),
        (("dlq", "show", "email", "--limit", "0"), "--limit"),
        (("dlq", "list", "--stack", "dev"), "Use either --stack or --outputs"),
        (("nonsense",), "No such command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_meant_is_refused(run: Run, arguments: tuple[str, ...], said: str) -> None:
    """A command that was written wrongly changes nothing, says why, and ends with 2."""
    result = run(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize("command", ["redrive", "discard"])
def test_what_is_not_there_is_not_done(run: Run, desk: Desk, command: str) -> None:
    """Naming an order or a message that is not among the dead letters ends with 1; all of none is all."""
    desk.dead_letter("email", an_event())
    more = ("--yes",) if command == "discard" else ()

    for selection in (("--order", "ORDER-other"), ("--message", "none")):
        result = run("dlq", command, "email", *selection, *more)
        assert result.exit_code == 1
        assert "no such message among the dead letters of email" in result.stderr
    assert run("dlq", command, "audit", "--all", *more).exit_code == 0


def test_what_fails_partly_fails(run: Run, desk: Desk) -> None:
    """Where a message stays, the result names it, and the exit code is 1."""
    message_id = desk.dead_letter("relay", "no letter")

    result = run("dlq", "redrive", "relay", "--all", "--json")

    assert (result.exit_code, result.stderr) == (
        1,
        "1 dead letter of relay could not be done with.\n",
    )
    (failed,) = json.loads(result.stdout)["failed"]
    assert failed["messageId"] == message_id


def test_a_missing_permission_is_named(run: Run, desk: Desk) -> None:
    """What AWS says about a permission that is missing is what the operator reads, without a traceback."""
    said = "User: arn:aws:iam::1:user/op is not authorized to perform: sqs:receivemessage on resource: arn:aws:sqs:::q"

    with desk.line.refusing("ReceiveMessage", "AccessDenied", message=said, status=403):
        result = run("dlq", "show", "email")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"AWS refused ReceiveMessage: {said} (AccessDenied)\n"


def test_a_sentence_holds_no_address(run: Run, desk: Desk) -> None:
    """What goes to standard error shows no e-mail address in clear, wherever it comes from."""
    with desk.line.refusing(
        "ReceiveMessage", "AccessDenied", message="john.doe@example.com may not"
    ):
        result = run("dlq", "show", "email")

    assert (result.exit_code, result.stderr) == (
        1,
        "AWS refused ReceiveMessage: j***@example.com may not (AccessDenied)\n",
    )


def test_what_was_done_before_an_error_is_printed(
    run: Run, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that AWS stops half-way prints what it did, says how to go on, and ends with 1."""
    monkeypatch.setattr(relay, "_BATCH_RECORDS", 1)
    for _ in range(12):
        desk.dead_letter("email", an_event(**desk.order()))

    def second(operation: str) -> Any:
        return desk.line.refusing(
            operation, "Odd", where=lambda _: desk.operations.count(operation) >= 2
        )

    with second("SendMessageBatch"):
        moved = run("dlq", "redrive", "email", "--all", "--json")
    with second("Invoke"):
        published = run("replay", "--since", "9999d", "--json")

    found = json.loads(moved.stdout)
    assert (moved.exit_code, len(found["done"]), found["complete"]) == (1, 10, False)
    assert found["problem"] == "AWS refused SendMessageBatch: Refused (Odd)"
    found = json.loads(published.stdout)
    assert (published.exit_code, found["orders"], found["complete"]) == (1, 1, False)
    assert found["problem"] == "AWS refused Invoke: Refused (Odd)"
    for result in (moved, published):
        assert "Run the same again" in result.stderr


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
def test_messages_that_were_not_seen_are_told(
    run: Run, desk: Desk, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Where not every message could be seen, nothing is said not to be there: it is to be run again, and fails."""
    monkeypatch.setattr(letters, "VISIBILITY_SECONDS", 0)
    desk.dead_letter("email", an_event(**desk.order(orderId="ORDER-1")))
    if "ORDER-1" not in arguments:
        desk.dead_letter("email", "any")

    result = run(*arguments, "--json")

    assert (result.exit_code, result.stderr) == (
        1,
        "Not every message could be seen; run it again.\n",
    )
    assert not json.loads(result.stdout)["complete"]


def test_a_silent_aws_is_told(run: Run, desk: Desk) -> None:
    """An AWS that does not answer ends a command with a sentence."""
    with desk.line.silent("GetQueueAttributes"):
        result = run("dlq", "list")

    assert result.exit_code == 1
    assert result.stderr.startswith("AWS could not be asked: Read timeout")


def test_another_account_is_refused(run: Run, desk: Desk) -> None:
    """Credentials of another account than the stack's are refused before anything else is asked."""
    elsewhere = json.dumps({**desk.outputs, "accountId": "999999999999"})

    result = run("dlq", "list", "--outputs", "-", answer=elsewhere)

    assert result.exit_code == 1
    assert result.stderr == (
        "These credentials are for the account 123456789012, and the stack is in 999999999999.\n"
    )
    assert desk.operations == ["GetCallerIdentity"]


def test_an_interruption_ends_with_130(run: Run, desk: Desk) -> None:
    """Ctrl-C in the middle says that the same may be run again, and running it again completes it."""
    for _ in range(12):
        desk.dead_letter("email", an_event())

    with desk.line.cut(6, before=True, dead=False):
        result = run("dlq", "redrive", "email", "--all")
    assert (result.exit_code, result.stdout) == (130, "")
    assert "run again, does the rest" in result.stderr

    assert run("dlq", "redrive", "email", "--all").exit_code == 0
    assert len(desk.work("email")) == 12


def test_a_failed_replay_says_how_to_go_on(run: Run, desk: Desk) -> None:
    """When the relay fails, its reason, how far it came and what to do are told, and the exit code is 1."""
    order = desk.order()

    with desk.account.wire.refusing("PublishBatch", "AuthorizationError", status=403):
        result = run("replay", "--since", order["createdAt"])

    assert (result.exit_code, result.stdout) == (1, "0 orders published again.\n")
    assert "NotPublishedError" in result.stderr
    assert "Run the same again" in result.stderr


def test_an_expired_order_is_refused(run: Run, desk: Desk) -> None:
    """An order whose time is over is not published again by its ID either, and that is a failure."""
    result = run("replay", "--order", desk.order(expiresAt=1)["orderId"])

    assert result.exit_code == 1
    assert "has expired" in result.stderr


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("\n", 1), ("", 130)])
def test_throwing_away_asks_first(
    run: Run, desk: Desk, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    """Nothing is thrown away unless the question, on standard error, is answered with yes."""
    monkeypatch.setattr("orderctl.dlq._can_ask", lambda: True)
    for _ in range(3):
        desk.dead_letter("email", an_event())

    result = run("dlq", "discard", "email", "--all", answer=answer)

    assert result.exit_code == code
    assert "Throw 3 dead letters of email away for good? [y/N]" in result.stderr
    assert len(desk.dead_letters("email")) == (0 if code == 0 else 3)


def test_what_comes_while_it_asks_is_not_thrown_away(
    run: Run, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the messages that the question was about are thrown away."""
    monkeypatch.setattr("orderctl.dlq._can_ask", lambda: True)
    desk.dead_letter("email", "before")

    def answer(*_: Any, **__: Any) -> bool:
        desk.dead_letter("email", "meanwhile")
        return True

    monkeypatch.setattr("typer.confirm", answer)
    assert run("dlq", "discard", "email", "--all").exit_code == 0

    assert desk.dead_letters("email") == ["meanwhile"]


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
def test_a_dry_run_changes_nothing_and_asks_nothing(
    run: Run, desk: Desk, arguments: tuple[str, ...]
) -> None:
    """A dry run tells what would be done, needs no answer, and does nothing."""
    desk.dead_letter("email", an_event(**desk.order(orderId="ORDER-1")))
    desk.relay_letter("ORDER-1")

    result = run(*arguments, "--dry-run")

    assert result.exit_code == 0
    assert result.stdout.startswith(("1 message would be ", "1 order would be "))
    assert not {"SendMessageBatch", "DeleteMessageBatch", "Invoke"} & set(desk.operations)


def test_help_is_quick() -> None:
    """Asking for help imports neither Pulumi nor an AWS SDK, nor what the handlers use."""
    heavy = (
        "boto3",
        "botocore",
        "pulumi",
        "pydantic",
        "aws_lambda_powertools",
        "handlers",
        "tooling.clients",
        "yaml",
    )
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom orderctl import cli\n"
        "assert CliRunner().invoke(cli.app, ['--help']).exit_code == 0\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(  # noqa: S603 (a constant command)
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_script_runs_from_anywhere(tmp_path: Path) -> None:
    """`scripts/orderctl` finds its code, and files relative to where it was called."""
    (tmp_path / "outputs.json").write_text("{}")
    done = subprocess.run(  # noqa: S603 (a constant command)
        [ROOT / "scripts" / "orderctl", "dlq", "list", "--outputs", "outputs.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert (
        done.stderr == "outputs.json is not a stack's outputs as JSON: accountId: Field required.\n"
    )


@pytest.mark.parametrize(
    ("number", "code", "sentence"),
    [
        (
            signal.SIGINT,
            130,
            "Interrupted; what was done stays done, and the same command, run again, does the rest.",
        ),
        (
            signal.SIGTERM,
            143,
            "Terminated; what was done stays done, and the same command, run again, does the rest.",
        ),
    ],
)
def test_a_signal_ends_the_process_quietly(
    tmp_path: Path, number: int, code: int, sentence: str
) -> None:
    """Ctrl-C and a plain kill end the real process in order, with their exit codes and without a traceback."""
    pipe = tmp_path / "outputs.json"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "orderctl", "dlq", "list", "--outputs", str(pipe)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 (as above)
        try:
            (writer,) = eventually(
                lambda: _opened(pipe), "the tool reading its outputs", timeout=60
            )
            process.send_signal(number)
            _, said = process.communicate(timeout=20)
        finally:
            process.kill()  # or a failure would wait for it for ever
    os.close(writer)

    assert (process.returncode, said.strip()) == (code, sentence)


def _opened(pipe: Path) -> list[int]:
    """Open a pipe for writing, which works once somebody reads it."""
    with contextlib.suppress(OSError):
        return [os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)]
    return []
