"""Standard output that cannot be written: one sentence instead of a traceback, for every command line here."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

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
        fail(report, "Standard output is closed.")
    try:
        command()
    except OSError as error:
        if error.filename is not None:  # it is about a file
            raise
        fail(report, f"The output cannot be written: {error.strerror or error}.")
    except SystemExit as end:
        # Typer takes the place of a pipe that nobody reads any more, and says nothing about it.
        if sys.stdout is not output:
            fail(report, "The output cannot be written: Broken pipe.")
        try:
            output.flush()
        except OSError as error:
            fail(report, f"The output cannot be written: {error.strerror or error}.")
        raise end from None


def fail(report: Callable[[str], object], sentence: str) -> NoReturn:
    """Report a sentence, and end with exit code 1 without another attempt at what standard output has not taken."""
    report(sentence)
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr] # suppressed
    sys.exit(1)
