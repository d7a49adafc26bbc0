"""Start and stop of the emulator: errors name the cause, and nothing is left behind."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.emulator.emulator import Emulator
from tests.support.polling import eventually
from tests.support.processes import members_of_group, started_with
from tooling.clients import Clients
from tooling.errors import UserError
from tooling.root import ROOT

_PARENT = """
import sys, time
from local.emulator.emulator import Emulator
emulator = Emulator()
emulator.start()
print(emulator.pid, emulator.directory, flush=True)
time.sleep(60)
"""

_IGNORES_SIGTERM = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "DEAF" not in os.environ:
    child = [sys.executable, __file__]
    os.spawnve(os.P_NOWAIT, sys.executable, child, {**os.environ, "DEAF": sys.argv[1]})
time.sleep(60 if "DEAF" in os.environ else 3)
"""

# The emulator, which records in the test's file the path of each file and folder that it creates.
_RECORDING = """
import os, sys
from pathlib import Path
record = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT

def watch(event, arguments):
    flags = arguments[2] if event == "open" and isinstance(arguments[2], int) else 0
    if event == "os.mkdir" or flags & WRITES:
        if not isinstance(arguments[0], int):
            os.write(record, (os.path.abspath(os.fsdecode(arguments[0])) + "\\n").encode())

sys.addaudithook(watch)
from local.emulator import server
server.main()
"""


def test_writes_nothing_outside_its_private_folder(tmp_path: Path) -> None:
    """Everything that it stores is in the folder that is removed with it."""
    record = tmp_path / "paths"
    emulator = Emulator(command=(sys.executable, "-B", "-c", _RECORDING, str(record)))
    with emulator:
        folder = emulator.directory
        pool = emulator.client("cognito-idp").create_user_pool(PoolName="customers")["UserPool"][
            "Id"
        ]
        emulator.client("cognito-idp").create_user_pool_client(UserPoolId=pool, ClientName="shop")
        emulator.client("s3").create_bucket(Bucket="kept")
        emulator.client("s3").put_object(Bucket="kept", Key="key", Body=b"content")
        emulator.client("sqs").create_queue(QueueName="kept")
    paths = {Path(line) for line in record.read_text(encoding="utf-8").splitlines()}
    paths -= {Path(os.devnull)}
    assert paths
    assert [path for path in paths if not path.is_relative_to(folder)] == []
    assert not folder.exists()


def test_its_files_are_for_this_user_alone(emulator: Emulator) -> None:
    """No other user can read its files."""
    emulator.client("cognito-idp").create_user_pool(PoolName="customers")
    files = list(emulator.directory.rglob("*"))
    assert files
    assert [path for path in files if path.stat().st_mode & 0o077] == []


def test_answers_and_leaves_nothing_behind() -> None:
    """After the block there is no process and no folder, and the port is free."""
    with Emulator() as emulator:
        pid, folder = emulator.pid, emulator.directory
        assert emulator.is_running
        assert emulator.client("sts").get_caller_identity()["Account"] == "000000000000"
    assert members_of_group(pid) == []
    assert not folder.exists()
    assert not emulator.is_running
    with pytest.raises(httpx.ConnectError):
        httpx.get(emulator.url)


def test_stops_after_an_exception() -> None:
    """A failing block stops it as well."""
    with pytest.raises(ZeroDivisionError), Emulator() as emulator:  # noqa: PT012 (the block fails)
        pid = emulator.pid
        _ = 1 / 0
    assert members_of_group(pid) == []


def test_a_busy_port_is_named() -> None:
    """The error says what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            UserError, match=f"^port {port} is already in use; stop what uses it or choose another"
        ):
            Emulator(port).start()


def test_a_privileged_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that only root may use has an error of its own."""

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(UserError, match=r"^port 80 may not be used"):
        Emulator(80).start()


def test_an_emulator_that_stops_while_starting() -> None:
    """The error has the last line of its log."""
    emulator = Emulator(command=(sys.executable, "-c", "raise SystemExit('no disk left')"))
    with pytest.raises(UserError, match="stopped while it was starting: no disk left"):
        emulator.start()
    assert not emulator.is_running


