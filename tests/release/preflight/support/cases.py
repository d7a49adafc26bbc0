"""Cases of checks: a stack, an account, and what the check has to report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tests.release.preflight.support import planned_stacks
from tests.release.preflight.support.account import Account
from tests.release.preflight.support.planned_stacks import ALL, check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from release.preflight.finding import Finding


class Case(NamedTuple):
    """A stack with keys, an account with other responses, and what a check has to report."""

    check: str
    state: str
    shows: str
    keys: Mapping[str, Any] = {}
    account: Mapping[tuple[str, str], Any] = {}


def case_id(case: Case) -> str:
    """The name of a case in the report of pytest."""
    return f"{case.check}: {case.state}: {case.shows[:30]}"


def findings_of(case: Case) -> list[Finding]:
    """The findings of the check about `prod` with the keys of the case."""
    stack = planned_stacks.without_resources(ALL["prod"], **case.keys)
    findings = check(stack, Account(case.account))
    return [each for each in findings if each.check == case.check]


def verify(case: Case) -> None:
    """Check that the state is that of the case, and that each problem has a next step."""
    findings = findings_of(case)
    assert any(each.state == case.state and case.shows in each.line for each in findings), [
        each.line for each in findings
    ]
    assert all(each.next_step for each in findings if each.state in ("warning", "failed"))
