"""A resource as the rules read it, in previews and in updates."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final


class Unknown:
    """A value that is known after the update only.

    It counts as true, so that `if not value` finds missing values and skips unknown ones.
    """

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()

# The properties by which other resources refer to a resource.
_IDENTIFIERS: Final = ("arn", "bucket", "name", "url")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource, with the property names of the provider's schema."""

    type: str
    name: str
    urn: str
    props: Mapping[str, Any]
    protect: bool = False
    sources: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By property, the URNs of the resources that its value comes from; known in previews, too."""

    def __str__(self) -> str:
        return f"{self.type} '{self.name}'"

    @property
    def stack(self) -> str:
        """The name of its stack."""
        return self.urn.split("::")[0].removeprefix("urn:pulumi:")

    def get(self, path: str) -> Any:
        """Return the value at a path such as `settings.throttlingRateLimit`, or None."""
        value: Any = self.props
        for key in path.split("."):
            if isinstance(value, Unknown):
                return value
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def has(self, prop: str) -> bool:
        """Whether the program sets a property; an unknown value without source is AWS's default."""
        value = self.get(prop)
        return bool(self.sources.get(prop)) if isinstance(value, Unknown) else bool(value)

    def references(self, prop: str, target: "Resource") -> bool:
        """Whether a property, or JSON text in it, refers to another resource."""
        values = list(leaves(self.get(prop)))
        identifiers = [target.get(key) for key in _IDENTIFIERS]
        if any(value in values for value in identifiers if isinstance(value, str)):
            return True
        is_unknown = any(isinstance(value, Unknown) for value in values)
        return is_unknown and target.urn in self.sources.get(prop, ())


def leaves(value: Any) -> Iterator[Any]:
    """Yield every single value of a structure and of JSON texts in it."""
    if isinstance(value, str):
        value = parse_json(value)
    if isinstance(value, Mapping):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def parse_json(text: str) -> Any:
    """Return the JSON object in a text, or the text."""
    try:
        return json.loads(text) if text.startswith("{") else text
    except ValueError:
        return text


def resolve(value: Any, unknown_error: type[Exception]) -> Any:
    """Copy a structure of the engine's proxies, which raise an error for unknown values."""
    if isinstance(value, Mapping):
        return {key: _item(value, key, unknown_error) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_item(value, number, unknown_error) for number in range(len(value))]
    return value


def _item(container: Any, key: Any, unknown_error: type[Exception]) -> Any:
    try:
        item = container[key]
    except unknown_error:
        return UNKNOWN
    return resolve(item, unknown_error)
