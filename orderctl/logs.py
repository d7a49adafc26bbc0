"""Searches a function's log group: an order's lines, attempts and last error; failed messages."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orderctl.cli_support import masked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from orderctl.stack import Stack

    TimeRange = tuple[datetime, datetime]

_MAX_ERROR = 500

# How Python separates the tracebacks of an error, its causes, and what was being handled.
_TRACEBACK = "Traceback (most recent call last):"
_CAUSED = "The above exception was the direct cause of the following exception:"
_HANDLING = "During handling of the above exception, another exception occurred:"


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """A line of a function's log; `attempt` is the receive count of its message.

    Lines of the relay have none, nor have those of a message that succeeds at its first receive.
    `fields` is the whole line.
    """

    at: datetime
    level: str
    message: str
    message_id: str
    attempt: int | None
    error: str | None
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def failed(self) -> bool:
        """Whether the line is about a failed attempt."""
        return self.level == "ERROR"

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> LogLine | None:
        """Parse a log event; None if it is no line of JSON, such as those of Lambda itself."""
        try:
            line = json.loads(event["message"])
            at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        except (ValueError, RecursionError, OverflowError):
            return None
        return cls.of_fields(line, at) if isinstance(line, dict) else None

    @classmethod
    def of_fields(cls, line: Mapping[str, Any], at: datetime) -> LogLine:
        """Return the line with these fields, which were logged at a time."""
        attempt = line.get("attempt")
        return cls(
            at=at,
            level=str(line.get("level", "INFO")),
            message=str(line.get("message")),
            message_id=str(line.get("messageId")),
            attempt=attempt if type(attempt) is int else None,
            error=error_of(line),
            fields=line,
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
    time_range: TimeRange,
    *,
    until: frozenset[str],
) -> FunctionLog:
    """Return a function's lines about an order, up to the first page with a message in `until`."""
    log = FunctionLog()
    for page, is_last in _pages(stack, function, time_range, f'{{ $.orderId = "{order_id}" }}'):
        # The filter may match lines about other orders.
        lines = [line for line in page if line.fields.get("orderId") == order_id]
        log.lines += lines
        is_finished = any(line.message in until for line in lines)
        log.complete = is_finished or is_last
        if is_finished:
            break
    log.lines.sort(key=lambda line: line.at)
    return log


def last_failures(
    stack: Stack, function: str, message_ids: Collection[str], time_range: TimeRange
) -> dict[str, LogLine]:
    """Return the last line about a failed attempt of each message, by message ID.

    A message that is moved to the dead-letter queue keeps its ID.
    """
    failures: dict[str, LogLine] = {}
    for page, _ in _pages(stack, function, time_range, '{ $.level = "ERROR" }'):
        for line in page:
            known = failures.get(line.message_id)
            if (
                line.failed
                and line.message_id in message_ids
                and (known is None or known.at <= line.at)
            ):
                failures[line.message_id] = line
    return failures


def _pages(
    stack: Stack, function: str, time_range: TimeRange, pattern: str
) -> Iterator[tuple[list[LogLine], bool]]:
    """Yield the lines of each page of the log that match, and whether the page is the last one."""
    start, end = (int(time.timestamp() * 1000) for time in time_range)
    if start >= end:
        return
    logs = stack.client("logs")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{function}",
        startTime=start,
        endTime=end,
        filterPattern=pattern,
    )
    with suppress(logs.exceptions.ResourceNotFoundException):
        for page in itertools.islice(pages, stack.log_pages):
            lines = [line for event in page["events"] if (line := LogLine.of(event))]
            yield lines, "nextToken" not in page


def error_of(line: Mapping[str, Any]) -> str | None:
    """Return a line's error: what follows a traceback's frames, with its causes, or the reason."""
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
