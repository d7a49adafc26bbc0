"""docs/emulator.md names the tests for all that the embedded AWS cannot show."""

from __future__ import annotations

import pytest

from tests.support.doc_tests import named_tests, rows
from tooling.root import ROOT

_PAGE = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")
_SHORTFALLS = rows(_PAGE, "What it cannot show")


@pytest.mark.parametrize("row", _SHORTFALLS, ids=lambda row: row[0][:40])
def test_every_shortfall_names_its_tests(row: list[str]) -> None:
    """The page names tests for each shortfall, or the reason why there is none."""
    feature, shortfall, cell = row
    assert feature
    assert shortfall
    assert named_tests(cell) or cell.startswith("none: ")


def test_the_page_lists_shortfalls() -> None:
    """The table is read: it has many rows."""
    assert len(_SHORTFALLS) > 20
