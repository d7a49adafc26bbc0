"""Canary deployment: the alias `live` gives a new version more invocations, step by step.

The state of a canary is in the aliases, so a second run continues at the step that it finds. After
each step the stack's alarms judge the new versions for a time; one in ALARM rolls all back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from release.versions import record, rollback
from release.versions.aliases import percent
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from release.versions.alarms import Alarms, AlarmStates
    from release.versions.aliases import Aliases, Function
    from release.versions.traffic import Traffic

_POLL_SECONDS: Final = 10
_REPORT_SECONDS: Final = 60


class CanaryError(UserError):
    """An alarm has stopped a canary; all functions are back at their old versions."""


@dataclass(frozen=True, kw_only=True)
class Steps:
    """The steps of a canary, and how its time passes."""

    percentages: Sequence[int]
    bake_seconds: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


@dataclass(kw_only=True)
class Canary:
    """A release of the versions that Pulumi has published, with weights of the alias `live`."""

    aliases: Aliases
    alarms: Alarms
    traffic: Traffic
    steps: Steps
    report: Callable[[str], None]
    retry: bool = False
    """Whether versions that were rolled back are released again."""
    ignore_firing: bool = False
    """Whether alarms that are in ALARM at the start do not judge, until they were OK again."""
    _ignored: frozenset[str] = field(default=frozenset(), init=False)

    def run(self) -> bool:
        """Release what is published; return False where everything is live already.

        Raises:
            CanaryError: an alarm is in ALARM; all functions were rolled back.
            UserError: nothing was changed, because the versions or alarms do not allow a release.
        """
        functions = self.aliases.read()
        changing = [each for each in functions if each.candidate or each.live != _published(each)]
        resumed = any(function.candidate for function in functions)
        if not changing:
            record.abandon(self.aliases, functions)
            return False
        try:
            self._require_complete_rollback(functions)
            self._require_releasable(changing, resumed=resumed)
            self._require_no_alarm(resumed=resumed)
        except UserError:
            if not resumed:
                record.abandon(self.aliases, functions)
            raise
        if not resumed:
            completed = record.complete_canary(self.aliases, functions)
            packages = {function.package for function in changing}
            changing = [function for function in completed if function.package in packages]
        for number in range(self._next_step(changing), len(self.steps.percentages)):
            changing = self._step(number, changing)
            self._bake(changing)
        for function in changing:
            self.aliases.point(function, _published(function))
            self.report(f"  {function.package} {_published(function)} has all invocations")
        return True

    def _require_complete_rollback(self, functions: Sequence[Function]) -> None:
        for function in functions:
            rolled_back = function.record.rolled_back if function.record else None
            promoted = function.live == rolled_back and not self.retry
            if rolled_back and (function.candidate == rolled_back or promoted):
                raise UserError(
                    f"A rollback of {function.package} {rolled_back} was interrupted; complete it "
                    "with `release rollback`."
                )

    def _require_releasable(self, changing: Sequence[Function], *, resumed: bool) -> None:
        divided = [function for function in changing if function.candidate]
        for function in divided:
            if function.candidate != function.published:
                raise UserError(
                    f"{function.package} is in a canary of version {function.candidate}, and "
                    f"version {function.published} is published; run `release rollback`, then "
                    "`release canary`."
                )
        rejected = [
            function
            for function in changing
            if function.record and function.record.rolled_back == function.published
        ]
        if not resumed and not self.retry and len(rejected) == len(changing):
            versions = ", ".join(f"{each.package} {each.published}" for each in rejected)
            raise UserError(
                f"Nothing was released: {versions} was rolled back. Deploy a fix, or release the "
                "same again with `release canary --retry`."
            )

    def _require_no_alarm(self, *, resumed: bool) -> None:
        """Check the alarms before the first step; while a canary was interrupted, one rolls back.

        Raises:
            UserError: an alarm is in ALARM before the first step.
        """
        states = self.alarms.read()
        if self.ignore_firing:
            self._ignored = states.in_alarm
        elif states.in_alarm and not resumed:
            raise UserError(
                f"Nothing was released, because it could not be judged: in ALARM is "
                f"{_names(states.in_alarm)}. Release when it is OK, or with --ignore-firing if the "
                "new versions are the fix."
            )
        self._judge(states)
        self.report(f"Alarms: {states}.")

    def _next_step(self, changing: Sequence[Function]) -> int:
        """Return the number of the step that the functions are in, which is done again."""
        weight = max(100 * function.weight for function in changing)
        numbers = range(len(self.steps.percentages))
        reached = (number for number in numbers if round(weight) <= self.steps.percentages[number])
        return next(reached, numbers[-1])

    def _step(self, number: int, changing: Sequence[Function]) -> list[Function]:
        """Give the new version of each function its part of the invocations."""
        weight = self.steps.percentages[number] / 100
        versions = ", ".join(f"{each.package} {each.live} -> {each.published}" for each in changing)
        self.report(
            f"Step {number + 1} of {len(self.steps.percentages)}: {percent(weight)} of the "
            f"invocations for {versions}."
        )
        return [
            function
            if (function.candidate, function.weight) == (function.published, weight)
            else self.aliases.point(
                function, function.live, candidate=_published(function), weight=weight
            )
            for function in changing
        ]

    def _bake(self, changing: Sequence[Function]) -> None:
        """Wait, and judge the new versions meanwhile.

        Raises:
            CanaryError: an alarm is in ALARM; all functions were rolled back.
        """
        since, clock = self.traffic.now(), self.steps.clock
        start = reported = clock()
        while True:
            states = self.alarms.read()
            self._judge(states)
            left = start + self.steps.bake_seconds - clock()
            if left <= 0:
                break
            if clock() - reported >= _REPORT_SECONDS:
                reported = clock()
                self.report(f"  {left / 60:.0f} minutes left; alarms: {states}")
            self.steps.sleep(min(_POLL_SECONDS, left))
        for function in changing:
            self.report(f"  {self.traffic.sentence(function, since)}")

    def _judge(self, states: AlarmStates) -> None:
        """Roll everything back if an alarm is in ALARM that does not have to be ignored.

        Raises:
            CanaryError: an alarm is in ALARM.
        """
        self._ignored &= states.in_alarm
        if not (firing := states.in_alarm - self._ignored):
            return
        self.report(f"In ALARM: {_names(firing)}. Rolling back:")
        functions = self.aliases.read()
        rollback.run(self.aliases, functions, rollback.plan(self.aliases, functions), self.report)
        raise CanaryError(
            f"The release was rolled back, because of {_names(firing)}. Its description names "
            "what to do; redrive dead letters of the time since, then deploy a fix."
        )


def _published(function: Function) -> str:
    if function.published is None:
        raise UserError(
            f"The stack's outputs do not say which version of {function.package} is published; "
            "run `pulumi up` first."
        )
    return function.published


def _names(alarms: frozenset[str]) -> str:
    return ", ".join(sorted(alarms))
