"""Evaluates the alarms of a local stack, for which the emulator has no metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    State: TypeAlias = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]


@dataclass(frozen=True, kw_only=True)
class AlarmStatus:
    """An alarm's state, since when and why; `not_evaluated` is why its state stands still here.

    `label` is its name without the project and the stack, such as `email-dead-letters`.
    """

    name: str
    label: str
    description: str
    state: State
    reason: str
    since: datetime | None = None
    not_evaluated: str | None = None


class Alarms:
    """Evaluates the deployed alarms in a thread, from `start` to `stop`."""

    def subscribe(self, callback: Callable[[Sequence[AlarmStatus]], None]) -> None:
        """Call back with the alarms that have changed their state, from the evaluator's thread."""

    def statuses(self) -> list[AlarmStatus]:
        """Return every deployed alarm."""
        return []

    def start(self) -> None:
        """Evaluate the alarms."""

    def stop(self) -> None:
        """Stop evaluating; does nothing where it is stopped."""
