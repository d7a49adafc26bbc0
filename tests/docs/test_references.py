"""Every test and file that a document names exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.doc_tests import functions_of, named_tests
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_FOLDERS = "examples|handlers|infra|local|openapi|orderctl|policy|scripts|tests|tooling"
_PATH = re.compile(rf"`((?:{_FOLDERS})/[\w/.-]+)`")


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_names_exists(page: Path) -> None:
    """The page names tests, files and folders that exist."""
    text = page.read_text(encoding="utf-8")
    assert [path for path in _PATH.findall(text) if not (ROOT / path).exists()] == []
    tests = named_tests(text)
    assert [(path, name) for path, name in tests if name not in functions_of(ROOT / path)] == []
