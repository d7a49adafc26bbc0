"""The tables of docs/permissions.md: `python -m tests.docs.permissions --write` or `--check`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.support.functions import HANDLERS
from tests.support.permissions import CODE, SERVICES
from tooling import markdown
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.permissions import Permission

PAGE: Final = ROOT / "docs" / "permissions.md"


def generate(page: str) -> str:
    """Return the page with each of its two tables, in this order, generated anew."""
    tables = iter(
        (
            markdown.table(
                ("function", "action", "resource", "use", "stack"),
                ((*_cells(permission), permission.stack) for permission in CODE),
            ),
            markdown.table(
                (
                    "role of",
                    "action",
                    "resource",
                    "use",
                    "why the emulator does not show it",
                    "tests",
                ),
                (
                    (
                        *_cells(permission),
                        f"{permission.unchecked}; [AWS]({permission.source})",
                        _code(permission.tests),
                    )
                    for permission in SERVICES
                ),
            ),
        )
    )
    return re.sub(r"(?:^\|.*\n)+", lambda _: next(tables), page, flags=re.MULTILINE)


def _cells(permission: Permission) -> tuple[str, ...]:
    roles = [*permission.resources]
    resources = (
        each.resource.replace(f"/{each.role}:", "/<function>:")
        for each in permission.role_actions()
    )
    return (
        "every function" if roles == [*HANDLERS] else _code(roles),
        _code(permission.actions),
        _code(resources),
        permission.use,
    )


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names))


if __name__ == "__main__":
    markdown.run("tests.docs.permissions", PAGE, generate)
