"""A stack's resources as rules see them, in a preview and after it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final


class Unknown:
    """A value that only a deployment can tell.

    It counts as true, so that `if not value` finds what is missing and leaves alone what a preview cannot know.
    """

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()

# What other resources name a resource by.
_IDENTITIES: Final = ("arn", "name", "url")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource, whose properties have the names of the provider's own schema."""

    type: str
    name: str
    urn: str
    props: Mapping[str, Any]
    protect: bool = False
    sources: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """For each property, the URNs of the resources that its value comes from; a preview knows these, too."""

    def __str__(self) -> str:
        return f"{self.type} '{self.name}'"

    @property
    def stack(self) -> str:
        """The name of the stack that it belongs to."""
        return self.urn.split("::")[0].removeprefix("urn:pulumi:")

    def at(self, path: str) -> Any:
        """Return the value at a path such as `settings.throttlingRateLimit`, or None where there is none."""
        value: Any = self.props
        for key in path.split("."):
            if isinstance(value, Unknown):
                return value
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def gives(self, prop: str) -> bool:
        """Whether the program sets a property; an unknown value that comes from no resource is AWS's own default."""
        value = self.at(prop)
        return bool(self.sources.get(prop)) if isinstance(value, Unknown) else bool(value)

    def refers(self, prop: str, target: "Resource") -> bool:
        """Whether a property, or the JSON text that it is, names another resource."""
        found = list(leaves(self.at(prop)))
        if any(target.at(key) in found for key in _IDENTITIES if isinstance(target.at(key), str)):
            return True
        return any(isinstance(leaf, Unknown) for leaf in found) and target.urn in self.sources.get(
            prop, ()
        )


def leaves(value: Any) -> Iterator[Any]:
    """Yield every single value within a structure, and within the JSON texts that it holds."""
    if isinstance(value, str):
        value = parsed(value)
    if isinstance(value, Mapping):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def parsed(text: str) -> Any:
    """Return the JSON object that a text holds, or the text."""
    try:
        return json.loads(text) if text.startswith("{") else text
    except ValueError:
        return text
