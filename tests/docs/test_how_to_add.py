"""docs/how-to-add.md: each change, made in a copy of the project as the page says."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.support.project_copy import copy_project, run_python
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_PAGE = (ROOT / "docs" / "how-to-add.md").read_text(encoding="utf-8")
_SECTIONS = dict(re.findall(r"^## (.+?)\n(.+?)(?=^## |\Z)", _PAGE, re.MULTILINE | re.DOTALL))
_BLOCK = re.compile(r"^ *```diff\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_EVERY = pytest.mark.parametrize("section", _SECTIONS.values(), ids=_SECTIONS.keys())


def _changes(section: str) -> list[tuple[str, str, str]]:
    """The blocks of a section: file, text before, text after."""
    changes = []
    for block in _BLOCK.findall(section):
        _, head, *lines = textwrap.dedent(block).splitlines()
        before = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
        after = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
        changes.append((head.removeprefix("+++ b/"), before, after))
    return changes


@_EVERY
def test_changes_apply(section: str) -> None:
    """Every block changes one place of the file that it names, or makes a new file."""
    changes = _changes(section)
    assert changes
    for path, before, after in changes:
        file = ROOT / path
        text = file.read_text(encoding="utf-8") if before else ""
        assert (text.count(before) == 1) if before else not file.exists(), (path, before)
        assert before != after


@_EVERY
@pytest.mark.thorough
def test_demo_passes_after_the_change(section: str, tmp_path: Path) -> None:
    """After a change as the page describes it, the documents are written and the demo passes."""
    copy = copy_project(tmp_path)
    changes = _changes(section)
    for path, before, after in changes:
        file = copy / path
        file.parent.mkdir(exist_ok=True)
        text = file.read_text(encoding="utf-8") if before else ""
        file.write_text(text.replace(before, after) if before else after, encoding="utf-8")

    for command in (
        ["-m", "ruff", "check", *{path for path, *_ in changes if path.endswith(".py")}],
        ["-m", "infra.config", "--write"],
        ["-m", "openapi", "--write"],
        ["-m", "local", "demo"],
    ):
        process = run_python(copy, *command)
        assert process.returncode == 0, f"{command}:\n{process.stdout}\n{process.stderr}"
