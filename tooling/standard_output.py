"""Standard output that cannot be written ends a command line with one sentence and exit code 1."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable


def run(command: Callable[[], object], report: Callable[[str], object]) -> None:
    """Run a command line that prints to standard output.

    Args:
        command: The command line, as Typer calls it.
        report: Prints a sentence to standard error.

    Raises:
        SystemExit: the command's own, or with exit code 1 where its output cannot be written.
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
        # Typer replaces standard output after a broken pipe, and reports nothing.
        if sys.stdout is not output:
            fail(report, "The output cannot be written: Broken pipe.")
        try:
            output.flush()
        except OSError as error:
            fail(report, f"The output cannot be written: {error.strerror or error}.")
        raise end from None


def report(sentence: str) -> None:
    """Print a sentence to standard error, if that is open."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(sentence, file=sys.stderr)  # noqa: T201 (the purpose of this function)


def fail(report: Callable[[str], object], sentence: str) -> NoReturn:
    """Report a sentence, and end with exit code 1 without another attempt to write the output."""
    report(sentence)
    with suppress(OSError, ValueError, AttributeError):  # standard output may be closed or None
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.__stdout__.fileno())  # type: ignore[union-attr] # suppressed
    sys.exit(1)
