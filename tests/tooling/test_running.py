"""The running local stack: its lock and its outputs."""

from __future__ import annotations

import fcntl
import json
import threading
from typing import TYPE_CHECKING

import pytest

from tooling.errors import UserError
from tooling.running import RunningStack

if TYPE_CHECKING:
    from pathlib import Path


def test_outputs_are_there_while_the_stack_runs(tmp_path: Path) -> None:
    """This user alone can read the outputs, and only while the stack runs."""
    running = RunningStack(tmp_path)
    with running.lock():
        running.publish({"ordersUrl": "http://x/orders"})
        file = tmp_path / ".local" / "outputs.json"
        assert file.stat().st_mode & 0o777 == 0o600
        assert RunningStack(tmp_path).outputs() == {"ordersUrl": "http://x/orders"}
    assert not file.exists()
    with pytest.raises(UserError, match=r"^No local stack is running"):
        running.outputs()


def test_no_outputs_before_the_first_stack(tmp_path: Path) -> None:
    """Without a stack there is an error."""
    with pytest.raises(UserError, match=r"^No local stack is running"):
        RunningStack(tmp_path).outputs()


def test_a_second_stack_is_refused(tmp_path: Path) -> None:
    """The error says what to do, and the first stack's outputs stay."""
    with RunningStack(tmp_path).lock():
        RunningStack(tmp_path).publish({"a": 1})
        with pytest.raises(UserError, match="already running"), RunningStack(tmp_path).lock():
            raise AssertionError
        assert RunningStack(tmp_path).outputs() == {"a": 1}


def test_a_stack_starts_beside_commands_that_look_for_one(tmp_path: Path) -> None:
    """A command that looks whether a stack runs has the lock for a moment, and refuses none."""
    (tmp_path / ".local").mkdir()
    with (tmp_path / ".local" / "lock").open("a") as command:
        fcntl.flock(command, fcntl.LOCK_EX)
        threading.Timer(0.1, fcntl.flock, [command, fcntl.LOCK_UN]).start()
        with RunningStack(tmp_path).lock():
            RunningStack(tmp_path).publish({"a": 1})


def test_files_of_a_killed_stack_are_ignored(tmp_path: Path) -> None:
    """The files of a killed stack are no running stack, and the next one can start."""
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "lock").touch()
    (tmp_path / ".local" / "outputs.json").write_text(json.dumps({"old": True}), encoding="utf-8")
    with pytest.raises(UserError, match=r"^No local stack is running"):
        RunningStack(tmp_path).outputs()
    with RunningStack(tmp_path).lock(), pytest.raises(UserError):
        RunningStack(tmp_path).outputs()
