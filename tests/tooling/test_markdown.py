"""Generated Markdown: tables, and the command that writes or checks a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tooling import markdown

if TYPE_CHECKING:
    from pathlib import Path


def _run(monkeypatch: pytest.MonkeyPatch, page: Path, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["command", *arguments])
    markdown.run("package.module", page, lambda text: text.replace("old", "new"))


def test_a_table_has_a_line_for_each_row() -> None:
    """A table is a line of names, a separator, and a line for each row."""
    assert markdown.table(("a", "b"), [("1", "2"), ("3", "")]) == (
        "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 |  |\n"
    )


def test_a_page_is_written_and_then_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--check` fails for a page that is not up to date, until `--write` has written it."""
    page = tmp_path / "page.md"
    page.write_text("old", encoding="utf-8")

    with pytest.raises(SystemExit, match=r"Out of date: .*page\.md; run: make docs"):
        _run(monkeypatch, page, "--check")
    assert page.read_text(encoding="utf-8") == "old"
    _run(monkeypatch, page, "--write")
    assert page.read_text(encoding="utf-8") == "new"
    with pytest.raises(SystemExit) as done:
        _run(monkeypatch, page, "--check")
    assert not done.value.code


@pytest.mark.parametrize("arguments", [(), ("--other",), ("--write", "--check")])
def test_other_arguments_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Other arguments are an error that names the module and its options."""
    page = tmp_path / "page.md"
    page.write_text("old", encoding="utf-8")

    with pytest.raises(SystemExit, match=r"python -m package\.module --write \| --check"):
        _run(monkeypatch, page, *arguments)
    assert page.read_text(encoding="utf-8") == "old"


def test_generated_parts_are_replaced_by_their_names() -> None:
    """Each part between its markers is replaced, and nothing else; a missing part is an error."""
    start, end = "<!-- generated: {} (make docs) -->\n", "<!-- end of generated -->\n"
    page = "before\n{a}{0}{end}between\n{b}{1}{end}after\n"
    markers = {"a": start.format("a"), "b": start.format("b"), "end": end}

    filled = markdown.fill(page.format("old\n", "", **markers), {"a": "\\1\n", "b": "new\n"})

    assert filled == page.format("\\1\n", "new\n", **markers)
    with pytest.raises(ValueError, match="0 parts <!-- generated: c "):
        markdown.fill(filled, {"c": "new\n"})
