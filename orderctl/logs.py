"""What a function has logged about an order: when it did its work, how often it tried, and its last error."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orderctl.words import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderctl.stack import Stack

_LONGEST_ERROR = 500

# How Python separates the tracebacks of an error, its causes, and what was being handled.
_TRACEBACK = "Traceback (most recent call last):"
_CAUSED = "The above exception was the direct cause of the following exception:"
_HANDLING = "During handling of the above exception, another exception occurred:"
_FAILURES = frozenset({"ERROR", "CRITICAL"})


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """A line about the order; `attempt` is how often its message had been received by then."""

    at: datetime
    level: str
    message: str
    message_id: str
    attempt: int | None
    error: str | None

    @property
    def failed(self) -> bool:
        """Whether the line says that an attempt failed."""
        return self.level in _FAILURES

    @classmethod
    def of(cls, event: Mapping[str, Any], order_id: str) -> LogLine | None:
        """Return what a log event says; None if it is not about the order: the log's filter does not guarantee it."""
        try:
            line = json.loads(event["message"])
            at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        except (ValueError, RecursionError, OverflowError):
            return None
        if not isinstance(line, dict) or line.get("orderId") != order_id:
            return None
        attempt = line.get("attempt")
        return cls(
            at=at,
            level=str(line.get("level", "INFO")),
            message=str(line.get("message")),
            message_id=str(line.get("messageId")),
            attempt=attempt if type(attempt) is int else None,
            error=_error(line),
        )


@dataclass(kw_only=True)
class FunctionLog:
    """The lines of one function about one order, in the order of their times."""

    lines: list[LogLine] = field(default_factory=list)
    complete: bool = True
    """Whether the log was searched to the line that says that the work is done, or to its end."""

    def first(self, message: str) -> datetime | None:
        """Return when a message was logged first."""
        return next((line.at for line in self.lines if line.message == message), None)

    @property
    def last(self) -> LogLine | None:
        """The last line."""
        return self.lines[-1] if self.lines else None

    @property
    def attempts(self) -> int | None:
        """How often the work was tried: the receives of each message, of which a redrive makes another one."""
        by_message: dict[str, int] = {}
        for line in self.lines:
            if line.attempt is not None:
                by_message[line.message_id] = max(line.attempt, by_message.get(line.message_id, 0))
        # The relay gets records and no messages: each failure has a line, and so has the success.
        uncounted = [line for line in self.lines if line.attempt is None]
        failed = sum(line.failed for line in uncounted) + (
            bool(uncounted) and not uncounted[-1].failed
        )
        return sum(by_message.values()) + failed or None

    @property
    def last_error(self) -> str | None:
        """What the last failed attempt said; addresses are masked, and it is cut where it is long."""
        return next(
            (line.error or line.message for line in reversed(self.lines) if line.failed), None
        )


def search(
    stack: Stack,
    function: str,
    order_id: str,
    window: tuple[datetime, datetime],
    *,
    until: frozenset[str],
    most_pages: int,
) -> FunctionLog:
    """Return what a function logged about an order, up to the first page with one of the messages in `until`."""
    found = FunctionLog()
    first, last = (int(moment.timestamp() * 1000) for moment in window)
    if first >= last:
        return found
    logs = stack.client("logs")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{function}",
        startTime=first,
        endTime=last,
        filterPattern=f'{{ $.orderId = "{order_id}" }}',
    )
    with suppress(logs.exceptions.ResourceNotFoundException):
        for page in itertools.islice(pages, most_pages):
            lines = [line for event in page["events"] if (line := LogLine.of(event, order_id))]
            found.lines += lines
            found.complete = "nextToken" not in page or any(line.message in until for line in lines)
            if any(line.message in until for line in lines):
                break
    found.lines.sort(key=lambda line: line.at)
    return found


def _error(line: Mapping[str, Any]) -> str | None:
    """Return the error of a line, with its causes: what follows the frames of its traceback, or the reason it gives."""
    traceback = line.get("exception")
    if not isinstance(traceback, str):
        reason = line.get("reason")
        return None if reason is None else shown(reason, longest=_LONGEST_ERROR)
    errors: list[str] = []
    for section in traceback.split(_TRACEBACK):
        errors.append(_without_frames(section.partition(_CAUSED)[0]))
        if _HANDLING in section:  # what was handled is no cause
            errors.clear()
    text = ", caused by ".join(filter(None, reversed(errors)))
    return shown(text or line.get("exception_name"), longest=_LONGEST_ERROR)


def _without_frames(text: str) -> str:
    lines = itertools.dropwhile(lambda one: not one or one.startswith(" "), text.splitlines())
    return " ".join(" ".join(lines).split())
