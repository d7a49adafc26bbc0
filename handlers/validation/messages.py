"""Validation messages: what pydantic reports of a request's body, as clients read it, all in one voice."""

import re
from collections.abc import Mapping
from typing import Any, Final

from handlers.common.repeated import REPEATED
from handlers.validation.fields import RULE

# By pydantic's type of error. Its own messages speak of Python's types, and some of them quote values.
# https://docs.pydantic.dev/latest/errors/validation_errors/
_SENTENCES: Final[Mapping[str, str]] = {
    RULE: "{message}",
    "decimal_max_places": "Must have at most {decimal_places} decimals",
    "dict_type": "Must be an object",
    "extra_forbidden": "Is not a field of an order",
    "finite_number": "Must be a finite number",
    "greater_than": "Must be greater than {gt}",
    "greater_than_equal": "Must be at least {ge}",
    "int_type": "Must be an integer",
    "is_instance_of": "Must be a number",
    "less_than_equal": "Must be at most {le}",
    "list_type": "Must be an array",
    "missing": "Must be present",
    "model_type": "Must be an object",
    "string_pattern_mismatch": "Must be 1 to 128 letters, digits or any of ._:-, and begin with a letter or digit",
    "string_too_long": "Must be at most {max_length} characters long",
    "string_too_short": "Must be at least {min_length} {characters} long",
    "string_type": "Must be a string",
    "string_unicode": "Must be Unicode text",
    "too_long": "Must have at most {max_length} entries",
    "too_short": "Must have at least {min_length} entry",
}
# How pydantic writes a limit that is a Decimal.
_DECIMAL: Final = re.compile(r"Decimal\('([^']+)'\)")

# For a type of error that a field added to the model brings with it.
_ANY: Final = "Must be a valid value"

# Where pydantic reports the name of an object's entry, in place of its value.
_NAME: Final = "[key]"


def message(error: Mapping[str, Any]) -> str:
    """Return the sentence for one of pydantic's errors; nothing of the value is in it."""
    if error["input"] is REPEATED:
        return "Must not be given twice"
    if error["loc"][-1:] == ("itemId",):
        return "Must be absent, or equal to productId"
    context = error.get("ctx", {})
    characters = "character" if context.get("min_length") == 1 else "characters"
    sentence = _SENTENCES.get(error["type"], _ANY).format(**context, characters=characters)
    sentence = _DECIMAL.sub(r"\1", sentence)
    return f"Name {sentence[0].lower()}{sentence[1:]}" if _is_about_name(error["loc"]) else sentence


def location(error: Mapping[str, Any]) -> tuple[int | str, ...]:
    """Return the names and indexes that lead to the value, or to the entry whose name is wrong."""
    place: tuple[int | str, ...] = error["loc"]
    return place[:-1] if _is_about_name(place) else place


def _is_about_name(place: tuple[int | str, ...]) -> bool:
    # A client may call an address's line `[key]`; the place of such a line is one shorter.
    return len(place) > 2 and place[-1] == _NAME  # noqa: PLR2004 - field, entry, `[key]`
