"""Unicode normalization: what clients send is compared, stored and looked up in NFC."""

import unicodedata
from typing import Any, TypeVar

from handlers.common.repeated import REPEATED
from handlers.validation import text

_Value = TypeVar("_Value")


def nfc(value: _Value) -> _Value:
    """Return text in NFC, and an object or array with all its text, names included, in NFC.

    The value of a name that an object holds more than once then is `REPEATED`. A loop takes the place of recursion,
    since JSON may nest as deeply as the interpreter's stack.
    """
    root: list[Any] = [value]
    todo: list[Any] = [root]
    while todo:
        container = todo.pop()
        for place, each in (
            enumerate(container) if isinstance(container, list) else container.items()
        ):
            match each:
                case str():
                    container[place] = _normalized(each)
                case list() if each:
                    container[place] = items = each.copy()
                    todo.append(items)
                case dict() if each:
                    container[place] = fields = _with_normalized_names(each)
                    todo.append(fields)
    normalized: _Value = root[0]
    return normalized


def _normalized(written: str) -> str:
    # The time that it takes grows with the square of the marks in a row. Such text is refused in either form.
    return (
        written
        if written.isascii() or text.is_stacked(written)
        else unicodedata.normalize("NFC", written)
    )


def _with_normalized_names(fields: dict[str, Any]) -> dict[str, Any]:
    renamed: dict[str, Any] = {}
    for name, value in fields.items():
        normal = _normalized(name)
        renamed[normal] = REPEATED if normal in renamed else value
    return renamed
