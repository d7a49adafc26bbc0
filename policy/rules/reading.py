"""What the engine hands over, as the plain values that rules look at."""

from collections.abc import Mapping, Sequence
from typing import Any

from .resource import UNKNOWN


def known(value: Any, unknown: type[Exception]) -> Any:
    """Return a structure without the engine's proxies, which raise an exception for what a preview cannot know."""
    if isinstance(value, Mapping):
        return {key: _item(value, key, unknown) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_item(value, number, unknown) for number in range(len(value))]
    return value


def _item(container: Any, key: Any, unknown: type[Exception]) -> Any:
    try:
        item = container[key]
    except unknown:
        return UNKNOWN
    return known(item, unknown)
