"""The commands: exit codes, sentences, and nothing left running."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pulumi
import pytest
import yaml
from typer.testing import CliRunner

from local import cli
from tests.support.polling import eventually
from tests.support.processes import started_with
from tooling.errors import UserError
from tooling.root import ROOT
from tooling.running import RunningStack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.testing import Result

    from local.emulator.emulator import Emulator

_WHO_AM_I = "import boto3; print(boto3.Session().client('sts').get_caller_identity()['Arn'])"
_OUTPUTS = {
    "ordersUrl": "http://127.0.0.1:1/_aws/execute-api/a/$default/orders",
    "queueUrls": {"email": "http://q"},
}


@pytest.fixture
def running(tmp_path: Path) -> RunningStack:
    """The test's own place for the running stack, so that a developer's stack is left alone."""
    return RunningStack(tmp_path)


def _invoke(*arguments: str, columns: int = 80, **options: Any) -> Result:
    """Run a command with some of its options replaced."""
    environment = {"COLUMNS": str(columns)}
    return CliRunner().invoke(cli.app, arguments, obj=cli.Options(**options), env=environment)


def _export() -> None:
    for name, value in {**_OUTPUTS, "functionNames": {}, "stackName": pulumi.get_stack()}.items():
        pulumi.export(name, value)


def test_demo_runs_from_start_to_end() -> None:
    """The demo deploys the real program, shows every stage, and ends with exit code 0."""
    result = _invoke("demo")
    assert result.exit_code == 0, result.output
    for text in (
        "Widget A",
        "ORDER_CREATED",
        "Order Confirmation - Order #",
        "auditId",
        "200, replayed",
    ):
        assert text in result.stdout


def test_up_publishes_the_outputs_until_ctrl_c(running: RunningStack) -> None:
    """While it runs, its outputs can be read and its curl line works; Ctrl-C ends it with 130."""
    seen: dict[str, Any] = {}

    def interrupt(emulator: Emulator) -> None:
        account = emulator.client("sts").get_caller_identity()["Account"]
        seen.update(running.outputs(), account=account)
        seen["json"] = json.loads(_invoke("outputs", "--json", running=running).stdout)
        seen["lines"] = _invoke("outputs", columns=20, running=running).stdout.splitlines()
        raise KeyboardInterrupt

    result = _invoke("up", "--port", "0", running=running, program=_export, wait=interrupt)
    assert result.exit_code == 130, result.output
    assert result.stdout.endswith("\nStopping ...\n")
    assert "everything that was started is stopped" in result.stderr
    assert seen["account"] == "000000000000"
    names = ("awsEndpointUrl", "awsAccessKeyId", "awsSecretAccessKey", "consoleUrl")
    run = {name: seen[name] for name in names}
    assert seen["json"] == {**_OUTPUTS, "functionNames": {}, "stackName": "local", **run}
    emulator, console = (urlsplit(seen[name]).port for name in ("awsEndpointUrl", "consoleUrl"))
    assert emulator is not None
    assert console == emulator + 2
    assert f"\n{seen['consoleUrl']}\n" in result.stdout
    assert f"ordersUrl: {_OUTPUTS['ordersUrl']}" in seen["lines"]
    assert {"queueUrls.email: http://q", f"awsEndpointUrl: {seen['awsEndpointUrl']}"} <= set(
        seen["lines"]
    )
    line = next(line for line in result.stdout.splitlines() if line.startswith("curl"))
    assert shlex.split(line)[2] == _OUTPUTS["ordersUrl"]
    with pytest.raises(UserError):
        running.outputs()


def test_the_lines_of_an_emulator_work_as_printed() -> None:
    """The export lines give an SDK access, and the file for `pulumi up`, which is private, too."""
    tracked = (ROOT / "Pulumi.local.yaml").read_bytes()
    with _running("emulator", "--port", "0") as printed:
        exports = [line for line in printed if line.startswith("export ")]
        _assert_sdk_works(exports)
        path = Path(shlex.split(next(line for line in printed if line.startswith("pulumi up")))[-1])
        assert path.stat().st_mode & 0o777 == 0o600
        config = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    words = (word for line in exports for word in shlex.split(line)[1:])
    variables = dict(word.split("=", 1) for word in words)
    assert config["aws:accessKey"] == variables["AWS_ACCESS_KEY_ID"]
    assert {endpoint for services in config["aws:endpoints"] for endpoint in services.values()} == {
        variables["AWS_ENDPOINT_URL"]
    }
    assert (ROOT / "Pulumi.local.yaml").read_bytes() == tracked
    assert not path.exists()


def _assert_sdk_works(exports: list[str]) -> None:
    """After the three lines, an SDK in the shell reaches the embedded AWS with its key alone."""
    assert len(exports) == 3
    python = f"{shlex.quote(sys.executable)} -c {shlex.quote(_WHO_AM_I)}"
    shell = ["/bin/sh", "-c", "\n".join([*exports, f"exec {python}"])]
    for elsewhere in ({}, {"AWS_SESSION_TOKEN": "of-another-account"}):
        process = subprocess.run(  # noqa: S603 (the printed lines)
            shell,
            env={"PATH": os.defpath, **elsewhere},
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.stdout == "arn:aws:iam::000000000000:root\n", (elsewhere, process.stderr)


@contextmanager
def _running(*command: str) -> Iterator[list[str]]:
    """What a command prints before it waits for its end, while it waits."""
    script = [sys.executable, "-u", "-m", "local", *command]
    with subprocess.Popen(script, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 (constants)
        assert process.stdout is not None
        printed: list[str] = []
        try:
            for line in process.stdout:
                printed.append(line.rstrip("\n"))
                if line.startswith(("pulumi up", "Running until")):
                    break
            yield printed
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def test_a_second_up_is_refused(running: RunningStack) -> None:
    """While one stack runs, another one ends with a sentence."""
    with running.lock():
        result = _invoke("up", "--port", "0", running=running)
    assert (result.exit_code, "already running" in result.stderr) == (1, True)


def test_a_token_of_a_stack_without_tokens(running: RunningStack) -> None:
    """`token` says which `auth` the running stack has, if it needs no token."""
    with running.lock():
        running.publish({"auth": "iam"})
        result = _invoke("token", running=running)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "The running stack needs no token; its auth is iam.\n"


def test_outputs_without_a_stack(running: RunningStack) -> None:
    """Without a running stack there is a sentence on standard error, and no output."""
    result = _invoke("outputs", "--json", running=running)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "No local stack is running; start one with 'make local'.\n"


@pytest.mark.parametrize("command", ["demo", "up"])
@pytest.mark.parametrize("stack", ["nope", "../local", "", "Pulumi.local.yaml"])
def test_an_unknown_stack_is_one_sentence(command: str, stack: str) -> None:
    """The sentence names the stacks and the examples, and nothing is started."""
    result = _invoke(command, "--stack", stack)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"There is no stack '{stack}'; there are ")
    assert ", and the examples " in result.stderr
    assert result.stderr.count("\n") == 1


def test_another_stack_runs_with_its_overrides(running: RunningStack) -> None:
    """`up --stack` takes an example's file, and prints the overrides and lines to paste."""
    seen: dict[str, Any] = {}

    def interrupt(emulator: Emulator) -> None:
        seen.update(running.outputs(), expected=emulator.connection)
        raise KeyboardInterrupt

    arguments = ("up", "--port", "0", "--stack", "queue-first")
    result = _invoke(*arguments, running=running, program=_export, wait=interrupt)
    assert result.exit_code == 130, result.output
    assert "  traceSampling: 0 (" in result.stdout
    assert seen["expected"].items() <= seen.items()
    lines = result.stdout.splitlines()
    (curl,) = [line for line in lines if line.startswith("curl ")]
    assert shlex.split(curl)[2] == seen["ordersUrl"]
    assert seen["stackName"] == "queue-first"
    assert sum(line.startswith("export ") for line in lines) == 3
    assert ".venv/bin/python -m local emails" in lines


