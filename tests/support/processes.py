"""Processes, and the environment of a nested pytest."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_PROC = Path("/proc")


def outer_environment() -> dict[str, str]:
    """The environment for a nested pytest: without the variables of this one."""
    return {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV_"))
    }


def members_of_group(group: int) -> list[str]:
    """The IDs of the living processes of a process group."""
    processes = _from_proc() if (_PROC / "self" / "stat").exists() else _from_ps()
    return [
        pid for pid, state, pgid in processes if pgid == str(group) and not state.startswith("Z")
    ]


def _from_proc() -> list[tuple[str, str, str]]:
    """ID, state and group of every process, without `ps`."""
    processes = []
    for path in _PROC.glob("[0-9]*/stat"):
        try:
            # The name in parentheses may hold any character.
            state, _parent, group = path.read_text().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        processes.append((path.parent.name, state, group))
    return processes


def _from_ps() -> list[tuple[str, str, str]]:
    return [
        (pid, state, group)
        for pid, state, group in map(str.split, _ps("-A", "-o", "pid=,stat=,pgid="))
    ]


def _ps(*options: str) -> list[str]:
    command = ["/bin/ps", *options]
    listing = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ps
    return listing.stdout.splitlines()


def started_with(text: str) -> list[str]:
    """The IDs of the processes that have a text, such as a folder, in their environment."""
    if not (_PROC / "self" / "environ").exists():
        return [line.split()[0] for line in _ps("-axEww", "-o", "pid=,command=") if text in line]
    ids = []
    for path in _PROC.glob("[0-9]*/environ"):
        try:
            if text.encode() in path.read_bytes():
                ids.append(path.parent.name)
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue  # it ended meanwhile, or is another user's
    return ids
