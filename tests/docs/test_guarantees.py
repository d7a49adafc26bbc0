"""Tests: docs/guarantees.md lists tests that exist, and every property."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.doc_tests import functions_of, named_tests
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_PAGE = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
_HEADS = ("| no. |", "| promise |", "| failure of |", "| event |", "| guard |")
_ROW = re.compile(r"^\| (\d+) \| .+ \| (.+) \|$", re.MULTILINE)

LISTED = named_tests(_PAGE)
_ROWS = [
    line for line in _PAGE.splitlines() if line.startswith("| ") and not line.startswith(_HEADS)
]
PROPERTIES = sorted((ROOT / "tests" / "properties").glob("test_*.py"))


def test_no_row_is_without_a_test() -> None:
    """Nothing is promised on the page that no test shows."""
    assert _ROWS
    assert [row for row in _ROWS if not named_tests(row)] == []


def test_every_property_has_its_row() -> None:
    """The page has a row for each of the eighteen properties, in order."""
    assert [int(number) for number, _ in _ROW.findall(_PAGE)] == list(range(1, 19))


@pytest.mark.parametrize(("number", "shown_by"), _ROW.findall(_PAGE))
def test_row_names_the_property_s_own_test(number: str, shown_by: str) -> None:
    """A property's row names the Hypothesis test that carries its number."""
    assert [
        name
        for _, name in named_tests(shown_by)
        if name.startswith(f"test_property_{int(number):02}_")
    ]


def test_every_property_test_is_listed() -> None:
    """No property test is missing from the page."""
    property_tests = {
        (str(path.relative_to(ROOT)), name)
        for path in PROPERTIES
        for name in functions_of(path)
        if name.startswith("test_property_")
    }

    assert len(property_tests) == 18
    assert property_tests <= set(LISTED)


@pytest.mark.parametrize("path", PROPERTIES, ids=[path.stem for path in PROPERTIES])
def test_properties_are_held_against_a_hundred_examples(path: Path) -> None:
    """Every property test is a Hypothesis test with a hundred examples."""
    for name, function in functions_of(path).items():
        if name.startswith("test_property_"):
            decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
            assert decorators[0] == "hundred_examples"
            assert decorators[1].startswith("given(")
