"""Unicode normalization: what clients send is compared, stored and looked up in NFC."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from handlers.shared.exact_json import REPEATED


def nfc(value: Any) -> Any:
    """Return text in NFC, and an object or array with all its text, names included, in NFC.

    The value of a name that an object holds more than once then is `REPEATED`. A loop takes the place of recursion,
    since JSON may nest as deeply as the interpreter's stack.
    """
    root: list[Any] = [value]
    todo: list[tuple[Any, Any]] = [(root, 0)]
    while todo:
        container, place = todo.pop()
        match container[place]:
            case str() as text:
                container[place] = unicodedata.normalize("NFC", text)
            case list() as items:
                container[place] = copy = list(items)
                todo += ((copy, index) for index in range(len(copy)))
            case dict() as fields:
                container[place] = renamed = _with_normalized_names(fields.items())
                todo += ((renamed, name) for name in renamed)
    return root[0]


def _with_normalized_names(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    renamed: dict[str, Any] = {}
    for name, value in fields:
        normal = unicodedata.normalize("NFC", name)
        renamed[normal] = REPEATED if normal in renamed else value
    return renamed
