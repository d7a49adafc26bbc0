"""docs/permissions.md is generated from the table of permissions, and names tests that exist."""

from __future__ import annotations

from tests.docs.permissions import PAGE, generate
from tests.support.doc_tests import exists, named_tests

_TEXT = PAGE.read_text(encoding="utf-8")


def test_the_tables_are_up_to_date() -> None:
    """The page has the tables that `make docs` generates."""
    assert generate(_TEXT) == _TEXT


def test_the_tests_that_the_page_names_exist() -> None:
    """Every test that the page names exists."""
    assert [test for test in named_tests(_TEXT) if not exists(*test)] == []
