"""The tests that documents name, and the tables in which they name them."""

from __future__ import annotations

import ast
import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def named_tests(text: str) -> list[tuple[str, str]]:
    """The tests that a text names, each once, as file and function."""
    return sorted(set(_NAMED.findall(text)))


@functools.cache
def functions_of(path: Path) -> dict[str, ast.FunctionDef]:
    """The test functions of a module, if there is one."""
    nodes = ast.parse(path.read_text(encoding="utf-8") if path.is_file() else "").body
    return {
        node.name: node
        for node in nodes
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table below a heading, row by row, without its own head."""
    section = page.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
