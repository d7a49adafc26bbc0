"""Tests: without any of the guards in docs/guarantees.md, the tests that the page names fail."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.guards.guards import (
    GUARDS,
    Guard,
    failing,
    marked_places,
    path_of,
    source_without,
    without,
)
from tests.support.doc_tests import named_tests, rows
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_EVERY = pytest.mark.parametrize("guard", GUARDS, ids=[guard.marker for guard in GUARDS])


def test_each_guard_is_marked_once() -> None:
    """The markers in the product are those of the table, each in one place."""
    markers = [marker for marker, _ in marked_places()]
    assert sorted(markers) == sorted(guard.marker for guard in GUARDS)


@_EVERY
def test_guard_can_be_taken_out(guard: Guard) -> None:
    """Without a guard, its module is still Python, and another program."""
    source = (ROOT / path_of(guard)).read_text(encoding="utf-8")
    assert ast.dump(ast.parse(source_without(guard, source))) != ast.dump(ast.parse(source))


@_EVERY
@pytest.mark.thorough
def test_without_the_guard_tests_fail(guard: Guard, tmp_path: Path) -> None:
    """Without a guard, in a copy of the project, each of the tests that the table names fails."""
    assert failing(guard.noticed_by, without(guard, tmp_path)) == set(guard.noticed_by)


def test_the_page_lists_the_guards() -> None:
    """The page lists the guards of the table, in its order, with their modules and tests."""
    page = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
    table = rows(page, "The guards")
    listed = [(name, where.strip("`"), named_tests(tests)) for name, where, tests in table]
    assert listed == [
        (
            guard.name,
            path_of(guard),
            sorted((path, name) for path, _, name in (t.partition("::") for t in guard.noticed_by)),
        )
        for guard in GUARDS
    ]
