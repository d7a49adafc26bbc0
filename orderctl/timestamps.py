"""How an operator writes moments and spans of time."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from orderctl.errors import WRONG_USAGE, OperatorError

_SPAN = re.compile(r"([0-9]{1,5})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def span(text: str) -> timedelta:
    """Return a span of time: `90m`, `2h`, `1d`."""
    if found := _SPAN.fullmatch(text):
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    raise OperatorError(f"'{text}' is no span of time: write 90m, 2h, 1d.", exit_code=WRONG_USAGE)


def moment(text: str) -> datetime:
    """Return a moment: `2026-01-15T10:00:00Z`, or how long ago, `2h`."""
    if _SPAN.fullmatch(text):
        return datetime.now(UTC) - span(text)
    with suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    raise OperatorError(
        f"'{text}' is no moment: write 2026-01-15T10:00:00Z (with Z or an offset), or how long ago: 90m, 2h, 1d.",
        exit_code=WRONG_USAGE,
    )


def window(since: str, until: str) -> tuple[datetime, datetime]:
    """Return two moments, of which the first is the earlier one."""
    last, first = moment(until), moment(since)
    if first >= last:
        raise OperatorError("--since has to be before --until.", exit_code=WRONG_USAGE)
    return first, last
