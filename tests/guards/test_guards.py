"""Without any of the guards in docs/guarantees.md, the tests that the page names fail."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from tests.support.doc_tests import named_tests, rows
from tests.support.project_copy import copy_project, run_python
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_PRODUCT: Final = ("handlers", "infra")
_MARKER: Final = re.compile(r"^ *# guard: (\S+)\n(?=(?: *#.*\n)*( *))", re.MULTILINE)


class Marked(NamedTuple):
    """The node below a marker (of a dictionary's entry, the value), and its value or condition."""

    node: ast.stmt | ast.keyword | ast.expr
    value: ast.expr | None


class Edit(NamedTuple):
    """The node to replace, and the code to put there; without any, a comma behind it goes too."""

    node: ast.stmt | ast.keyword | ast.expr
    code: str


def statement(code: str) -> Callable[[Marked], Edit]:
    """Replace the marked statement."""

    def change(marked: Marked) -> Edit:
        assert isinstance(marked.node, ast.stmt)
        return Edit(marked.node, code)

    return change


def no_argument() -> Callable[[Marked], Edit]:
    """Delete the marked keyword argument."""

    def change(marked: Marked) -> Edit:
        assert isinstance(marked.node, ast.keyword)
        return Edit(marked.node, "")

    return change


def value(code: str) -> Callable[[Marked], Edit]:
    """Replace what is assigned, returned, passed or tested; `OLD` in the code is what it was."""

    def change(marked: Marked) -> Edit:
        assert marked.value is not None
        return Edit(marked.value, code.replace("OLD", f"({ast.unparse(marked.value)})"))

    return change


def text(old: str, new: str) -> Callable[[Marked], Edit]:
    """Replace a part of the string that is assigned, returned or passed."""

    def change(marked: Marked) -> Edit:
        assert marked.value is not None
        string = ast.literal_eval(marked.value)
        assert string.count(old) == 1
        return Edit(marked.value, repr(string.replace(old, new)))

    return change


_RANDOM: Final = 'str(__import__("uuid").uuid4())'
# The change that removes each guard; docs/guarantees.md lists its tests.
CHANGES: Final[Mapping[str, Callable[[Marked], Edit]]] = {
    "one-conditional-write": text("<=", ">"),
    "replay-needs-same-content": statement("pass"),
    "key-decides-order-id": value("not OLD"),
    "fault-of-a-dependency-is-a-503": statement("raise"),
    "event-id-from-order": value(_RANDOM),
    "relay-raises-unpublished-events": statement("pass"),
    "relay-raises-unreadable-records": statement("pass"),
    "relay-reads-refused-entries": value("{}"),
    "relay-publishes-new-orders-only": value("True"),
    "consumer-reports-failed-messages": value('OLD and {"batchItemFailures": []}'),
    "lambda-reads-partial-batch-response": no_argument(),
    "failed-message-is-reported": statement("pass"),
    "insert-recognises-existing-item": value("InsertError"),
    "audit-key-from-event": value(_RANDOM),
    "email-sent-once": value("False"),
    "sent-emails-kept-longer-than-messages": value("_seconds(datetime.now(UTC))"),
    "email-knows-time-left": value("timedelta(minutes=15)"),
    "email-starts-in-time": value("False"),
    "no-email-to-invalid-address": value("False"),
    "emails-limited-in-one-write": text("<", ">="),
    "third-receive-is-the-last": no_argument(),
    "undeliverable-by-sns-is-a-dead-letter": no_argument(),
    "unpublished-by-relay-is-a-dead-letter": no_argument(),
    "emails-masked-in-logs": value("True"),
}


class GuardRow(NamedTuple):
    """A row of the guards in docs/guarantees.md."""

    marker: str
    path: str
    tests: tuple[str, ...]


def guards() -> list[GuardRow]:
    """Return the guards in docs/guarantees.md."""
    page = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
    return [
        GuardRow(
            marker.strip("`"),
            path.strip("`"),
            tuple("::".join(test) for test in named_tests(tests)),
        )
        for marker, path, tests in rows(page, "The guards")
    ]


def marked_places() -> list[tuple[str, str]]:
    """Return each marker in the product with the path of its module."""
    return [
        (marker[1], path.relative_to(ROOT).as_posix())
        for folder in _PRODUCT
        for path in sorted((ROOT / folder).rglob("*.py"))
        for marker in _MARKER.finditer(path.read_text(encoding="utf-8"))
    ]


def source_without(guard: GuardRow, source: str) -> str:
    """Return a module's source without the guard in it.

    Raises:
        SyntaxError: what is left is not Python.
    """
    [marker] = [marker for marker in _MARKER.finditer(source) if marker[1] == guard.marker]
    line = source.count("\n", 0, marker.end(2)) + 1
    node, code = CHANGES[guard.marker](_marked(ast.parse(source), (line, len(marker[2]))))
    lines = source.split("\n")
    column = len(lines[node.lineno - 1].encode()[: node.col_offset].decode())  # ast counts bytes
    begin = sum(len(line) + 1 for line in lines[: node.lineno - 1]) + column
    rest = source[begin:].removeprefix(ast.get_source_segment(source, node) or "")
    changed = source[:begin] + (code + rest if code else re.sub(r"\A\s*,", "", rest))
    ast.parse(changed)
    return changed


def _marked(module: ast.Module, begin: tuple[int, int]) -> Marked:
    """Return the outermost node that begins at a line and column."""
    for node in ast.walk(module):
        if isinstance(node, ast.Dict):
            for key, entry in zip(node.keys, node.values, strict=True):
                if key and (key.lineno, key.col_offset) == begin:
                    return Marked(entry, entry)
        if isinstance(node, ast.stmt | ast.keyword) and (node.lineno, node.col_offset) == begin:
            return Marked(node, getattr(node, "test", None) or getattr(node, "value", None))
    raise AssertionError(f"No statement, keyword argument or entry begins at line {begin[0]}")


def without(guard: GuardRow, folder: Path) -> Path:
    """Return a copy of the project, in a folder, without a guard."""
    copy = copy_project(folder)
    module = copy / guard.path
    module.write_text(source_without(guard, module.read_text(encoding="utf-8")), encoding="utf-8")
    return copy


def failing(tests: tuple[str, ...], root: Path) -> set[str]:
    """Return those of some tests that fail in a copy of the project, in any of their cases."""
    run = run_python(root, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rf", *tests)
    assert run.returncode in {0, 1}, run.stdout + run.stderr
    return {test for test in tests if f"FAILED {test}" in run.stdout}


_GUARDS = guards()
_EACH = pytest.mark.parametrize("guard", _GUARDS, ids=[guard.marker for guard in _GUARDS])


def test_each_guard_is_marked_once() -> None:
    """The page lists the markers in the product, with their modules; each has a change."""
    listed = [(guard.marker, guard.path) for guard in _GUARDS]
    assert sorted(marked_places()) == sorted(listed)
    assert sorted(CHANGES) == sorted(marker for marker, _ in listed)


@_EACH
def test_guard_can_be_removed(guard: GuardRow) -> None:
    """Without a guard, its module is still Python, and another program."""
    source = (ROOT / guard.path).read_text(encoding="utf-8")
    assert ast.dump(ast.parse(source_without(guard, source))) != ast.dump(ast.parse(source))


@_EACH
@pytest.mark.thorough
def test_without_the_guard_tests_fail(guard: GuardRow, tmp_path: Path) -> None:
    """Without a guard, in a copy of the project, each of its tests fails."""
    assert failing(guard.tests, without(guard, tmp_path)) == set(guard.tests)
