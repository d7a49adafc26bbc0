"""Standard output that cannot be written: one sentence instead of a traceback, for every command line here."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def run(command: Callable[[], object], report: Callable[[str], object]) -> None:
    """Run a command line that prints; if standard output does not take it, report that and end with exit code 1.

    Args:
        command: The command line, as Typer calls it.
        report: Prints a sentence to standard error.
    """
    output = sys.stdout
    if output is None:
        _end(report, "Standard output is closed.")
    try:
        command()
    except OSError as error:
        if error.filename is not None:  # it is about a file
            raise
        _end(report, f"The output cannot be written: {error.strerror or error}.")
    except SystemExit as end:
        # Typer takes the place of a pipe that nobody reads any more, and says nothing about it.
        if sys.stdout is not output:
            _end(report, "The output cannot be written: Broken pipe.")
        try:
            output.flush()
        except OSError as error:
            _end(report, f"The output cannot be written: {error.strerror or error}.")
        raise end from None


def discard() -> None:
    """Forget what standard output has not taken, or the interpreter would try again at its end."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr] # suppressed


def _end(report: Callable[[str], object], sentence: str) -> None:
    report(sentence)
    discard()
    sys.exit(1)
