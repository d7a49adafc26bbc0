"""Validation messages: the errors of pydantic in the words of the API."""

from collections.abc import Mapping
from typing import Any, Final

from handlers.common.exact_json import REPEATED
from handlers.validation.rules import RULE

# By pydantic's error type. Pydantic's own messages name Python types, and some quote the value.
# https://docs.pydantic.dev/latest/errors/validation_errors/
SENTENCES: Final[Mapping[str, str]] = {
    RULE: "{message}",
    "decimal_max_places": "Must have at most {decimal_places} decimal places",
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
    "string_pattern_mismatch": "Must be 1 to 128 letters, digits or . _ : - and start with a "
    "letter or digit",
    "string_too_long": "Must be at most {max_length} characters",
    "string_too_short": "Must be at least {min_length} character{plural}",
    "string_type": "Must be a string",
    "string_unicode": "Must be valid Unicode text",
    "too_long": "Must have at most {max_length} entries",
    "too_short": "Must have at least {min_length} entry",
}
# For error types that only a new field of the model could cause.
_OTHER: Final = "Must be a valid value"

# The end of a location that means the name of an object's entry, and not its value.
_NAME: Final = "[key]"


def message(error: Mapping[str, Any]) -> str:
    """Return the message of one of pydantic's errors; it contains nothing of the value."""
    if error["input"] is REPEATED:
        return "Must not appear more than once"
    if error["loc"][-1:] == ("itemId",):
        return "Must equal productId"
    context = error.get("ctx", {})
    plural = "" if context.get("min_length") == 1 else "s"
    sentence = SENTENCES.get(error["type"], _OTHER).format(**context, plural=plural)
    return f"Name {sentence[0].lower()}{sentence[1:]}" if _is_name(error["loc"]) else sentence


def location(error: Mapping[str, Any]) -> tuple[int | str, ...]:
    """Return the names and indexes that lead to the value, or to the entry with the wrong name."""
    path: tuple[int | str, ...] = error["loc"]
    return path[:-1] if _is_name(path) else path


def _is_name(path: tuple[int | str, ...]) -> bool:
    # The path to an address line that a client named `[key]` is one shorter.
    return len(path) > 2 and path[-1] == _NAME  # noqa: PLR2004 - field, entry, `[key]`
