"""The commands: exit codes, sentences, and nothing left running."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pulumi
import pytest
from typer.testing import CliRunner

from local import cli
from local.emulator import ROOT
from local.errors import LocalError
from local.running import Running
from tests.support.polling import eventually
from tests.support.processes import started_with

if TYPE_CHECKING:
    from pathlib import Path

    from local.emulator import Emulator

_OUTPUTS = {"ordersUrl": "http://127.0.0.1:1/_aws/execute-api/a/$default/orders", "queueUrls": {"email": "http://q"}}


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Running:
    """A place of the test's own for the running stack, so that a developer's one is left alone."""
    own = Running(tmp_path)
    monkeypatch.setattr(cli, "Running", lambda _root: own)
    return own


def test_demo_runs_from_start_to_end() -> None:
    """The whole demo, with the real program: exit code 0, and all that it shows."""
    result = CliRunner().invoke(cli.app, ["demo"])
    assert result.exit_code == 0, result.output
    for shown in ("Widget A", "ORDER_CREATED", "Order Confirmation - Order #", "auditId", "200, replayed"):
        assert shown in result.stdout


def test_up_publishes_the_outputs_until_ctrl_c(monkeypatch: pytest.MonkeyPatch, running: Running) -> None:
    """While it runs others can read the outputs and paste the curl line; Ctrl-C ends it with 130."""
    seen: dict[str, Any] = {}

    def interrupt(emulator: Emulator) -> None:
        seen.update(running.outputs(), alive=httpx.get(f"{emulator.url}/_ministack/health").status_code)
        seen["json"] = json.loads(CliRunner().invoke(cli.app, ["outputs", "--json"]).stdout)
        seen["table"] = CliRunner().invoke(cli.app, ["outputs"]).stdout
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_deploy", lambda *_: _OUTPUTS)
    monkeypatch.setattr(cli, "_wait", interrupt)
    result = CliRunner().invoke(cli.app, ["up"])
    assert result.exit_code == 130
    assert "everything that was started is stopped" in result.stderr
    assert seen["alive"] == 200
    assert seen["json"] == {**_OUTPUTS, "awsEndpointUrl": seen["awsEndpointUrl"]}
    assert "queueUrls" in seen["table"]
    line = next(line for line in result.stdout.splitlines() if line.startswith("curl"))
    assert shlex.split(line)[2] == _OUTPUTS["ordersUrl"]
    with pytest.raises(LocalError):
        running.outputs()


def test_a_second_up_is_refused(running: Running) -> None:
    """While one stack runs another one ends with a sentence."""
    with running.claim():
        result = CliRunner().invoke(cli.app, ["up"])
    assert (result.exit_code, "already running" in result.stderr) == (1, True)


def test_outputs_without_a_stack(running: Running) -> None:
    """A clear sentence on standard error and nothing on standard output."""
    del running
    result = CliRunner().invoke(cli.app, ["outputs", "--json"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "No local stack is running; start one with 'make local'.\n"


def test_a_busy_port_is_one_sentence(emulator: Emulator) -> None:
    """The user's own choice of port may be taken."""
    port = emulator.url.rsplit(":", 1)[1]
    result = CliRunner().invoke(cli.app, ["emulator", "--port", port])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"port {port} is already in use; ")


def test_a_configuration_error_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the program refuses is told as the program tells it."""

    def refuse(*_: object, **__: object) -> None:
        raise pulumi.RunError("emailFrom is 'x'; it must be an e-mail address.")

    monkeypatch.setattr(cli, "deploy", refuse)
    result = CliRunner().invoke(cli.app, ["demo"])
    assert (result.exit_code, result.stderr) == (1, "emailFrom is 'x'; it must be an e-mail address.\n")


def test_the_bare_emulator_says_where_it_is_and_when_it_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is deployed, and an emulator that dies ends the command."""
    seen: list[str] = []

    def kill(emulator: Emulator) -> None:
        seen.append(emulator.url)
        os.kill(emulator.pid, signal.SIGKILL)
        original(emulator)

    original = cli._wait  # noqa: SLF001 (the command has no other end but a signal)
    monkeypatch.setattr(cli, "_wait", kill)
    result = CliRunner().invoke(cli.app, ["emulator", "--port", "0"])
    assert f"answers at {seen[0]}" in result.stdout
    assert (result.exit_code, "The emulator stopped by itself" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("sign", "number", "signals"),
    [
        ("", signal.SIGINT, 1),
        ("is up at", signal.SIGINT, 1),
        ("is up at", signal.SIGINT, 20),
        ("The answer", signal.SIGTERM, 1),
        ("Stopping", signal.SIGINT, 1),
    ],
    ids=["starting", "deploying", "again and again", "waiting", "stopping"],
)
def test_an_interrupted_demo_leaves_nothing(tmp_path: Path, sign: str, number: int, signals: int) -> None:
    """Whenever it comes, the signal ends the demo with its exit code, no traceback, no process and no file."""
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "local", "demo"]
    with subprocess.Popen(  # noqa: S603 (a constant command)
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        if sign:
            next(line for line in demo.stdout if sign in line)
        else:
            eventually(lambda: any(tmp_path.glob("embedded-aws-*")), "the emulator starting", timeout=60)
        for _ in range(signals):
            demo.send_signal(number)
            time.sleep(0.005)
        _, errors = demo.communicate(timeout=60)
    assert demo.returncode == 128 + number, errors
    assert "Traceback" not in errors
    assert errors.endswith("; everything that was started is stopped.\n")
    assert started_with(str(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []
