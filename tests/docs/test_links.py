"""Links and paths of the documentation lead somewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md")]
)
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
_PATH = re.compile(r"`((?:\w+/)+(?:[\w.-]+\.\w+)?)(?:::\w+)?`")
_FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()}
_EVERY = pytest.mark.parametrize("page", _PAGES, ids=[str(p.relative_to(ROOT)) for p in _PAGES])


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@_EVERY
def test_links_lead_to_files_and_headings(page: Path) -> None:
    """Every relative link leads to a file, and to a heading if it names one."""
    for target, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), target
        if anchor:
            assert anchor in _anchors(path), f"{target}#{anchor}"


@_EVERY
def test_named_paths_exist(page: Path) -> None:
    """Every path in code type below a folder of the project exists."""
    if page.name == "CHANGELOG.md":
        return  # it also names what is gone
    for path in _PATH.findall(page.read_text(encoding="utf-8")):
        if path.split("/")[0] in _FOLDERS:
            assert (ROOT / path).exists(), path
