"""Recordings of programs, shared by tests and processes: a whole stack takes half a second."""

from __future__ import annotations

import fcntl
import hashlib
import pickle
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Recording = TypeVar("Recording")


class Recordings(Generic[Recording]):
    """Recordings by their keys, which name everything that decides about them."""

    def __init__(self) -> None:
        self._known: dict[str, Recording] = {}
        self._folder: Path | None = None

    def share(self, folder: Path) -> None:
        """Share recordings with the other processes that use the folder."""
        folder.mkdir(exist_ok=True)
        self._folder = folder

    def once(self, key: str, create: Callable[[], Recording]) -> Recording:
        """Return the recording of a key, which one process creates, and the others wait for."""
        if key not in self._known:
            self._known[key] = (
                create() if self._folder is None else self._shared(self._folder, key, create)
            )
        return self._known[key]

    def _shared(self, folder: Path, key: str, create: Callable[[], Recording]) -> Recording:
        with (folder / hashlib.sha256(key.encode()).hexdigest()).open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            if content := file.read():
                recording: Recording = pickle.loads(content)  # noqa: S301 - written by these tests
                return recording
            recording = create()
            file.write(pickle.dumps(recording))
            return recording
