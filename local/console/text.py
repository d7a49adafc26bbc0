"""Values from tables, queues and logs as text for a page: any value, without invisible effects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import simplejson

from orderctl.output import Line
from orderctl.render import STYLES

if TYPE_CHECKING:
    from orderctl.output import View

_TONES = {"green": "good", "red": "bad", "yellow": "warn"}
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def visible(value: object) -> str:
    r"""Return a text in which control and format characters are escapes, such as `\u202e`.

    They could hide a part of the text, or display it in another order.
    """
    return "".join(
        char if char.isprintable() or char in "\n\u200d" else _escape(char) for char in str(value)
    )


def segment(value: object) -> str:
    """Return a text as one segment of a URL's path: a slash in it is no separator."""
    return quote(str(value), safe="", errors="replace")


def pretty(value: Any) -> str:
    """Return a value as JSON; what JSON does not have, such as bytes, is a text."""
    text: str = simplejson.dumps(
        value,
        use_decimal=True,
        ensure_ascii=False,
        indent=2,
        default=str,
        encoding=None,  # bytes are no text
    )
    return visible(text)


def pretty_json(text: str) -> str:
    """Return a JSON document with line breaks; any other text as it is."""
    try:
        return pretty(simplejson.loads(text, use_decimal=True))
    except (ValueError, RecursionError):
        return visible(text)


def moment(value: object) -> datetime | None:
    """Return the time that a text names in ISO 8601, if it names one."""
    try:
        time = datetime.fromisoformat(str(value))
        return time.astimezone(UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None


def tone(state: str) -> str:
    """Return the tone of a timeline's state."""
    return _TONES.get(STYLES.get(state, ""), "")


def milliseconds(value: float | None) -> str:
    """Return a duration: `12 ms`, `1.2 s`; nothing for None."""
    if value is None:
        return ""
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"  # noqa: PLR2004 (a second)


def age(since: datetime) -> str:
    """Return how long ago a time is: `5 minutes`."""
    seconds = max(0, int((datetime.now(UTC) - since).total_seconds()))
    for length, unit in _UNITS:
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} s"


def notice(view: View) -> str:
    """Return the lines of a view of orderctl as one text."""
    return " ".join(part.text for part in view.parts if isinstance(part, Line))


def _escape(char: str) -> str:
    number = ord(char)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004 (the BMP)
