"""Links, files, folders and tests that a document names exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.doc_tests import functions_of, named_tests
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md")]
)
_EACH = pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
_FOLDERS = (
    "bootstrap|costs|docs|examples|handlers|infra|local|openapi|orderctl|pipeline|policy|release|"
    "scripts|tests|tooling"
)
_PATH = re.compile(rf"`((?:{_FOLDERS})/[\w/.-]*)(?:::\w+)?`")


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@_EACH
def test_links_lead_to_files_and_headings(page: Path) -> None:
    """Every relative link leads to a file, and to a heading if it names one."""
    for target, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), target
        if anchor:
            assert anchor in _anchors(path), f"{target}#{anchor}"


@_EACH
def test_what_a_page_names_exists(page: Path) -> None:
    """The page names tests, files and folders that exist."""
    text = page.read_text(encoding="utf-8")
    assert [path for path in _PATH.findall(text) if not (ROOT / path).exists()] == []
    tests = named_tests(text)
    assert [(path, name) for path, name in tests if name not in functions_of(ROOT / path)] == []
