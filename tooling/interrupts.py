"""Ctrl-C (SIGINT) and SIGTERM: the exit code is 130 or 143 whenever they come, and no cleanup is cut short.

`tooling.exit_codes` has the handlers for the time before anything is imported.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tooling.exit_codes import NAMES, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

# A second Ctrl-C within this time belongs to the first, whose cleanup it must not end. One that comes later counts
# again, in case a library has swallowed the first.
_CLEANUP_SECONDS = 15.0

_raised_at = float("-inf")


class SignalExit(SystemExit):
    """A signal ends the process, with the exit code that shells use for it.

    It is no KeyboardInterrupt: CPython ends by the signal itself, whatever the exit code, after a KeyboardInterrupt
    has passed through `exec` or `eval` of a string, as in every dataclass that is defined. And Click turns it into an
    exit code of its own.
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = signal.Signals(number)


def run(command: Callable[[], object]) -> None:
    """Run a command line whose handlers are installed, and ignore what comes after its end.

    The interpreter takes a while to end, and restores the default handlers before it does.
    """
    try:
        command()
    finally:
        for number in NAMES:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def interruptible(consequence: str) -> Iterator[None]:
    """Raise `SignalExit` when a signal comes within the block, so that what was started is stopped; then print why."""
    if (
        threading.current_thread() is not threading.main_thread()
    ):  # signals go to the main thread only
        yield
        return
    before = {number: signal.getsignal(number) for number in NAMES}
    hook, sys.unraisablehook = sys.unraisablehook, _raise_again
    try:
        _install(_raise)
        yield
    except (SignalExit, KeyboardInterrupt) as error:
        ended = error if isinstance(error, SignalExit) else SignalExit(signal.SIGINT)
        sys.stderr.write(f"\n{sentence(ended.number, consequence)}\n")
        sys.stderr.flush()
        raise ended from error
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


@contextmanager
def deferred() -> Iterator[None]:
    """Let a signal that comes within the block take effect at its end."""
    if (
        threading.current_thread() is not threading.main_thread()
    ):  # signals go to the main thread only
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _frame: came.append(number))
        for number in NAMES
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
    for first in came[:1]:
        signal.raise_signal(first)


def _raise(number: int, _frame: FrameType | None) -> None:
    global _raised_at  # noqa: PLW0603 (a process has one set of handlers)
    now = time.monotonic()
    if now - _raised_at >= _CLEANUP_SECONDS:
        _raised_at = now
        raise SignalExit(number)


def _raise_again(ignored: sys.UnraisableHookArgs) -> None:
    """Send a signal once more that came where Python ignores exceptions, such as in a weak reference's callback."""
    global _raised_at  # noqa: PLW0603 (as above)
    if not isinstance(ignored.exc_value, SignalExit):
        sys.__unraisablehook__(ignored)
        return
    _raised_at = float("-inf")
    main = threading.main_thread().ident
    # A moment later, because the exception would be ignored in here as well.
    again = threading.Timer(0.01, signal.pthread_kill, (main, ignored.exc_value.number))
    again.daemon = True
    again.start()


def _install(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in NAMES:
        signal.signal(number, handler)
