"""SIGINT (Ctrl-C) and SIGTERM: exit code 130 or 143 at any time, and no cleanup is cut short.

`tooling.entry` has the handlers for the time before anything is imported.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tooling.entry import NAMES, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

# A second signal within this time is ignored, so that it does not end the cleanup after the first.
# A later one counts again, in case a library has swallowed the first.
_CLEANUP_SECONDS = 15.0

_raised_at = float("-inf")


class SignalExit(SystemExit):
    """A signal ends the process, with the exit code that shells use for it.

    It is no KeyboardInterrupt. After a KeyboardInterrupt has passed through `exec` or `eval` of a
    string, as in every definition of a dataclass, CPython ends by the signal itself; and Click
    gives it an exit code of its own.
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = signal.Signals(number)


@contextmanager
def interruptible(consequence: str) -> Iterator[None]:
    """Raise `SignalExit` at a signal within the block, and print its sentence after the cleanup."""
    if not _in_main_thread():
        yield
        return
    previous = {number: signal.getsignal(number) for number in NAMES}
    hook, sys.unraisablehook = sys.unraisablehook, _raise_again
    try:
        for number in NAMES:
            signal.signal(number, _raise)
        yield
    except (SignalExit, KeyboardInterrupt) as error:
        end = error if isinstance(error, SignalExit) else SignalExit(signal.SIGINT)
        sys.stderr.write(f"\n{sentence(end.number, consequence)}\n")
        sys.stderr.flush()
        raise end from error
    finally:
        sys.unraisablehook = hook
        for number, handler in previous.items():
            signal.signal(number, handler or signal.SIG_DFL)


@contextmanager
def deferred() -> Iterator[None]:
    """Let a signal that comes within the block take effect at its end."""
    if not _in_main_thread():
        yield
        return
    numbers: list[int] = []
    previous = {
        number: signal.signal(number, lambda number, _frame: numbers.append(number))
        for number in NAMES
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler or signal.SIG_DFL)
    for first in numbers[:1]:
        signal.raise_signal(first)


def _in_main_thread() -> bool:
    """Whether this is the one thread that signals go to."""
    return threading.current_thread() is threading.main_thread()


def _raise(number: int, _frame: FrameType | None) -> None:
    global _raised_at  # noqa: PLW0603 (a process has one set of handlers)
    now = time.monotonic()
    if now - _raised_at >= _CLEANUP_SECONDS:
        _raised_at = now
        raise SignalExit(number)


def _raise_again(ignored: sys.UnraisableHookArgs) -> None:
    """Send a signal again that came where Python ignores exceptions, as in a weakref's callback."""
    global _raised_at  # noqa: PLW0603 (a process has one set of handlers)
    if not isinstance(ignored.exc_value, SignalExit):
        sys.__unraisablehook__(ignored)
        return
    _raised_at = float("-inf")
    main = threading.main_thread().ident
    # A moment later, because the exception would be ignored in here as well.
    again = threading.Timer(0.01, signal.pthread_kill, (main, ignored.exc_value.number))
    again.daemon = True
    again.start()
