"""What every command stands in: its options, the stack that is meant, and an end in one sentence."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from local.interrupts import interruptible
from orderctl import errors
from orderctl.errors import FAILED, OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderctl.stack import Stack

INTERRUPTED = 128 + signal.SIGINT
_DONE_STAYS_DONE = "what was done stays done, and the same command, run again, does the rest."

StackName = Annotated[str | None, typer.Option("--stack", help="A stack of the Pulumi CLI's, whose outputs are read.")]
Outputs = Annotated[
    str | None, typer.Option("--outputs", help="A file with a stack's outputs as JSON; - for standard input.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and do nothing.")]


@contextmanager
def reporting() -> Iterator[None]:
    """End a command with one sentence and its exit code instead of a traceback."""
    try:
        with interruptible(_DONE_STAYS_DONE):
            yield
    except OperatorError as error:
        _end(str(error), error.exit_code)
    except typer.Abort:
        _end(f"\nInterrupted; {_DONE_STAYS_DONE}", INTERRUPTED)
    except Exception as error:
        if (said := errors.sentence(error)) is None:
            raise
        _end(said, FAILED)


def connect(stack: str | None, outputs: str | None) -> Stack:
    """Return the stack that is meant."""
    from orderctl import outputs as places  # noqa: PLC0415 (they take longer to import than --help may)
    from orderctl import stack as connections  # noqa: PLC0415 (as above)

    return connections.connect(places.find(stack=stack, file=outputs))


def _end(sentence: str, code: int) -> NoReturn:
    from handlers.shared.masking import mask  # noqa: PLC0415 (it takes longer to import than --help may)

    typer.echo(mask(sentence), err=True)
    raise typer.Exit(code)
