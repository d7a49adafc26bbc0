"""`python -m local emails`: the emails of the running stack."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from local import cli
from local.emulator.emulator import Emulator
from tooling.running import RunningStack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typer.testing import Result

    Run = Callable[..., Result]

_SENDER = "orders@example.com"
_HTML = "<!doctype html><p>Thank you for 2 \u00d7 caf\u00e9</p>"


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningStack, Emulator]]:
    """A running stack without an email yet."""
    running = RunningStack(tmp_path_factory.mktemp("repository"))
    with running.lock(), Emulator() as emulator:
        running.publish({"ordersUrl": "http://127.0.0.1:1/orders", **emulator.connection})
        emulator.client("sesv2").create_email_identity(EmailIdentity=_SENDER)
        yield running, emulator


@pytest.fixture
def sent(mailbox: tuple[RunningStack, Emulator]) -> Emulator:
    """The running stack with two emails."""
    _, emulator = mailbox
    emulator.reset()
    emulator.client("sesv2").create_email_identity(EmailIdentity=_SENDER)
    _send(emulator, "jane@example.com", "Order Confirmation - Order #1", "Hello Jane\x1b[31m")
    _send(emulator, "john@example.com", "Order Confirmation - Order #2", "Hello John")
    return emulator


def _send(emulator: Emulator, to: str, subject: str, text: str) -> None:
    body = {"Text": {"Data": text}, "Html": {"Data": _HTML}}
    content = {"Simple": {"Subject": {"Data": subject}, "Body": body}}
    client = emulator.client("sesv2")
    client.send_email(FromEmailAddress=_SENDER, Destination={"ToAddresses": [to]}, Content=content)


@pytest.fixture
def run(mailbox: tuple[RunningStack, Emulator]) -> Run:
    """Runs the command, and checks its exit code."""
    return partial(_run, mailbox[0])


def _run(running: RunningStack, *options: str, code: int = 0) -> Result:
    command, values = ["emails", *options], cli.Options(running=running)
    result = CliRunner().invoke(cli.app, command, obj=values, env={"COLUMNS": "20"})
    assert result.exit_code == code, result.output
    return result


def test_the_list_is_whole_and_the_oldest_is_first(sent: Emulator, run: Run) -> None:
    """Each email has its number, time, recipient and subject on one line, in any terminal."""
    first, second = run().stdout.splitlines()
    assert first.startswith("1  20")
    assert first.endswith("  jane@example.com  Order Confirmation - Order #1")
    assert second.startswith("2  20")
    assert second.endswith("  john@example.com  Order Confirmation - Order #2")
    _send(sent, "joan@example.com", "Order Confirmation - Order #3", "Hello Joan")
    assert run().stdout.splitlines()[:2] == [first, second]


@pytest.mark.usefixtures("sent")
def test_programs_get_a_list(run: Run) -> None:
    """With --json every email has its subject, recipient, text, HTML and time."""
    first, second = json.loads(run("--json").stdout)
    assert {
        "subject": "Order Confirmation - Order #1",
        "to": "jane@example.com",
        "html": _HTML,
    }.items() <= first.items()
    assert (second["number"], second["text"], second["sender"]) == (2, "Hello John", _SENDER)
    assert second["time"].endswith("+00:00")


@pytest.mark.usefixtures("sent")
def test_the_text_is_shown_without_control_characters(run: Run) -> None:
    """A client's text cannot control the terminal."""
    assert run("--show", "2").stdout == "Hello John\n"
    assert run("--show", "1").stdout == "Hello Jane\N{REPLACEMENT CHARACTER}[31m\n"


@pytest.mark.usefixtures("sent")
def test_the_html_is_written_to_a_file(tmp_path: Path, run: Run) -> None:
    """The file's name is printed, and it holds the HTML as it was sent."""
    path = tmp_path / "email.html"
    assert run("--html", "1", "--output", str(path)).stdout == f"{path}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text(encoding="utf-8") == _HTML
    failed = run("--html", "1", "--output", str(tmp_path / "no" / "email.html"), code=1)
    assert failed.stderr.startswith(f"{tmp_path}/no/email.html cannot be written: ")


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize("options", [("--show", "3"), ("--html", "0"), ("--show", "-1")])
def test_a_number_that_is_not_there(options: tuple[str, str], run: Run) -> None:
    """The error says which numbers there are."""
    assert run(*options, code=1).stderr == f"There is no email {options[1]}; the last one is 2.\n"


@pytest.mark.parametrize(
    "options",
    [("--show", "1", "--json"), ("--show", "1", "--html", "1"), ("--html", "1", "--json")],
)
@pytest.mark.usefixtures("sent")
def test_one_form_at_a_time(options: tuple[str, ...], run: Run) -> None:
    """Only one of the formats can be chosen."""
    assert "Only one of --show, --html and --json" in " ".join(run(*options, code=1).stderr.split())


def test_an_empty_mailbox(sent: Emulator, run: Run) -> None:
    """Without an email there is a sentence, or an empty list for programs."""
    sent.reset()
    assert run().stdout == "No email has been sent yet.\n"
    assert json.loads(run("--json").stdout) == []
    assert run("--show", "1", code=1).stderr == "There is no email 1; none has been sent yet.\n"


def test_without_a_running_stack(tmp_path: Path) -> None:
    """The sentence says how to start one."""
    sentence = "No local stack is running; start one with 'make local'.\n"
    assert _run(RunningStack(tmp_path), "--json", code=1).stderr == sentence
