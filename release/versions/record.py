"""The record of the versions before a release: begun before `pulumi up`, completed after it.

A deployment that changes no function keeps the record of the release before it. Functions that a
deployment leaves as they are are written first: an interrupted write is completed by the next one,
and a rollback in between knows which functions to leave alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.versions.aliases import Record
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.versions.aliases import Aliases, Function


def begin(aliases: Aliases) -> list[Function]:
    """Record the live versions of all functions as those before a deployment.

    After a deployment that ended within `pulumi up`, or beside one that runs, its record stays:
    the functions that it has moved return to the versions before it.

    Raises:
        UserError: a canary is in progress.
    """
    functions = aliases.read()
    if divided := [function for function in functions if function.candidate]:
        raise UserError(
            f"A canary is in progress: {listed(divided)}. Complete it with `release canary`, or "
            "return to the old versions with `release rollback`."
        )
    return [aliases.write(function, _begun(function)) for function in functions]


def _begun(function: Function) -> Record:
    record = function.record or Record(previous=function.recorded_live)
    return replace(record, pending=record.pending or function.recorded_live)


def complete_update(aliases: Aliases, functions: Sequence[Function]) -> list[Function]:
    """Complete the record after Pulumi has moved the aliases; return the released functions."""
    begun = [function for function in functions if function.record and function.record.pending]
    moved = [
        function
        for function in begun
        if function.record and function.record.pending != function.live
    ]
    if not moved:
        abandon(aliases, functions)
        return []
    new = [function for function in functions if function.record is None]
    others = [function for function in begun if function not in moved]
    for function in [*new, *others, *moved]:
        before = function.record.pending if function.record else None
        aliases.write(function, _replaced(function, before or function.live, by=function.live))
    return moved


def complete_canary(aliases: Aliases, functions: Sequence[Function]) -> list[Function]:
    """Complete the record before a canary moves the first alias; return the functions with it."""
    by_change = sorted(functions, key=lambda each: each.live != each.published)
    written = {
        function.package: aliases.write(
            function,
            _replaced(function, function.recorded_live, by=function.published or function.live),
        )
        for function in by_change
    }
    return [written[function.package] for function in functions]


def _replaced(function: Function, previous: str, *, by: str) -> Record:
    rolled_back = function.record.rolled_back if function.record else None
    return Record(
        previous=previous,
        replaced_by=by,
        # It is released again, on purpose.
        rolled_back=None if rolled_back == by else rolled_back,
    )


def abandon(aliases: Aliases, functions: Sequence[Function]) -> None:
    """Take back the record of a deployment that has moved no alias."""
    for function in functions:
        if function.record:
            aliases.write(function, replace(function.record, pending=None))


def listed(functions: Sequence[Function]) -> str:
    """Return functions with their versions: `audit 4, email 6 with 10 % for 7`."""
    return ", ".join(map(str, functions))
