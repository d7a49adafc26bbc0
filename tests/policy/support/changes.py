"""Changes to a recorded stack: resources are added, edited or removed."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from policy.rules import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Change = Callable[[list[Resource]], list[Resource]]


def edit(name: str, type_: str, /, **props: Any) -> Change:
    """Replace properties of one resource; None removes a property."""

    def change(resource: Resource) -> Resource:
        items = {**resource.props, **props}.items()
        return dataclasses.replace(
            resource, props={key: value for key, value in items if value is not None}
        )

    return _replace(name, type_, change)


def hide(name: str, type_: str, source: str, source_type: str, /, **props: Any) -> Change:
    """Replace properties of one resource by unknown values that come from another resource."""

    def change(resources: list[Resource]) -> list[Resource]:
        urn = resources[_index(resources, source, source_type)].urn
        sources = dict.fromkeys(props, frozenset([urn]))

        def replace(resource: Resource) -> Resource:
            return dataclasses.replace(
                resource,
                props={**resource.props, **props},
                sources={**resource.sources, **sources},
            )

        return _replace(name, type_, replace)(resources)

    return change


def unprotect(name: str, type_: str) -> Change:
    """Remove Pulumi's protection of one resource."""
    return _replace(name, type_, lambda resource: dataclasses.replace(resource, protect=False))


def drop(name: str, type_: str) -> Change:
    """Remove one resource."""

    def change(resources: list[Resource]) -> list[Resource]:
        index = _index(resources, name, type_)
        return [*resources[:index], *resources[index + 1 :]]

    return change


def add(type_: str, /, **props: Any) -> Change:
    """Add a resource called `new`."""

    def change(resources: list[Resource]) -> list[Resource]:
        urn = f"{resources[0].urn.rpartition('::')[0].rpartition('::')[0]}::{type_}::new"
        return [*resources, Resource(type=type_, name="new", urn=urn, props=props)]

    return change


def both(first: Change, second: Change) -> Change:
    """Make one change after another."""
    return lambda resources: second(first(resources))


def document(*statements: Mapping[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: str, **more: Any) -> str:
    """Return a policy document with one `Allow` statement."""
    return document({"Effect": "Allow", "Action": action, "Resource": resource, **more})


def _replace(name: str, type_: str, replace: Callable[[Resource], Resource]) -> Change:
    def change(resources: list[Resource]) -> list[Resource]:
        index = _index(resources, name, type_)
        return [*resources[:index], replace(resources[index]), *resources[index + 1 :]]

    return change


def _index(resources: list[Resource], name: str, type_: str) -> int:
    """Return the position of the one resource with a name and type."""
    indexes = [
        index for index, one in enumerate(resources) if (one.name, one.type) == (name, type_)
    ]
    assert len(indexes) == 1, f"there is no {type_} '{name}'"
    return indexes[0]
