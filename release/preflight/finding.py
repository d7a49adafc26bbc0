"""Findings of the preflight checks: the state, the detail, and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

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
    detail: str
    next_step: str = ""

    @property
    def line(self) -> str:
        """The finding as text."""
        words = f"{self.state:<{_STATE_WIDTH}}  {self.check}: {self.detail}"
        return f"{words} {self.next_step}".rstrip()


def ok(check: str, detail: str, next_step: str = "") -> Finding:
    """Return a finding that needs nothing before the deployment."""
    return Finding(check=check, state="ok", detail=detail, next_step=next_step)


def warning(check: str, detail: str, next_step: str) -> Finding:
    """Return a finding that may be right for some stacks."""
    return Finding(check=check, state="warning", detail=detail, next_step=next_step)


def failed(check: str, detail: str, next_step: str) -> Finding:
    """Return a finding with which the deployment, or what it deploys, fails."""
    return Finding(check=check, state="failed", detail=detail, next_step=next_step)


def increase(service: str, quota: str, value: float) -> str:
    """Return the command that asks AWS for a higher quota, by the codes of service and quota."""
    return (
        f"aws service-quotas request-service-quota-increase --service-code {service} "
        f"--quota-code {quota} --desired-value {value:.0f}"
    )


def not_checked(check: str, reason: str) -> Finding:
    """Return a finding about a check that could not be made."""
    return Finding(check=check, state="not checked", detail=reason)


def has_failed(findings: Sequence[Finding]) -> bool:
    """Return whether a deployment, or what it deploys, would fail."""
    return any(finding.state == "failed" for finding in findings)


def summary(findings: Sequence[Finding]) -> str:
    """Return how many findings there are of each state."""
    return ", ".join(f"{number} {state}" for state, number in _counts(findings).items())


def report(stack: str, findings: Sequence[Finding]) -> View:
    """Return the report: a line for each finding, and how many there are of each state."""
    checks = [
        {
            "check": each.check,
            "state": each.state,
            "detail": each.detail,
            "nextStep": each.next_step or None,
        }
        for each in findings
    ]
    return View(
        data={"stack": stack, "counts": _counts(findings), "checks": checks},
        parts=[
            *(Line(each.line, _STYLES[each.state]) for each in findings),
            Line(f"{stack}: {summary(findings)}."),
        ],
    )


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    return {state: sum(each.state == state for each in findings) for state in _STYLES}
