"""docs/permissions.md is generated from the table of permissions."""

from __future__ import annotations

from tests.docs.permissions import PAGE, generate


def test_the_tables_are_up_to_date() -> None:
    """The page has the tables that `make docs` generates."""
    text = PAGE.read_text(encoding="utf-8")
    assert generate(text) == text
