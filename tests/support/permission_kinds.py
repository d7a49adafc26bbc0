"""What a permission is, and the two ways to show that it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from infra.config import StackConfig


class Held(NamedTuple):
    """That a role may do something to something: the last part of its ARN, less the stack's prefix."""

    holder: str  # a function, by its package, or the service whose role it is
    action: str
    resource: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The function's code calls `operation`; the emulator refuses it without the permission, and a test watches that."""

    operation: str
    test: str


@dataclass(frozen=True, kw_only=True)
class Documented:
    """The emulator does not ask for it; AWS does, says `source`, and `tests` hold the policies to it."""

    because: str
    source: str
    tests: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Some actions of one or more roles, each on resources of its own, and the stacks that have them."""

    on: Mapping[str, tuple[str, ...]]
    actions: tuple[str, ...]
    why: str
    proof: Refused | Documented
    when: Callable[[StackConfig], bool] = lambda _: True

    def held(self) -> Iterator[Held]:
        """Each role with each action on each resource."""
        for holder, resources in self.on.items():
            for action in self.actions:
                yield from (Held(holder, action, resource) for resource in resources)
