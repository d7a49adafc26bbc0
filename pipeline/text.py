"""Markdown from texts that pull requests control: they stay text, and fit into a comment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What GitHub accepts as the body of a comment or an issue, in characters.
LIMIT: Final = 65_536


def code(text: str, limit: int = 300) -> str:
    """Return a code span for a table's cell: no Markdown, HTML, mention or line break in it.

    GitHub makes no links and notifies nobody in code. Characters that are not printable, such as
    those that change the direction of text, become spaces.
    """
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    text = text if len(text) <= limit else f"{text[: limit - 1]}…"
    if not text:
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", r"\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], limit: int, rest: str) -> str:
    """Return a table that has at most so many characters; the last line counts missing rows."""
    lines = [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]
    kept, size = 0, len(rest) + 30
    for line in lines:
        size += len(line) + 1
        if size > limit:
            break
        kept += 1
    missing = len(lines) - kept
    more = [f"\n… and {missing} more; {rest}"] if missing else []
    return "\n".join([*lines[:kept], *more])


def cut(markdown: str, limit: int, rest: str) -> str:
    """Return whole lines of a Markdown text, at most so many characters of it."""
    if len(markdown) <= limit:
        return markdown
    head = markdown[: max(0, limit - len(rest) - 10)].rpartition("\n")[0]
    return f"{head}\n\n… {rest}"
