"""Filter patterns of CloudWatch Logs for JSON lines: a field that equals a text.

The emulator takes every pattern for JSON as one that matches all lines, so a search for one order
would return the whole log.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    Matches: TypeAlias = Callable[[str], bool]

_FIELD_EQUALS = re.compile(r'\{\s*\$\.(?P<field>\w+)\s*=\s*"(?P<text>[^"]*)"\s*\}')


def field_filter(pattern: str) -> Matches | None:
    """Return whether a line matches `{ $.field = "text" }`; None for any other pattern."""
    if not (match := _FIELD_EQUALS.fullmatch(pattern.strip())):
        return None
    name, text = match["field"], match["text"]
    if "*" in text or "\\" in text:
        return None

    def matches(line: str) -> bool:
        try:
            # JSON may write any character as an escape, but an ID or a level has none.
            fields = json.loads(line) if text in line or "\\u" in line else None
        except (ValueError, RecursionError):
            return False
        return isinstance(fields, dict) and fields.get(name) == text

    return matches
