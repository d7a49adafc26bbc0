"""Searches a function's log group for an order: when it was processed, attempts, the last error."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orderctl.cli_support import masked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderctl.stack import Stack

_MAX_ERROR = 500

# How Python separates the tracebacks of an error, its causes, and what was being handled.
_TRACEBACK = "Traceback (most recent call last):"
_CAUSED = "The above exception was the direct cause of the following exception:"
_HANDLING = "During handling of the above exception, another exception occurred:"


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """A line about the order; `attempt` is the receive count of its message.

    Lines of the relay have none, nor have those of a message that succeeds at its first receive.
    """

    at: datetime
    level: str
    message: str
    message_id: str
    attempt: int | None
    error: str | None

    @property
    def failed(self) -> bool:
        """Whether the line is about a failed attempt."""
        return self.level == "ERROR"

    @classmethod
    def of(cls, event: Mapping[str, Any], order_id: str) -> LogLine | None:
        """Parse a log event; None if it is about another order, which the filter may match."""
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
    """The lines of one function about one order, sorted by time."""

    lines: list[LogLine] = field(default_factory=list)
    complete: bool = True
    """Whether the log was searched up to the line that reports success, or to its end."""

    def first(self, message: str) -> datetime | None:
        """Return the time of a message's first line."""
        return next((line.at for line in self.lines if line.message == message), None)

    @property
    def last(self) -> LogLine | None:
        """The last line."""
        return self.lines[-1] if self.lines else None

    @property
    def attempts(self) -> int | None:
        """The receives of all messages about the order; a redriven message is a new one."""
        receives: dict[str, int] = {}
        failures, succeeded = 0, False
        for line in self.lines:
            if line.attempt is None:
                failures += line.failed
                succeeded = not line.failed
                continue
            if line.attempt > 1 and line.message_id not in receives:
                succeeded = False  # the success was an earlier receive of this message
            receives[line.message_id] = max(line.attempt, receives.get(line.message_id, 0))
        return sum(receives.values()) + failures + succeeded or None

    @property
    def last_error(self) -> str | None:
        """The error of the last failed attempt: masked and truncated."""
        return next(
            (line.error or line.message for line in reversed(self.lines) if line.failed), None
        )


def search(
    stack: Stack,
    function: str,
    order_id: str,
    time_range: tuple[datetime, datetime],
    *,
    until: frozenset[str],
) -> FunctionLog:
    """Return a function's lines about an order, up to the first page with a message in `until`."""
    log = FunctionLog()
    start, end = (int(time.timestamp() * 1000) for time in time_range)
    if start >= end:
        return log
    logs = stack.client("logs")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{function}",
        startTime=start,
        endTime=end,
        filterPattern=f'{{ $.orderId = "{order_id}" }}',
    )
    with suppress(logs.exceptions.ResourceNotFoundException):
        for page in itertools.islice(pages, stack.log_pages):
            lines = [line for event in page["events"] if (line := LogLine.of(event, order_id))]
            log.lines += lines
            is_finished = any(line.message in until for line in lines)
            log.complete = is_finished or "nextToken" not in page
            if is_finished:
                break
    log.lines.sort(key=lambda line: line.at)
    return log


def _error(line: Mapping[str, Any]) -> str | None:
    """Return the error after a traceback's frames, with its causes, or else the line's reason."""
    traceback = line.get("exception")
    if not isinstance(traceback, str):
        reason = line.get("reason")
        return None if reason is None else masked(reason, max_length=_MAX_ERROR)
    errors: list[str] = []
    for section in traceback.split(_TRACEBACK):
        errors.append(_without_frames(section.partition(_CAUSED)[0]))
        if _HANDLING in section:  # an error that was being handled is no cause
            errors.clear()
    text = ", caused by ".join(filter(None, reversed(errors)))
    return masked(text or line.get("exception_name"), max_length=_MAX_ERROR)


def _without_frames(text: str) -> str:
    lines = itertools.dropwhile(lambda one: not one or one.startswith(" "), text.splitlines())
    return " ".join(" ".join(lines).split())
