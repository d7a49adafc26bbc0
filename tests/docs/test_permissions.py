"""Tests: docs/permissions.md lists every permission of every role, with what is said and shown of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.doc_tests import exists, named_tests, rows
from tests.support.functions import HANDLERS
from tests.support.permission_kinds import Documented, Permission, Refused
from tests.support.permissions_documented import DOCUMENTED
from tests.support.permissions_table import CODE
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAGE = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
_SECTIONS = {
    "What the functions' code needs": CODE,
    "What AWS's services need on their behalf": DOCUMENTED,
}
_LINK = re.compile(r"\[AWS\]\((\S+)\)")


class _Row(NamedTuple):
    """What a row of the page says, and what the table says of the same permission."""

    holders: set[str]
    actions: set[str]
    resources: set[str]
    why: str
    because: str
    source: str
    tests: set[str]

    @classmethod
    def written(cls, cells: Sequence[str]) -> _Row:
        holders, actions, resources, why, proof = cells
        link = _LINK.search(proof)
        return cls(
            holders=set(HANDLERS) if holders == "every function" else _quoted(holders),
            actions=_quoted(actions),
            resources=_quoted(resources),
            why=why,
            because=proof.partition("; ")[0] if link else "",
            source=link[1] if link else "",
            tests={"::".join(test) for test in named_tests(proof)},
        )

    @classmethod
    def of(cls, permission: Permission) -> _Row:
        match permission.proof:
            case Documented(because=because, source=source, tests=tests):
                pass
            case Refused(test=test):
                because, source, tests = "", "", (test,)
        return cls(
            holders=set(permission.on),
            actions=set(permission.actions),
            resources={_anyones(each.holder, each.resource) for each in permission.held()},
            why=permission.why,
            because=because,
            source=source,
            tests=set(tests),
        )


def _quoted(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def _anyones(holder: str, resource: str) -> str:
    """A log group's name, whosever it is."""
    return resource.replace(f"/aws/lambda/{holder}:", "/aws/lambda/<function>:")


@pytest.mark.parametrize("heading", _SECTIONS)
def test_the_page_lists_the_table(heading: str) -> None:
    """Each part of the page says the same as the table of permissions, permission by permission."""
    assert [_Row.written(cells) for cells in rows(_PAGE, heading)] == [
        _Row.of(permission) for permission in _SECTIONS[heading]
    ]


def test_the_tests_that_the_page_names_exist() -> None:
    """What the page says of tests outside of its tables is about tests that there are."""
    assert [test for test in named_tests(_PAGE) if not exists(*test)] == []
