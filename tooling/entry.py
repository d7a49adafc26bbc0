"""Entry point of every command line: a signal has its exit code from the first import on.

The exit code is 130 after SIGINT and 143 after SIGTERM. This module imports `os` and `signal`
alone, so that its handlers are installed before anything else is imported.
"""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False  # an import of `typing` would come before the handlers
if TYPE_CHECKING:
    from collections.abc import Callable

ALL_STOPPED = "everything that was started is stopped."
NAMES = {signal.SIGINT: "Interrupted", signal.SIGTERM: "Terminated"}


def run(
    command: Callable[[], object],
    consequence: str,
    report: Callable[[str], object] | None = None,
) -> None:
    """Run a command line, and ignore signals after its end: Python restores the default handlers.

    Args:
        command: Imports the command line and calls it.
        consequence: The state that a signal leaves before the command handles signals itself.
        report: Prints a sentence to standard error; None for plain text.
    """
    exit_at_once(consequence)
    from tooling import standard_output  # noqa: PLC0415 (the handlers come first)

    try:
        standard_output.run(command, report or standard_output.report)
    finally:
        for number in NAMES:
            signal.signal(number, signal.SIG_IGN)


def exit_at_once(consequence: str) -> None:
    """Let a signal end the process at once, for as long as nothing has been started.

    An exception would be raised in a module that is half imported.
    """

    def end(number: int, _frame: object) -> None:
        os.write(2, f"\n{sentence(number, consequence)}\n".encode())
        os._exit(128 + number)

    for number in NAMES:
        signal.signal(number, end)


def sentence(number: int, consequence: str) -> str:
    """Return the signal's name and what it has led to."""
    return f"{NAMES[signal.Signals(number)]}; {consequence}"
