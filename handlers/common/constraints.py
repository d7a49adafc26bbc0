"""Constraints of the fields of dataclasses, which pydantic reads without being imported here.

They are metadata of `Annotated` that extend a core schema.
https://docs.pydantic.dev/latest/concepts/types/#customizing-validation-with-__get_pydantic_core_schema__
"""

from collections.abc import Callable
from typing import Any


class Limits:
    """Settings of a type in a core schema, such as `max_length`."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings

    def __get_pydantic_core_schema__(
        self, source: Any, handler: Callable[[Any], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return the type's schema with the settings."""
        return {**handler(source), **self._settings}


class Before:
    """A function that gets a value before its type is validated, and returns it or raises."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def __get_pydantic_core_schema__(
        self, source: Any, handler: Callable[[Any], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return the type's schema behind the function."""
        function = {"type": "no-info", "function": self._function}
        return {"type": "function-before", "function": function, "schema": handler(source)}
