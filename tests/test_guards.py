"""Tests: every guard of the guarantees is needed, and docs/guarantees.md says which test would miss it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.doc_tests import ROOT, named_tests, rows
from tests.support.guards import GUARDS, Guard, failing, text_of, without

if TYPE_CHECKING:
    from pathlib import Path

_EVERY = pytest.mark.parametrize("guard", GUARDS, ids=[guard.name for guard in GUARDS])


@_EVERY
def test_guard_stands_where_the_table_says(guard: Guard) -> None:
    """A guard's text is in its module, once."""
    assert text_of(guard).count(guard.text) == 1


@_EVERY
@pytest.mark.thorough
def test_without_the_guard_tests_fail(guard: Guard, tmp_path: Path) -> None:
    """With a guard taken out of a copy of the code, each of the tests that the table names fails."""
    assert failing(guard.noticed_by, without(guard, tmp_path)) == set(guard.noticed_by)


def test_the_page_lists_the_guards() -> None:
    """The page has the table's guards, in its order, with the modules that they are in and the tests that notice."""
    page = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
    listed = [
        (name, where.strip("`"), named_tests(tests))
        for name, where, tests in rows(page, "The guards")
    ]
    assert listed == [
        (
            guard.name,
            guard.path,
            sorted((path, name) for path, _, name in (t.partition("::") for t in guard.noticed_by)),
        )
        for guard in GUARDS
    ]
