"""Tests: docs/emulator.md says for all that the local AWS cannot show which test stands in."""

from __future__ import annotations

import pytest

from tests.support.doc_tests import exists, named_tests, rows
from tooling.root import ROOT

_PAGE = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")
_SHORTFALLS = rows(_PAGE, "What it cannot show")


@pytest.mark.parametrize("row", _SHORTFALLS, ids=lambda row: row[0][:40])
def test_every_shortfall_has_a_test_that_stands_in(row: list[str]) -> None:
    """What the emulator cannot show is shown by tests that exist, or the page says why by none."""
    feature, shortfall, stands_in = row
    assert feature
    assert shortfall
    tests = named_tests(stands_in)
    assert tests or stands_in.startswith("none: ")
    assert all(exists(path, name) for path, name in tests)


def test_shortfalls_are_found() -> None:
    """The page lists shortfalls at all."""
    assert len(_SHORTFALLS) > 20
