"""IAM permissions of the release commands: actions, resources, and the calls that need them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tooling import markdown

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True)
class Permission:
    """IAM actions on a resource, and the API operations that need them."""

    actions: tuple[str, ...]
    resource: str
    use: str
    operations: tuple[str, ...]


def of_service(
    service: str, *operations: str, resource: str, use: str, actions: tuple[str, ...] = ()
) -> Permission:
    """Return a permission whose actions have the names of the operations, unless given."""
    names = actions or operations
    return Permission(
        actions=tuple(f"{service}:{name}" for name in names),
        resource=resource,
        use=use,
        operations=operations,
    )


def table(permissions: Iterable[Permission], use: str) -> str:
    """Return the table of a page; `use` is the heading of its last column."""
    rows = [
        (", ".join(f"`{action}`" for action in each.actions), each.resource, each.use)
        for each in permissions
    ]
    return markdown.table(("actions", "resources", use), rows)
