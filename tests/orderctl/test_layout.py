"""Tables at every width, colours, options before and after the command, and installation."""

from __future__ import annotations

import contextlib
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from orderctl import cli
from orderctl.cli_support import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import OperatorStack

_UUID = "8a3c1a56-2d0f-4a0e-9b6e-4f5a3f1f7c11"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_COLOUR = "\x1b["


class Terminal(io.StringIO):
    """A terminal that keeps its output."""

    def isatty(self) -> bool:
        """Return True."""
        return True


@pytest.fixture
def on_terminal(
    operator: OperatorStack, outputs_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Run a command on a terminal of a width; return its output."""
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    def show(width: int, *arguments: str, **environment: str) -> str:
        for name, value in {"COLUMNS": str(width), "LINES": "50", **environment}.items():
            monkeypatch.setenv(name, value)
        terminal = Terminal()
        with contextlib.redirect_stdout(terminal), contextlib.suppress(SystemExit):
            cli.app(
                [*arguments, "--outputs", str(outputs_file)],
                obj=Settings(connect=operator.connector()),
            )
        return terminal.getvalue()

    return show


def a_dead_lettered_order(operator: OperatorStack) -> dict[str, Any]:
    """Return an order with IDs of usual length and dead letters in two queues."""
    ids = {
        "customerId": _UUID.replace("8a", "1b"),
        "correlationId": _UUID.replace("8a", "2c"),
        "requestId": "r" * 36,
    }
    order = operator.store_order(orderId=_UUID, **ids)
    event = operator.deliver(_UUID, "audit")
    for queue in ("email", "orders"):
        operator.add_dead_letter(queue, event)
    return order


@pytest.mark.parametrize("width", [20, 40, 80, 120, 300])
def test_ids_times_and_commands_are_not_wrapped(
    operator: OperatorStack, on_terminal: Any, width: int
) -> None:
    """At every width, IDs, times and commands are on one line."""
    order = a_dead_lettered_order(operator)
    relay = operator.add_relay_dead_letter(_UUID)

    timeline = on_terminal(width, "show", _UUID, "--logs-for", "9999d").splitlines()
    messages = on_terminal(width, "dlq", "show", "email").splitlines()
    queues = on_terminal(width, "dlq", "list").splitlines()
    relay_messages = on_terminal(width, "dlq", "show", "relay").splitlines()

    for text in (
        _UUID,
        order["customerId"],
        order["correlationId"],
        order["requestId"],
        order["createdAt"],
    ):
        assert any(text in line for line in timeline), text
    for queue in ("email", "orders"):
        assert any(f"orderctl dlq redrive {queue} --order {_UUID}" in line for line in timeline)
    assert sum(len(_TIME.findall(line)) for line in timeline) >= 4
    assert any(_UUID in line for line in messages)
    assert any(_TIME.search(line) for line in messages)
    assert sum(len(_TIME.findall(line)) for line in queues) == 6  # oldest and lost of three queues
    assert any(relay in line for line in relay_messages)


def test_without_a_terminal_lines_are_whole(
    run: Run, operator: OperatorStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal, each row is one line, and there are no colours."""
    monkeypatch.setenv("COLUMNS", "30")
    order = a_dead_lettered_order(operator)

    text = run("show", _UUID, "--logs-for", "9999d").stdout

    assert _COLOUR not in text
    (stored,) = (line for line in text.splitlines() if "stored" in line and "│" in line)
    assert order["createdAt"] in stored
    assert f"orderctl dlq redrive email --order {_UUID}\n" in text


@pytest.mark.parametrize("width", [60, 80, 300])
def test_colours(operator: OperatorStack, on_terminal: Any, width: int) -> None:
    """On a terminal success is green and failure red; NO_COLOR removes every escape sequence."""
    a_dead_lettered_order(operator)

    timeline = on_terminal(width, "show", _UUID)
    assert re.search(r"\x1b\[32m *done", timeline)
    assert re.search(r"\x1b\[31m *dead-lettered", timeline)
    assert re.search(r"\x1b\[31m *1", on_terminal(width, "dlq", "list"))

    for command in (
        ("show", _UUID),
        ("dlq", "list"),
        ("dlq", "redrive", "email", "--all", "--dry-run"),
    ):
        assert _COLOUR not in on_terminal(width, *command, NO_COLOR="1")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--outputs", "{}", "--json", "dlq", "list"),
        ("--json", "dlq", "--outputs", "{}", "list"),
        ("dlq", "--json", "list", "--outputs", "{}"),
        ("dlq", "list", "--outputs", "{}", "--json"),
        ("--outputs", "wrong.json", "dlq", "list", "--outputs", "{}", "--json"),
    ],
    ids=" ".join,
)
def test_options_before_and_after_the_command(
    run: Run, outputs_file: Path, arguments: tuple[str, ...]
) -> None:
    """--outputs and --json mean the same before and after the command; the last one counts."""
    result = run(*(one.format(outputs_file) for one in arguments))

    assert (result.exit_code, result.stderr) == (0, "")
    assert len(json.loads(result.stdout)["queues"]) == 4


@pytest.mark.parametrize(
    "command", [("show", "ORDER-1"), ("dlq", "list"), ("replay", "--since", "1d")]
)
def test_the_stack_before_the_command(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """`orderctl --stack prod ...` uses that stack with any command."""
    monkeypatch.setenv("PATH", "/nowhere")

    result = CliRunner().invoke(cli.app, ["--stack", "prod", *command])

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("--stack needs the Pulumi CLI")


def test_stack_and_outputs_exclude_each_other(run: Run) -> None:
    """--stack before the command and --outputs after it are an error."""
    result = run("--stack", "prod", "dlq", "list")

    assert (result.exit_code, result.stderr) == (2, "Use either --stack or --outputs, not both.\n")


def test_an_error_has_no_colour_without_a_terminal(run: Run) -> None:
    """Standard error holds no escape sequence where it is no terminal."""
    assert _COLOUR not in run("show", "no such ID").stderr
