"""Rollback: returns the alias `live` of each function to the version before the last release."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orderctl.cli_support import WRONG_USAGE
from release.versions.aliases import Record, percent
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from release.versions.aliases import Aliases, Function

_FIRST = "1"


@dataclass(frozen=True, kw_only=True)
class Move:
    """The return of one function to a version."""

    function: Function
    version: str
    rejected: str
    """The version that nothing returns to afterwards."""

    def __str__(self) -> str:
        """What changes: `email 7 -> 6`, or `email 7 -> 6 (it had 10 %)`."""
        function = self.function
        if function.candidate and function.live == self.version:
            return (
                f"{function.package} {function.candidate} -> {self.version} (it had "
                f"{percent(function.weight)})"
            )
        return f"{function.package} {self.rejected} -> {self.version}"


def plan(aliases: Aliases, functions: Sequence[Function]) -> list[Move]:
    """Return what a rollback changes: nothing for functions that the last release left alone.

    While a canary is in progress, a function whose version before is not known is left alone: it
    must not keep the others from returning.

    Raises:
        UserError: a function's version before the last release is not known.
    """
    moves = [move for function in functions if (move := _move(function)) is not None]
    if any(function.candidate for function in functions):
        return [move for move in moves if move.version]
    unknown = [move.function for move in moves if not move.version]
    if unknown:
        raise UserError(" ".join(_unknown(aliases, function) for function in unknown))
    return moves


def _move(function: Function) -> Move | None:
    """Return how a function is rolled back; without a version where that is not known."""
    record, live = function.record, function.live
    if function.candidate:
        return Move(function=function, version=live, rejected=function.candidate)
    if record is None:
        return None if live == _FIRST else Move(function=function, version="", rejected=live)
    if record.pending:
        # A deployment is under way, or has ended early: only its own changes are undone.
        if live == record.pending:
            return None
        return Move(function=function, version=record.pending, rejected=live)
    if live == record.previous:
        return None
    known = live in (record.replaced_by, record.rolled_back)
    return Move(function=function, version=record.previous if known else "", rejected=live)


def _unknown(aliases: Aliases, function: Function) -> str:
    versions = ", ".join(aliases.versions(function)[-5:])
    return (
        f"The version of {function.package} before {function.live} is not recorded, because it was "
        "not released with `make deploy`; nothing was changed. Name it with: rollback --to "
        f"{function.package}=VERSION; its last versions are {versions}."
    )


def plan_to(
    aliases: Aliases, functions: Sequence[Function], versions: Mapping[str, str]
) -> list[Move]:
    """Return what a rollback of single functions to named versions changes.

    Raises:
        UserError: there is no such function or version, or it was rolled back.
    """
    by_package = {function.package: function for function in functions}
    moves = []
    for package, version in versions.items():
        function = by_package.get(package)
        if function is None:
            raise UserError(
                f"Unknown function '{package}'; must be one of: {', '.join(by_package)}.",
                exit_code=WRONG_USAGE,
            )
        if version not in (existing := aliases.versions(function)):
            raise UserError(
                f"{function.name} has no version '{version}'; its versions are "
                f"{', '.join(existing)}.",
                exit_code=WRONG_USAGE,
            )
        if function.record and function.record.rolled_back == version:
            raise UserError(
                f"Version {version} of {package} was rolled back; nothing returns to it. Deploy a "
                "fix instead.",
                exit_code=WRONG_USAGE,
            )
        if function.candidate or function.live != version:
            rejected = function.candidate or function.live
            moves.append(Move(function=function, version=version, rejected=rejected))
    return moves


def run(
    aliases: Aliases,
    functions: Sequence[Function],
    moves: Sequence[Move],
    report: Callable[[str], None] = lambda _: None,
) -> None:
    """Record what is rolled back, then do it; an interrupted rollback continues with the rest.

    The records come first, so that no canary continues what is being rolled back.
    """
    by_package = {move.function.package: move for move in moves}
    marked = {
        function.package: aliases.write(function, record)
        for function in functions
        if (record := _rolled_back(function, by_package.get(function.package))) is not None
    }
    for package, move in by_package.items():
        aliases.point(marked[package], move.version)
        report(f"  {move}")


def _rolled_back(function: Function, move: Move | None) -> Record | None:
    """Return a function's record after a rollback; None for one without."""
    record = function.record
    if move is None:
        if record and record.pending:
            return replace(record, previous=record.pending, pending=None)
        return record
    return Record(
        previous=move.version,
        replaced_by=record.replaced_by if record else None,
        rolled_back=move.rejected,
    )
