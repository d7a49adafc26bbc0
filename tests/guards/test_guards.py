"""Without any of the guards in docs/guarantees.md, the tests that the page names fail."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.guards.guards import (
    CHANGES,
    GuardRow,
    failing,
    guards,
    marked_places,
    source_without,
    without,
)
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_GUARDS = guards()
_EACH = pytest.mark.parametrize("guard", _GUARDS, ids=[guard.marker for guard in _GUARDS])


def test_each_guard_is_marked_once() -> None:
    """The page lists the markers in the product, with their modules; each has a change."""
    listed = [(guard.marker, guard.path) for guard in _GUARDS]
    assert sorted(marked_places()) == sorted(listed)
    assert sorted(CHANGES) == sorted(marker for marker, _ in listed)


@_EACH
def test_guard_can_be_removed(guard: GuardRow) -> None:
    """Without a guard, its module is still Python, and another program."""
    source = (ROOT / guard.path).read_text(encoding="utf-8")
    assert ast.dump(ast.parse(source_without(guard, source))) != ast.dump(ast.parse(source))


@_EACH
@pytest.mark.thorough
def test_without_the_guard_tests_fail(guard: GuardRow, tmp_path: Path) -> None:
    """Without a guard, in a copy of the project, each of its tests fails."""
    assert failing(guard.tests, without(guard, tmp_path)) == set(guard.tests)
