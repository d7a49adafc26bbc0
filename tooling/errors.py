"""Errors that end a command with one sentence and an exit code instead of a traceback."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tooling.standard_output import report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class UserError(Exception):
    """An error that the user can act upon; its text is one sentence without internals."""

    def __init__(self, sentence: str, *, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def located(error: BaseException, folder: str) -> str:
    """Return the file and line below a folder where an error was raised, and the error.

    A syntax error has the place of the syntax.
    """
    places = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno))
    own = [(Path(name), line) for name, line in places if Path(name).is_relative_to(folder)]
    where = f"{own[-1][0].relative_to(folder)}, line {own[-1][1]}: " if own else ""
    cause = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{where}{type(error).__name__}: {cause}"


@contextmanager
def reporting(
    consequence: str,
    explain: Callable[[Exception], tuple[str, int] | None],
    report: Callable[[str], object] = report,
) -> Iterator[None]:
    """End a command with one sentence and its exit code.

    Args:
        consequence: The state that a signal leaves; printed after "Interrupted" or "Terminated".
        explain: Returns an error's sentence and exit code; None for an error that is raised on.
        report: Prints the sentence to standard error.

    Raises:
        typer.Exit: the command has failed.
        SignalExit: a signal has come.
    """
    import typer  # noqa: PLC0415 (the stack files' readers need no command line)

    from tooling.signals import interruptible  # noqa: PLC0415 (it needs no signals either)

    try:
        with interruptible(consequence):
            yield
    except typer.Exit:
        raise
    except Exception as error:
        explanation = explain(error)
        if explanation is None:
            raise
        sentence, exit_code = explanation
        report(sentence)
        raise typer.Exit(exit_code) from error
