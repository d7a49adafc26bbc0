"""`make local` in a copy of the project, while its files change."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.polling import eventually
from tests.support.processes import outer_environment
from tests.support.project_copy import copy_project, run_python
from tooling.clients import Clients
from tooling.sample_order import SAMPLE_ORDER
from tooling.signing import AccessKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tooling.clients import Client

pytestmark = pytest.mark.slow

_TIMEOUT_SECONDS = 120
_MESSAGE = "Order received successfully"


@dataclass(kw_only=True)
class Running:
    """A running `make local` and its copy of the project."""

    root: Path
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def outputs(self) -> dict[str, Any]:
        """The published outputs."""
        return dict(json.loads((self.root / ".local" / "outputs.json").read_text(encoding="utf-8")))

    def client(self, service: str) -> Client:
        """Return a client of its emulator."""
        outputs = self.outputs
        return Clients(outputs["awsEndpointUrl"], AccessKey.of_outputs(outputs)).get(service)

    def order(self) -> dict[str, Any]:
        """Send an order and return the response."""
        response = httpx.post(
            self.outputs["ordersUrl"],
            json=SAMPLE_ORDER,
            headers={"Idempotency-Key": str(uuid.uuid4())},
            timeout=60,
            trust_env=False,
        )
        return dict(response.raise_for_status().json())

    def emails(self) -> list[dict[str, Any]]:
        """Return the emails that were sent."""
        result = run_python(self.root, "-m", "local", "emails", "--json")
        return list(json.loads(result.stdout))

    def versions(self) -> dict[str, str]:
        """Return the version of each function that its alias has."""
        client, names = self.client("lambda"), self.outputs["functionNames"]
        return {
            package: client.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
            for package, name in names.items()
        }

    def await_line(self, pattern: str) -> str:
        """Wait for a line that has not been awaited yet, and return it."""

        def find() -> str | None:
            while self.lines:
                line = self.lines.pop(0)
                if re.search(pattern, line):
                    return line
            return None

        line = eventually(find, f"a line like '{pattern}'", timeout=_TIMEOUT_SECONDS)
        assert line is not None
        return line


@contextmanager
def _running(root: Path, *options: str) -> Iterator[Running]:
    command = [sys.executable, "-u", "-m", "local", "up", "--port", "0", "--quiet", *options]
    with subprocess.Popen(  # noqa: S603 (a constant command)
        command,
        cwd=root,
        env={**outer_environment(), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        running = Running(root=root, process=process)
        reader = threading.Thread(target=_read, args=(running,))
        reader.start()
        try:
            running.await_line("^Running until Ctrl-C")
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(_TIMEOUT_SECONDS)
            reader.join()


def _read(running: Running) -> None:
    assert running.process.stdout is not None
    for line in running.process.stdout:
        running.lines.append(line.rstrip("\n"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project."""
    return copy_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def running(root: Path) -> Iterator[Running]:
    """The running stack `local`."""
    with _running(root) as running:
        running.order()  # the functions are warm
        yield running