def test_an_emulator_that_stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An emulator that has ended before it gets its key is reported in the same way."""
    monkeypatch.setattr(subprocess, "Popen", _EndsAtOnce)
    with pytest.raises(UserError, match="stopped while it was starting: no disk left"):
        Emulator(command=(sys.executable, "-c", "raise SystemExit('no disk left')")).start()


class _EndsAtOnce(subprocess.Popen[bytes]):
    """A process that has ended before its parent continues."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.wait()


def test_an_emulator_that_does_not_respond_in_time() -> None:
    """It is stopped, and the error names the time."""
    emulator = Emulator(
        command=(sys.executable, "-c", "import time; time.sleep(60)"), start_timeout=0.3
    )
    with pytest.raises(UserError, match=r"did not respond in 0.3 s: it logged nothing\."):
        emulator.start()
    assert not emulator.is_running


def test_an_emulator_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    """An emulator that ignores SIGTERM is killed after the timeout, with its children."""
    script = tmp_path / "deaf.py"
    script.write_text(_IGNORES_SIGTERM, encoding="utf-8")
    command = (sys.executable, str(script), str(tmp_path))
    emulator = Emulator(command=command, start_timeout=1, stop_timeout=0.2)
    with pytest.raises(UserError, match="did not respond in 1 s"):
        emulator.start()
    eventually(lambda: not started_with(f"DEAF={tmp_path}"), "the end of the killed child")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(UserError, match="'ministack' is missing"):
        Emulator().start()


def test_has_no_client_unless_it_runs() -> None:
    """A client of a stopped emulator might reach another process at its port."""
    with pytest.raises(UserError, match="not running"):
        Emulator().client("sqs")
    with pytest.raises(UserError, match="not running"):
        _ = Emulator().pid


def test_clients_ignore_the_users_settings(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile, an endpoint or keys in the user's environment change nothing."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    with closing(Clients(emulator.url, emulator.key)) as clients:
        assert clients.get("sts").get_caller_identity()["Account"] == "000000000000"


def test_functions_see_nothing_of_the_users_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator's environment, which functions inherit, has nothing of the user's."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    environment = Emulator().environment()
    assert {"AWS_SECRET_ACCESS_KEY", "PYTHONPATH"}.isdisjoint(environment)
    assert environment["HOME"] != os.environ["HOME"]


def test_reset_removes_everything() -> None:
    """After a reset it is as after a start."""
    with Emulator() as emulator:
        emulator.client("sqs").create_queue(QueueName="short-lived")
        emulator.reset()
        assert not emulator.client("sqs").list_queues().get("QueueUrls")
        assert emulator.emails() == []


def test_keeps_state_and_port_from_stop_to_start(tmp_path: Path) -> None:
    """With a folder for its state a restart has the resources and the messages that it had."""
    emulator = Emulator(state_dir=tmp_path)
    with emulator:
        url = emulator.client("sqs").create_queue(QueueName="kept")["QueueUrl"]
        emulator.client("sqs").send_message(QueueUrl=url, MessageBody="still here")
    with emulator:
        assert (
            emulator.client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"]
            == "still here"
        )


def test_dies_with_a_killed_parent() -> None:
    """Even a parent that cannot clean up any more leaves no process and no folder."""
    command = [sys.executable, "-c", _PARENT]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:  # noqa: S603 (a constant)
        assert parent.stdout is not None
        pid, folder = parent.stdout.readline().split()
        assert members_of_group(int(pid)) != []
        parent.send_signal(signal.SIGKILL)
    eventually(
        lambda: members_of_group(int(pid)) == [] and not Path(folder).exists(),
        "emulator gone",
    )


def test_guard_stands_in_front(emulator: Emulator) -> None:
    """The running emulator refuses a foreign page's request."""
    headers = {"Origin": "https://evil.example"}
    assert httpx.post(f"{emulator.url}/_ministack/reset", headers=headers).status_code == 403


def test_folder_is_private(emulator: Emulator) -> None:
    """Nobody else can look into the folder, or make it first."""
    assert emulator.directory.stat().st_mode & 0o077 == 0
    assert emulator.directory.parent == Path(tempfile.gettempdir())
