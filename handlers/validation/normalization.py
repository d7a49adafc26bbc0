"""Unicode normalization (NFC) of everything that clients send."""

import unicodedata
from typing import Any, TypeVar

from handlers.common.exact_json import REPEATED
from handlers.validation import text

_Value = TypeVar("_Value")


def nfc(value: _Value) -> _Value:
    """Return a JSON value with all its texts, names included, in NFC.

    If two names of an object become equal, the value is `REPEATED`. A loop replaces recursion,
    because JSON may nest as deeply as the interpreter's stack.
    """
    root: list[Any] = [value]
    todo: list[Any] = [root]
    while todo:
        container = todo.pop()
        for key, each in enumerate(container) if isinstance(container, list) else container.items():
            match each:
                case str():
                    container[key] = _normalized(each)
                case list() if each:
                    container[key] = items = each.copy()
                    todo.append(items)
                case dict() if each:
                    container[key] = fields = _with_normalized_names(each)
                    todo.append(fields)
    normalized: _Value = root[0]
    return normalized


def _normalized(value: str) -> str:
    # Normalization takes quadratic time for many marks in a row; such text is refused anyway.
    if value.isascii() or text.is_stacked(value):
        return value
    return unicodedata.normalize("NFC", value)


def _with_normalized_names(fields: dict[str, Any]) -> dict[str, Any]:
    renamed: dict[str, Any] = {}
    for name, value in fields.items():
        normal = _normalized(name)
        renamed[normal] = REPEATED if normal in renamed else value
    return renamed
