"""What every command stands in: its options, the stack that is meant, and an end in one sentence."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

import tooling.errors
from orderctl import errors
from orderctl.errors import FAILED, OperatorError
from orderctl.words import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from orderctl.stack import Stack

INTERRUPTED = 128 + signal.SIGINT
_DONE_STAYS_DONE = "what was done stays done, and the same command, run again, does the rest."

StackName = Annotated[
    str | None, typer.Option("--stack", help="A stack of the Pulumi CLI's, whose outputs are read.")
]
Outputs = Annotated[
    str | None,
    typer.Option("--outputs", help="A file with a stack's outputs as JSON; - for standard input."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and do nothing.")]


def give_to_commands(context: typer.Context, **options: Any) -> None:
    """Make options that stand before a command the defaults of the same options behind it."""
    given = {name: value for name, value in options.items() if value}
    context.default_map = _defaults(context.command, {**(context.default_map or {}), **given})


def _defaults(command: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    commands: Mapping[str, Any] = getattr(command, "commands", {})
    own = {name: value for name, value in options.items() if name not in commands}
    return {**own, **{name: _defaults(one, own) for name, one in commands.items()}}


def reporting() -> AbstractContextManager[None]:
    """End a command with one sentence and its exit code instead of a traceback."""
    return tooling.errors.reporting(_DONE_STAYS_DONE, _explain, print_error)


def _explain(error: Exception) -> tuple[str, int] | None:
    if isinstance(error, OperatorError):
        return str(error), error.exit_code
    if isinstance(error, typer.Abort):
        return f"\nInterrupted; {_DONE_STAYS_DONE}", INTERRUPTED
    if os.environ.get(errors.TRACEBACK):
        return None
    return errors.sentence(error) or errors.fault(error), FAILED


def connect(stack: str | None, outputs: str | None) -> Stack:
    """Return the stack that is meant."""
    from orderctl import outputs as places  # noqa: PLC0415 (they take longer to import than --help may)
    from orderctl import stack as connections  # noqa: PLC0415 (as above)

    return connections.connect(places.find(stack=stack, file=outputs))


def print_error(sentence: str) -> None:
    """Print a sentence to standard error: masked, without a terminal's control characters, red on a terminal."""
    from handlers.common.masking import mask  # noqa: PLC0415 (it takes longer to import than --help may)

    colour = None if os.environ.get("NO_COLOR") else typer.colors.RED
    with suppress(OSError):  # standard error is closed
        typer.secho(mask(printable(sentence, keep="\n")), err=True, fg=colour)
