"""IAM policy documents, wherever a resource holds one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .resource import Resource, parsed


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a document; what may be one value or several is always several."""

    place: str
    """The property that holds the document, and the statement's Sid or number."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...]
    condition: Mapping[str, Any]
    inverted: tuple[str, ...]
    """Elements such as `NotAction`, which stand for everything but what they hold."""


def statements(resource: Resource, effect: str) -> list[Statement]:
    """Return the statements of an effect in every document of a resource; one that is not known yet has none."""
    return [statement for statement in _within(resource.props, "") if statement.effect == effect]


def _within(value: Any, place: str) -> Iterator[Statement]:
    """Find documents by what they are, so that no property that holds one can be forgotten."""
    value = parsed(value) if isinstance(value, str) else value
    if isinstance(value, Mapping) and "Statement" in value:
        for number, raw in enumerate(_several(value["Statement"])):
            if isinstance(raw, Mapping):
                yield _statement(raw, f"{place}, statement {raw.get('Sid', number)}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _within(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _within(item, f"{place}[{number}]")


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
    return tuple(item for item in _several(value) if isinstance(item, str))


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
