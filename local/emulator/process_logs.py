"""Complete logs of invocations: what a function's process has written until it responded.

The emulator waits 0.05 seconds for the first line and 0.005 for each further one. On a busy machine
that is not enough, and the lines would be in the log of the next invocation. A process writes its
lines before its response, so they are in the pipe by then.

Imported in the emulator's process alone.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import select
import struct
import termios
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ministack.core import lambda_runtime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

_CHUNK = 65_536
# How long the log of a process that was killed is awaited: a process that it started may go on.
_END_SECONDS = 0.25
# While the thread that reads the pipe has not begun to.
_POLL_SECONDS = 0.0005


class LoggedWorker(lambda_runtime.Worker):  # type: ignore[misc] # the emulator has no types
    """A process of a function, whose log is read without waiting for what may come."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Held from reading the pipe until its lines are in the queue.
        self._reading = threading.Lock()

    def _read_stderr(self) -> None:
        """Put the lines of the process into the queue, until it ends."""
        lines = self._stderr_queue
        # A copy, because the emulator may close its own meanwhile, and another file get the number.
        with (
            suppress(AttributeError, ValueError),
            os.fdopen(os.dup(self._proc.stderr.fileno()), "rb", buffering=0) as pipe,
        ):
            for line in self._lines(pipe):
                lines.put(line)

    def _lines(self, pipe: FileIO) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        rest = ""
        # `select` refuses file descriptors above 1023, which the pipes of some 250 processes reach.
        readable = select.poll()
        readable.register(pipe, select.POLLIN)
        while True:
            readable.poll()
            with self._reading:
                chunk = pipe.read(_CHUNK)
                *complete, rest = (rest + decoder.decode(chunk, final=not chunk)).split("\n")
                yield from complete
                if not chunk:
                    yield from filter(None, [rest])
                    return

    def _drain_stderr_bounded(self, **_options: float) -> str:
        """Return the log of an invocation that has ended."""
        if self._proc is None:  # the emulator has killed the process
            self._stderr_thread.join(_END_SECONDS)
        else:
            while self._has_unread_log():
                time.sleep(_POLL_SECONDS)
        return str(self._drain_stderr())

    def _has_unread_log(self) -> bool:
        if not self._stderr_thread.is_alive():
            return False
        with self._reading:
            unread = fcntl.ioctl(self._proc.stderr, termios.FIONREAD, bytes(4))
        return bool(struct.unpack("i", unread)[0])
