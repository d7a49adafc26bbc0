"""JSON Patch operations of API Gateway's REST APIs, as AWS applies them."""

from __future__ import annotations

from typing import Any


def apply_patch(settings: dict[str, Any], operations: list[dict[str, str]]) -> dict[str, Any]:
    """Apply the patch operations of REST APIs, whose values are texts, to settings in place.

    The emulator would store `"false"` for a setting that is `False`, and take an escaped key for
    another one.
    """
    for operation in operations:
        *blocks, name = map(_unescaped, operation["path"].removeprefix("/").split("/"))
        block = settings
        for each in blocks:
            if not isinstance(block.get(each), dict):
                block[each] = {}
            block = block[each]
        if operation["op"] == "remove":
            block.pop(name, None)
        else:
            block[name] = _like(block.get(name), operation["value"])
    return settings


def _unescaped(part: str) -> str:
    """Return a key from a part of a JSON pointer."""
    return part.replace("~1", "/").replace("~0", "~")


def _like(old: object, text: str) -> object:
    """Return a value of the type that a setting has."""
    if isinstance(old, bool):
        return text == "true"
    return int(text) if isinstance(old, int) else text
