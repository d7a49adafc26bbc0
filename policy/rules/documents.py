"""IAM policy documents in any property of a resource."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .resource import Resource, parse_json


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a document; single values are tuples as well."""

    place: str
    """The document's property, and the statement's Sid or number."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...]
    condition: Mapping[str, Any]
    inverted: tuple[str, ...]
    """The names of `NotAction`, `NotPrincipal` and `NotResource`, as far as it has them."""


def statements(resource: Resource, effect: str) -> list[Statement]:
    """Return the statements with an effect of every known document in a resource."""
    return [statement for statement in _find(resource.props, "") if statement.effect == effect]


def _find(value: Any, place: str) -> Iterator[Statement]:
    """Find documents by their content, so that no property is missed."""
    value = parse_json(value) if isinstance(value, str) else value
    if isinstance(value, Mapping) and "Statement" in value:
        for number, raw in enumerate(_as_list(value["Statement"])):
            if isinstance(raw, Mapping):
                yield _statement(raw, f"{place}, statement {raw.get('Sid', number)}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _find(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _find(item, f"{place}[{number}]")


def _statement(raw: Mapping[str, Any], place: str) -> Statement:
    return Statement(
        place=place,
        effect=str(raw.get("Effect")),
        actions=_texts(raw.get("Action")),
        resources=_texts(raw.get("Resource")),
        principals=_principals(raw.get("Principal")),
        condition=raw.get("Condition") or {},
        inverted=tuple(
            sorted(key for key in raw if key in {"NotAction", "NotPrincipal", "NotResource"})
        ),
    )


def _principals(value: Any) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        return tuple(text for item in value.values() for text in _texts(item))
    return _texts(value)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(item for item in _as_list(value) if isinstance(item, str))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
