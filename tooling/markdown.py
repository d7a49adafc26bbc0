"""Generated parts of Markdown pages: tables, and the command that writes or checks a page."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path


def table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table; cells may contain Markdown, but no `|` and no line break."""
    lines = (head, ["---"] * len(head), *rows)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def fill(page: str, parts: Mapping[str, str]) -> str:
    """Return the page with its generated parts, by the names in their markers.

    Raises:
        ValueError: the page has no part of that name.
    """
    for name, text in parts.items():
        start, end = f"<!-- generated: {name} (make docs) -->\n", "<!-- end of generated -->"
        if page.count(start) != 1:
            raise ValueError(f"The page has {page.count(start)} parts {start.strip()}")
        before, _, rest = page.partition(start)
        page = f"{before}{start}{text}{end}{rest.partition(end)[2]}"
    return page


def run(module: str, page: Path, generate: Callable[[str], str]) -> None:
    """Run `python -m <module> --write` or `--check`; `generate` returns the page with its tables.

    Raises:
        SystemExit: the page is not up to date, or the arguments are wrong.
    """
    text = page.read_text(encoding="utf-8")
    if sys.argv[1:] == ["--write"]:
        page.write_text(generate(text), encoding="utf-8")
    elif sys.argv[1:] == ["--check"]:
        sys.exit(generate(text) != text and f"Out of date: {page}; run: make docs")
    else:
        sys.exit(f"Usage: python -m {module} --write | --check")
