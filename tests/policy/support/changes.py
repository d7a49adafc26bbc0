"""Changes to a recorded stack, made to break a rule or to stay within it."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from policy.rules import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Change = Callable[[list[Resource]], list[Resource]]


@dataclasses.dataclass(frozen=True)
class Breach:
    """A change that breaks a rule, and what the rule then says after the resource's name."""

    rule: str
    change: Change
    says: str


@dataclasses.dataclass(frozen=True)
class Allowed:
    """A change that looks like a breach of a rule, and is none."""

    rule: str
    change: Change


def edit(name: str, kind: str, /, **props: Any) -> Change:
    """Replace properties of one resource, or leave out those that are None."""

    def change(resource: Resource) -> Resource:
        together = {**resource.props, **props}
        return dataclasses.replace(
            resource, props={key: item for key, item in together.items() if item is not None}
        )

    return _one(name, kind, change)


def hide(name: str, kind: str, source: str, source_kind: str, /, **props: Any) -> Change:
    """Replace properties of one resource by what is not known yet, but known to come from another one."""

    def change(among: list[Resource]) -> list[Resource]:
        (urn,) = (each.urn for each in among if (each.name, each.type) == (source, source_kind))
        sources = dict.fromkeys(props, frozenset([urn]))

        def hidden(resource: Resource) -> Resource:
            together = {**resource.props, **props}
            return dataclasses.replace(
                resource, props=together, sources={**resource.sources, **sources}
            )

        return _one(name, kind, hidden)(among)

    return change


def unprotect(name: str, kind: str) -> Change:
    """Let Pulumi delete one resource."""
    return _one(name, kind, lambda resource: dataclasses.replace(resource, protect=False))


def drop(name: str, kind: str) -> Change:
    """Take one resource out of the stack."""

    def change(among: list[Resource]) -> list[Resource]:
        left = [resource for resource in among if (resource.name, resource.type) != (name, kind)]
        assert len(left) == len(among) - 1, f"there is no {kind} '{name}'"
        return left

    return change


def add(kind: str, /, **props: Any) -> Change:
    """Put one more resource, called `new`, into the stack."""

    def change(among: list[Resource]) -> list[Resource]:
        urn = f"{among[0].urn.rpartition('::')[0].rpartition('::')[0]}::{kind}::new"
        return [*among, Resource(type=kind, name="new", urn=urn, props=props)]

    return change


def both(first: Change, second: Change) -> Change:
    """Make one change after another."""
    return lambda among: second(first(among))


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document as the engine shows it."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allows(action: str | list[str], resource: str, **more: Any) -> str:
    """A policy document of one statement, which allows something."""
    return document({"Effect": "Allow", "Action": action, "Resource": resource, **more})


def _one(name: str, kind: str, replace: Callable[[Resource], Resource]) -> Change:
    def change(among: list[Resource]) -> list[Resource]:
        found = [
            number
            for number, resource in enumerate(among)
            if (resource.name, resource.type) == (name, kind)
        ]
        assert len(found) == 1, f"there is no {kind} '{name}'"
        (number,) = found
        return [*among[:number], replace(among[number]), *among[number + 1 :]]

    return change
