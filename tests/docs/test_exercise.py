"""Tests: docs/exercise.md works as it is written, on `make local`."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.doc_tests import rows
from tests.support.polling import eventually
from tests.support.processes import outer_environment
from tests.support.project_copy import copy_project
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PAGE = (ROOT / "docs" / "exercise.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(sh|text|log)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_START = "make local"
# What the page stands for: IDs, times, and durations.
_VARIABLE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3}Z|\+00:00)"
    r"|\d+ ms"
)
_LEFT_OUT = "..."
# Commands that only read; their output is awaited.
_READS = re.compile(r"scripts/orderctl (?:show|dlq (?:list|show))|.* -m local (?:emails|faults)$")
# A terminal of this width, without colours.
_TERMINAL = {"TTY_COMPATIBLE": "1", "COLUMNS": "100", "NO_COLOR": "1"}


class Step(NamedTuple):
    """A command and its output, or, without a command, lines of the terminal of `make local`."""

    command: str | None
    output: str | None


def _steps() -> Iterator[Step]:
    blocks = [(kind, text.rstrip("\n")) for kind, text in _BLOCK.findall(_PAGE)]
    for (kind, text), (next_kind, next_text) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if kind == "sh":
            yield Step(text, next_text if next_kind == "text" else None)
        elif kind == "log":
            yield Step(None, text)


class Operator:
    """Follows the page in a copy of the project."""

    def __init__(self, root: Path, log: Path) -> None:
        self._root = root
        self._log = log
        self._order_id = ""

    def follow(self, step: Step) -> None:
        """Run a step, and compare what it prints."""
        if step.command is None:
            patterns = [_pattern(text) for text in _orders(str(step.output))]

            def is_printed() -> bool:
                log = self._log.read_text()
                return any(pattern.search(log) for pattern in patterns)

            eventually(is_printed, str(step.output))
        elif _READS.match(step.command):
            self._await(step)
        else:
            output = self._run(step.command)
            assert step.output is None or _pattern(step.output).fullmatch(output), output
            if step.command.startswith("curl"):
                self._order_id = json.loads(output)["orderId"]

    def _await(self, step: Step) -> None:
        expected, outputs = _pattern(str(step.output)), [""]

        def matches() -> object:
            outputs.append(self._run(str(step.command)))
            return expected.fullmatch(outputs[-1])

        with contextlib.suppress(AssertionError):
            eventually(matches, "the output", timeout=60, interval=0.5)
        assert expected.fullmatch(outputs[-1]), outputs[-1]

    def _run(self, command: str) -> str:
        result = subprocess.run(  # noqa: S603 (commands of the page)
            ["/bin/sh", "-c", command.replace("<order ID>", self._order_id)],
            cwd=self._root,
            env={**outer_environment(), **_TERMINAL},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, (command, result.stderr)
        return result.stdout.rstrip("\n")


def _orders(text: str) -> Iterator[str]:
    """Yield the lines of the terminal in each order: functions and alarms are reported apart."""
    lines = text.splitlines()
    for order in [lines] if _LEFT_OUT in lines else itertools.permutations(lines):
        yield "\n".join(order)


def _pattern(text: str) -> re.Pattern[str]:
    """Return what matches the printed text, with any IDs and times, and lines left out."""
    lines = []
    for line in text.splitlines():
        if line == _LEFT_OUT:
            lines.append(r"(?:.*\n)*?.*")
        else:
            parts = _VARIABLE.split(line.rstrip())
            lines.append("[0-9A-Za-z:.+ -]+?".join(map(re.escape, parts)) + " *")
    return re.compile("\n".join(lines))


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    """An operator in a copy of the project, in which `make local` runs."""
    root, log = copy_project(tmp_path), tmp_path / "log"
    (root / ".venv").symlink_to(sys.prefix)
    with log.open("w") as output:
        process = subprocess.Popen(
            [".venv/bin/python", "-m", "local", "up", "--port", "0"],  # as `make local` does
            cwd=root,
            env=outer_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        eventually(lambda: "Running until Ctrl-C" in log.read_text(), "make local", timeout=180)
        yield Operator(root, log)
    finally:
        os.kill(process.pid, signal.SIGINT)
        process.wait(60)


@pytest.mark.thorough
def test_the_exercise_works_as_written(operator: Operator) -> None:
    """Every command of the page succeeds, in order, and prints what the page says."""
    first, *steps = _steps()
    assert first == Step(_START, None)
    for step in steps:
        operator.follow(step)
    for cells in rows(_PAGE, "More faults to try"):
        for command in re.findall(r"`((?:\.venv|scripts)/[^`]+)`", " ".join(cells)):
            operator.follow(Step(command, None))


def test_the_consoles_pages_and_buttons_exist() -> None:
    """What the page names in bold is a page of the console, or a button on one."""
    console = ROOT / "local" / "console"
    texts = [(console / "app.py").read_text(encoding="utf-8")]
    texts += [path.read_text(encoding="utf-8") for path in (console / "templates").glob("*.html")]
    names = set(re.findall(r"\*\*([^*]+)\*\*", _PAGE))
    assert {"Faults", "Inject", "Remove", "Dead letters", "Alarms"} <= names
    assert [
        name
        for name in names
        if not any(f'"{name}"' in text or f">{name}<" in text for text in texts)
    ] == []


def test_the_page_has_steps() -> None:
    """The page's commands and outputs are found, and none is written in another form."""
    steps = [*_steps()]
    assert len(steps) >= 15
    assert _PAGE.count("\n```") == 2 * len(_BLOCK.findall(_PAGE))
