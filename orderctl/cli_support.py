"""Shared by all commands: options, error sentences, durations, timestamps, printable text."""

from __future__ import annotations

import os
import re
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

import tooling.errors
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    # Called with the number of messages or orders that were processed.
    Progress = Callable[[int], None]

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 128 + signal.SIGINT

SOME_IN_FLIGHT = "Some messages are in flight; retry."
_RESUMABLE = "completed steps are kept; run the same command again for the rest."

# An environment variable; where it is set, an unexpected error ends in a traceback.
TRACEBACK = "ORDERCTL_TRACEBACK"

# Longer than any ID; a table, a queue or a log may hold anything.
_MAX_TEXT = 200

_DURATION = re.compile(r"([0-9]{1,5})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

StackName = Annotated[
    str | None, typer.Option("--stack", help="A Pulumi stack, whose outputs are read.")
]
OutputsFile = Annotated[
    str | None,
    typer.Option("--outputs", help="A file with a stack's outputs as JSON; - for standard input."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done; do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The object of the commands' context, for programs that run them themselves."""

    connect: Callable[[Any], Any] | None = None
    """Takes `Outputs` and returns a `Stack`; replaces `stack.connect`."""
    interactive: bool | None = None
    """Whether questions can be answered; None if standard input decides."""


def is_interactive(context: typer.Context) -> bool:
    """Whether somebody can answer a question."""
    interactive = context.ensure_object(Settings).interactive
    return sys.stdin is not None and sys.stdin.isatty() if interactive is None else interactive


def require_answer(context: typer.Context, *, yes: bool, dry_run: bool) -> None:
    """Refuse a command that would ask for confirmation where nobody can answer.

    Raises:
        UserError: `--yes` is needed.
    """
    if not (yes or dry_run or is_interactive(context)):
        raise UserError("Not a terminal: pass --yes to confirm.", exit_code=WRONG_USAGE)


def aws_error(error: Exception) -> str | None:
    """Describe an AWS error or a network failure in one sentence; None for any other error."""
    from botocore.exceptions import (  # noqa: PLC0415 (it would slow down --help)
        BotoCoreError,
        ClientError,
        ConnectionError,  # noqa: A004 (not the builtin one, but the SDK's)
        HTTPClientError,
    )

    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        # AWS names the action and the resource of a missing permission.
        message = details.get("Message") or "no reason given"
        return f"AWS refused {error.operation_name}: {message} ({details.get('Code')})"
    if isinstance(error, (ConnectionError, HTTPClientError)):
        return f"AWS could not be reached: {error}"
    return f"AWS was not called: {error}" if isinstance(error, BotoCoreError) else None


def unexpected_error(error: BaseException, program: str = "orderctl") -> str:
    """Describe an unexpected error in one sentence."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return f"{program} failed: {text[:500]}. Set {TRACEBACK}=1 to see the traceback."


def set_defaults(context: typer.Context, **options: Any) -> None:
    """Make options that stand before a command the defaults of the same options behind it."""
    set_options = {name: value for name, value in options.items() if value}
    context.default_map = _defaults(context.command, {**(context.default_map or {}), **set_options})


def _defaults(command: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    commands: Mapping[str, Any] = getattr(command, "commands", {})
    own = {name: value for name, value in options.items() if name not in commands}
    return {**own, **{name: _defaults(one, own) for name, one in commands.items()}}


def reporting(
    consequence: str = _RESUMABLE, *, program: str = "orderctl"
) -> AbstractContextManager[None]:
    """End a command with one sentence and its exit code instead of a traceback.

    Args:
        consequence: The state that a signal leaves; printed after "Interrupted" or "Terminated".
        program: The name in the sentence about an unexpected error.
    """

    def explain(error: Exception) -> tuple[str, int] | None:
        if isinstance(error, UserError):
            return str(error), error.exit_code
        if isinstance(error, typer.Abort):
            return f"\nInterrupted; {consequence}", INTERRUPTED
        if os.environ.get(TRACEBACK):
            return None
        return aws_error(error) or unexpected_error(error, program), FAILED

    return tooling.errors.reporting(consequence, explain, print_error)


def print_error(sentence: str) -> None:
    """Print to standard error: masked, without control characters, red on a terminal."""
    from handlers.common.masking import mask  # noqa: PLC0415 (it would slow down --help)

    colour = None if os.environ.get("NO_COLOR") else typer.colors.RED
    with suppress(OSError):  # standard error is closed
        typer.secho(mask(printable(sentence, keep="\n")), err=True, fg=colour)


def duration(text: str) -> timedelta:
    """Parse a duration: `90m`, `2h`, `1d`."""
    if match := _DURATION.fullmatch(text):
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    raise UserError(f"'{text}' is not a valid duration: write 90m, 2h, 1d.", exit_code=WRONG_USAGE)


def timestamp(text: str) -> datetime:
    """Parse a timestamp: `2026-01-15T10:00:00Z`, or how long ago, `2h`."""
    if _DURATION.fullmatch(text):
        return datetime.now(UTC) - duration(text)
    with suppress(ValueError, OverflowError):
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            return time.astimezone(UTC)
    raise UserError(
        f"'{text}' is not a valid timestamp: write 2026-01-15T10:00:00Z (with Z or an offset), "
        "or how long ago: 90m, 2h, 1d.",
        exit_code=WRONG_USAGE,
    )


def time_range(since: str, until: str) -> tuple[datetime, datetime]:
    """Parse two timestamps, of which the first must be the earlier one."""
    end, start = timestamp(until), timestamp(since)
    if start >= end:
        raise UserError("--since must be before --until.", exit_code=WRONG_USAGE)
    return start, end


def plural(count: int, noun: str) -> str:
    """Return a number of things: `1 order`, `2 orders`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def printable(text: str, *, keep: str = "") -> str:
    """Replace the characters that control a terminal, except for those to `keep`."""
    return "".join(
        char if char.isprintable() or char in keep else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def masked(value: Any, *, max_length: int = _MAX_TEXT) -> str:
    """Return a value from a table, queue or log for display: masked, on one line, truncated."""
    from handlers.common.masking import (  # noqa: PLC0415 (it would slow down --help)
        LONGEST_ADDRESS,
        mask,
    )

    text = mask(" ".join(str(value)[: max_length + LONGEST_ADDRESS].split()))
    return text if len(text) <= max_length else f"{text[:max_length]}..."
