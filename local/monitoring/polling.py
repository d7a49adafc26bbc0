"""A thread that polls the emulator, from `start` to `stop`."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

# A call takes several requests, and a busy emulator seconds for each of them.
_STOP_SECONDS = 0.5


class Polling:
    """Calls a function again and again in a thread; an emulator that is away does not end it."""

    def __init__(self, name: str, poll: Callable[[], object], *, seconds: float) -> None:
        """Describe the thread.

        Args:
            name: The thread's name.
            poll: What is called.
            seconds: The time before each call.
        """
        self._name = name
        self._poll = poll
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Call the function from now on."""
        self._stop = threading.Event()  # a thread that was left behind keeps its own
        self._thread = threading.Thread(
            target=self._run, args=(self._stop,), name=self._name, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop after a call that runs, or leave it behind; does nothing where it is stopped."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(_STOP_SECONDS)
        self._thread = None

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(self._seconds):
            try:
                self._poll()
            except (BotoCoreError, ClientError, UserError) as error:
                # The emulator restarts, or ends together with this process.
                _log.debug("The poll '%s' has failed: %s", self._name, error)