@contextmanager
def _changed(path: Path, change: Callable[[str], str]) -> Iterator[None]:
    """Save a change, and the file as it was at the end."""
    text = path.read_text(encoding="utf-8")
    path.write_text(change(text), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(text, encoding="utf-8")


def test_a_saved_handler_is_live(running: Running) -> None:
    """The next response is the new code's; functions without the module keep their version."""
    before, start = running.versions(), time.perf_counter()
    module = running.root / "handlers" / "http" / "response.py"
    with _changed(module, lambda text: text.replace(_MESSAGE, "Changed while it ran")):
        eventually(
            lambda: running.order()["message"] == "Changed while it ran",
            "the new response",
            timeout=_TIMEOUT_SECONDS,
        )
        print(f"\nSaved handler live after {time.perf_counter() - start:.2f} s")  # noqa: T201 (a figure)
        running.await_line(r"^Updated \d: .*Function orders-api-orders-function")
        after = running.versions()
    assert {package for package in after if after[package] != before[package]} == {"orders"}
    running.await_line(r"^Updated \d: .*Function orders-api-orders-function")


@pytest.mark.thorough
def test_a_saved_template_is_live(running: Running) -> None:
    """Emails are rendered from the saved template."""
    template = running.root / "handlers" / "email" / "templates" / "confirmation.txt"
    with _changed(template, lambda text: f"{text}\nSaved just now\n"):
        running.await_line(r"^Updated \d: .*Function confirmation-email-email-function")
        order = running.order()
        eventually(
            lambda: any(
                order["orderId"] in email["subject"] and "Saved just now" in email["text"]
                for email in running.emails()
            ),
            "the email",
            timeout=_TIMEOUT_SECONDS,
        )
    running.await_line(r"^Updated \d: .*Function confirmation-email-email-function")


@pytest.mark.parametrize(
    ("mistake", "error"),
    [
        ("def broken(:\n", r"handlers/audit/handler\.py, line \d+: invalid syntax"),
        ("import missing_module\n", r"handlers/audit/handler\.py, line \d+: ModuleNotFoundError"),
        ("raise SystemExit(0)\n", r"handlers/audit/handler\.py, line \d+: SystemExit"),
    ],
    ids=["syntax", "import", "exit"],
)
def test_a_broken_handler_is_named(running: Running, mistake: str, error: str) -> None:
    """The line has the file and the line of the error, and what was deployed before still runs."""
    before, module = running.versions(), running.root / "handlers" / "audit" / "handler.py"
    with _changed(module, lambda text: f"{text}\n{mistake}"):
        line = running.await_line(r"^Not deployed: ")
        assert re.search(error, line)
        assert running.order()["message"] == _MESSAGE
        assert running.versions() == before
    running.await_line("^Everything that is saved is live again")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("print('from the program')\n", "^from the program"),
        ("raise SystemExit(0)\n", r"infra/naming\.py, line \d+: SystemExit"),
    ],
    ids=["print", "exit"],
)
def test_a_program_may_print_and_exit(running: Running, line: str, shown: str) -> None:
    """What it prints is shown, an exit is an error, and later changes are still deployed."""
    with _changed(running.root / "infra" / "naming.py", lambda text: f"{text}\n{line}"):
        running.await_line(shown)
    module = running.root / "handlers" / "audit" / "handler.py"
    with _changed(module, lambda text: f"{text}\n# a comment\n"):
        running.await_line(r"^Updated \d+: .*Function audit-store-audit-function")
    running.await_line(r"^Updated \d+: .*Function audit-store-audit-function")


@pytest.mark.thorough
def test_the_program_and_the_stack_file_are_live(running: Running) -> None:
    """A changed setting of the stack, and an error in a module of the program."""
    stack_file = running.root / "Pulumi.local.yaml"
    with _changed(stack_file, lambda text: text.replace("logLevel: DEBUG", "logLevel: INFO")):
        running.await_line(r"^Updated \d+: .*aws:lambda/function:Function")
    running.await_line(r"^Updated \d+: .*aws:lambda/function:Function")
    with _changed(running.root / "infra" / "naming.py", lambda text: f"{text}\nundefined_name\n"):
        running.await_line(r"infra/naming\.py, line \d+: NameError")
    running.await_line("^Everything that is saved is live again")


@pytest.mark.thorough
def test_data_is_kept_from_run_to_run(root: Path, running: Running) -> None:
    """With --keep a second run has the orders, the emails and the URLs, and changes nothing."""
    running.process.send_signal(signal.SIGINT)
    running.process.wait(_TIMEOUT_SECONDS)
    with _running(root, "--keep") as first:
        order, outputs = first.order(), first.outputs
        eventually(lambda: len(first.emails()) == 1, "the email", timeout=_TIMEOUT_SECONDS)
    with _running(root, "--keep") as second:
        assert second.outputs["ordersUrl"] == outputs["ordersUrl"]
        assert second.outputs["awsSecretAccessKey"] != outputs["awsSecretAccessKey"]
        (email,) = second.emails()
        assert order["orderId"] in email["subject"]
        assert set(second.versions().values()) == {"1"}
        second.order()
        eventually(lambda: len(second.emails()) == 2, "both emails", timeout=_TIMEOUT_SECONDS)
    state = root / ".local" / "state"
    assert state.stat().st_mode & 0o077 == 0
