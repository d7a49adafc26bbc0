"""Findings of the preflight checks: the state, what was seen, and the next step."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from orderctl.output import Line, View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

State = Literal["ok", "warning", "failed", "not checked"]

_STYLES: Final[Mapping[State, str]] = {
    "ok": "green",
    "warning": "yellow",
    "failed": "red",
    "not checked": "yellow",
}
_STATE_WIDTH: Final = max(map(len, _STYLES))


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the report; both texts are sentences."""

    check: str
    state: State
    seen: str
    next_step: str = ""

    @property
    def line(self) -> str:
        """The finding as text."""
        words = f"{self.state:<{_STATE_WIDTH}}  {self.check}: {self.seen}"
        return f"{words} {self.next_step}".rstrip()


def has_failed(findings: Sequence[Finding]) -> bool:
    """Return whether a deployment, or what it deploys, would fail."""
    return any(finding.state == "failed" for finding in findings)


def report(stack: str, findings: Sequence[Finding]) -> View:
    """Return the report: a line for each finding, and how many there are of each state."""
    counts = {state: sum(each.state == state for each in findings) for state in _STYLES}
    summary = ", ".join(f"{number} {state}" for state, number in counts.items())
    data: dict[str, Any] = {
        "stack": stack,
        "counts": counts,
        "checks": [{**asdict(each), "nextStep": each.next_step} for each in findings],
    }
    for each in data["checks"]:
        del each["next_step"]
    lines = [Line(each.line, _STYLES[each.state]) for each in findings]
    return View(data=data, parts=[*lines, Line(f"{stack}: {summary}.")])