def test_a_busy_port_is_one_sentence(emulator: Emulator) -> None:
    """A port that is in use is named."""
    port = emulator.url.rsplit(":", 1)[1]
    result = _invoke("emulator", "--port", port)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"port {port} is already in use; ")


@pytest.mark.parametrize("port", ["abc", "65536", "-1", "\u0664", "9" * 5000])
@pytest.mark.parametrize(("command", "highest"), [("up", 65533), ("emulator", 65535)])
def test_a_wrong_port_is_one_sentence(command: str, highest: int, port: str) -> None:
    """A port that is no number up to the highest one is named with what is allowed."""
    result = _invoke(command, f"--port={port}")
    expected = f"The port must be a number from 0 to {highest}, and not '{port}'.\n"
    assert (result.exit_code, result.stderr) == (1, expected)


def test_a_configuration_error_is_one_sentence() -> None:
    """A configuration that the program refuses ends with the program's sentence."""
    sentence = "emailFrom is 'x'; it must be an email address."

    def refuse() -> None:
        raise pulumi.RunError(sentence)

    result = _invoke("demo", program=refuse)
    assert (result.exit_code, result.stderr) == (1, f"{sentence}\n")


def test_the_bare_emulator_prints_its_url_and_reports_its_end() -> None:
    """Nothing is deployed, and an emulator that dies ends the command."""
    urls: list[str] = []

    def kill(emulator: Emulator) -> None:
        urls.append(emulator.url)
        os.kill(emulator.pid, signal.SIGKILL)
        cli.wait(emulator)

    result = _invoke("emulator", "--port", "0", wait=kill)
    assert f"is up at {urls[0]}" in result.stdout
    assert (result.exit_code, "The emulator stopped by itself" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("sign", "number", "signals"),
    [
        ("", signal.SIGTERM, 1),
        pytest.param("is up at", signal.SIGINT, 1, marks=pytest.mark.thorough),
        ("is up at", signal.SIGINT, 20),
        pytest.param("Response", signal.SIGTERM, 1, marks=pytest.mark.thorough),
        ("Stopping", signal.SIGINT, 1),
    ],
    ids=["starting", "deploying", "again and again", "waiting", "stopping"],
)
def test_an_interrupted_demo_leaves_nothing(
    tmp_path: Path, sign: str, number: int, signals: int
) -> None:
    """A signal at any time ends the demo with its exit code, no traceback, process or file."""
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "local", "demo"]
    with subprocess.Popen(  # noqa: S603 (a constant command)
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        if sign:
            next(line for line in demo.stdout if sign in line)
        else:
            eventually(lambda: any(tmp_path.glob("embedded-aws-*")), "the emulator starting")
        for _ in range(signals):
            demo.send_signal(number)
            time.sleep(0.005)
        _, errors = demo.communicate(timeout=60)
    assert demo.returncode == 128 + number, errors
    assert "Traceback" not in errors
    assert errors.endswith("; everything that was started is stopped.\n")
    eventually(lambda: not started_with(str(tmp_path)), "the end of the killed processes")
    assert list(tmp_path.iterdir()) == []
