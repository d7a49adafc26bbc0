"""The running local stack: a lock, and its outputs in `.local/outputs.json`."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, Final

from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A command that looks for a running stack has the lock for a moment.
_LOCK_SECONDS: Final = 0.5
_POLL_SECONDS: Final = 0.02


class RunningStack:
    """The local stack of a repository, of which one can run at a time.

    The system releases the lock when its process ends, so a file left behind is no running stack.
    """

    def __init__(self, root: Path) -> None:
        self.folder = root / ".local"
        self._outputs = self.folder / "outputs.json"

    def state(self, stack: str) -> Path:
        """Return where a stack's data is kept from run to run."""
        return self.folder / "state" / stack

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the running stack within the block.

        Raises:
            UserError: another process is.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with (self.folder / "lock").open("a") as lock:
            if not _locked_soon(lock):
                raise UserError(
                    "A local stack is already running; use it (python -m local outputs), "
                    "or stop it with Ctrl-C first."
                )
            self._outputs.unlink(missing_ok=True)
            try:
                yield
            finally:
                self._outputs.unlink(missing_ok=True)

    def publish(self, outputs: dict[str, Any]) -> None:
        """Write the outputs with the access key: atomically, and for this user only."""
        draft = self._outputs.with_suffix(".new")
        draft.unlink(missing_ok=True)  # a killed run may have left it, with other permissions
        with os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            json.dump(outputs, file, indent=2, sort_keys=True)
        draft.replace(self._outputs)

    def outputs(self) -> dict[str, Any]:
        """Return the running stack's outputs.

        Raises:
            UserError: none is running.
        """
        if self._is_locked():
            with suppress(FileNotFoundError):
                return dict(json.loads(self._outputs.read_text(encoding="utf-8")))
        raise UserError("No local stack is running; start one with 'make local'.")

    def _is_locked(self) -> bool:
        path = self.folder / "lock"
        if not path.exists():
            return False
        with path.open("a") as lock:
            return not _lock(lock)


def _locked_soon(file: IO[str]) -> bool:
    deadline = time.monotonic() + _LOCK_SECONDS
    while not (is_locked := _lock(file)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return is_locked


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
