"""The first signal handlers of a command line: the process ends at once, with exit code 130 (SIGINT) or 143 (SIGTERM).

This module imports `os` and `signal` alone, so that the handlers are there before everything else is imported.
"""

import os
import signal

ALL_STOPPED = "everything that was started is stopped."
NAMES = {signal.SIGINT: "Interrupted", signal.SIGTERM: "Terminated"}


def exit_at_once(consequence: str) -> None:
    """Let a signal end the process at once, for as long as nothing has been started.

    An exception would come out of whichever module is half imported.

    Args:
        consequence: The state that the signal leaves; printed after "Interrupted" or "Terminated".
    """

    def end(number: int, _frame: object) -> None:
        os.write(2, f"\n{sentence(number, consequence)}\n".encode())
        os._exit(128 + number)

    for number in NAMES:
        signal.signal(number, end)


def sentence(number: int, consequence: str) -> str:
    """Return what a signal has led to."""
    return f"{NAMES[signal.Signals(number)]}; {consequence}"
