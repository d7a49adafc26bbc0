"""docs/performance.md: its table shows the newest results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks import page

if TYPE_CHECKING:
    from pathlib import Path


def test_the_newest_results_are_shown(tmp_path: Path) -> None:
    """Of the results in the folder, those with the latest date are shown."""
    for date in ("2026-02-28", "2026-11-02", "2026-11-01"):
        (tmp_path / f"{date}.json").write_text(json.dumps({"date": date}), encoding="utf-8")

    assert page.newest(tmp_path) == {"date": "2026-11-02"}


def test_the_table_is_replaced_alone() -> None:
    """The generated block of the page follows from the results, and nothing else changes."""
    text = page.PAGE.read_text(encoding="utf-8")
    before, rest = text.split("<!-- generated: figures (make docs) -->\n")
    _, after = rest.split("<!-- end of generated -->")
    other = (
        f"{before}<!-- generated: figures (make docs) -->\nold\n<!-- end of generated -->{after}"
    )

    assert page.generate(other, page.newest()) == page.generate(text, page.newest())
    assert page.generate(other, page.newest()).startswith(before)
    assert page.generate(other, page.newest()).endswith(after)
