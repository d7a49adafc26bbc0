"""Invocations of the functions, read from their log groups with FilterLogEvents.

The lines of one invocation are those between Lambda's START and REPORT in one log stream.
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tooling.clients import Client

# A call reads again what is this old, because lines are stored a moment after their timestamp.
_OVERLAP_MS: Final = 1_000
# The most that one call returns; the emulator has no token for what follows.
_PAGE: Final = 10_000
# Invocations that have begun and not ended; a lost REPORT must not keep one for ever.
_MAX_OPEN: Final = 1_000

_START = re.compile(r"START RequestId: (\S+)")
_REPORT = re.compile(r"REPORT RequestId: \S+\s+Duration: ([\d.]+) ms")
_TIMEOUT = re.compile(r"Task timed out after [\d.]+ seconds")
# Lambda's lines about an exception that the handler did not catch, and about a process that ended.
_ERROR = "[ERROR] "
_EXIT = re.compile(r"RequestId: \S+ Error: (?=Runtime exited)")
_TRACEBACK = "Traceback (most recent call last):"


@dataclass(kw_only=True)
class Invocation:
    """One execution of a function: the lines of its handler, and what else was written."""

    function: str
    request_id: str
    at: datetime
    lines: list[dict[str, Any]] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    """Documents in CloudWatch's embedded metric format."""
    texts: list[str] = field(default_factory=list)
    """Lines that are no JSON: a traceback, the output of a library."""
    duration_ms: float | None = None

    @property
    def timed_out(self) -> bool:
        """Whether Lambda stopped the function at its timeout."""
        return any(_TIMEOUT.search(text) for text in self.texts)

    @property
    def crashed(self) -> bool:
        """Whether the handler ended with an exception, could not be imported, or was killed."""
        return not self.timed_out and any(map(_is_error, self.texts))

    @property
    def failed(self) -> bool:
        """Whether the invocation is an error in the sense of Lambda's metric `Errors`."""
        return self.timed_out or self.crashed

    @property
    def error(self) -> str | None:
        """Lambda's line about the failure, if the invocation failed."""
        lines = (text for text in self.texts if _is_error(text) or _TIMEOUT.search(text))
        return next((_EXIT.sub("", line).removeprefix(_ERROR) for line in lines), None)

    @property
    def traceback(self) -> str | None:
        """The traceback of the exception that the handler did not catch, if there is one."""
        _, begin, rest = "\n".join(self.texts).partition(_TRACEBACK)
        lines = f"{begin}{rest}".splitlines()
        return "\n".join(line for line in lines if not line.startswith(_ERROR)) or None

    def add(self, message: str) -> None:
        """Add a line of the log."""
        document = _json(message)
        if document is None:
            self.texts.extend(line for line in message.splitlines() if line.strip())
        elif "_aws" in document:
            self.metrics.append(document)
        else:
            self.lines.append(document)


def _is_error(text: str) -> bool:
    return text.startswith(_ERROR) or bool(_EXIT.match(text))


class FunctionLog:
    """Reads one function's log group from a time on: each invocation once, when it has ended."""

    def __init__(self, function: str, log_group: str, since: float | None = None) -> None:
        """Describe what is read.

        Args:
            function: The function's package name.
            log_group: The name of the log group.
            since: Unix time of the first lines; None for now.
        """
        self.function = function
        self.log_group = log_group
        self._since_ms = int((time.time() if since is None else since) * 1000)
        self._open: dict[str, Invocation] = {}
        self._known: dict[tuple[str, int], int] = {}

    def poll(self, logs: Client) -> list[Invocation]:
        """Return the invocations that have ended since the last call."""
        taken = (
            self._take(stream, timestamp, message)
            for stream, timestamp, messages in self._new_lines(logs)
            for message in messages
        )
        return [invocation for invocation in taken if invocation is not None]

    def _new_lines(self, logs: Client) -> Iterator[tuple[str, int, list[str]]]:
        """Yield what was not read before, by log stream and timestamp.

        Lines have no ID in the emulator, so that of one stream and time are counted.
        """
        start = self._since_ms - _OVERLAP_MS
        groups: dict[tuple[str, int], list[str]] = {}
        for event in self._events(logs, start):
            lines = groups.setdefault((event["logStreamName"], event["timestamp"]), [])
            lines.append(event["message"])
        known, self._known = self._known, {key: len(lines) for key, lines in groups.items()}
        for (stream, timestamp), messages in groups.items():
            self._since_ms = max(self._since_ms, timestamp)
            if new := messages[known.get((stream, timestamp), 0) :]:
                yield stream, timestamp, new

    def _events(self, logs: Client, start: int) -> Iterator[dict[str, Any]]:
        arguments = {"logGroupName": self.log_group, "startTime": start, "limit": _PAGE}
        while True:
            try:
                page = logs.filter_log_events(**arguments)
            except ClientError as error:
                if error.response["Error"]["Code"] == "ResourceNotFoundException":
                    return  # the function was removed, or has not been created yet
                raise
            yield from page["events"]
            if "nextToken" not in page:
                return
            arguments["nextToken"] = page["nextToken"]

    def _take(self, stream: str, timestamp: int, message: str) -> Invocation | None:
        """Add a line to its invocation; return the invocation if this was its last line."""
        message = message.rstrip("\n")
        if match := _START.match(message):
            at = datetime.fromtimestamp(timestamp / 1000, UTC)
            self._open[stream] = Invocation(function=self.function, request_id=match[1], at=at)
            if len(self._open) > _MAX_OPEN:
                del self._open[next(iter(self._open))]
            return None
        invocation = self._open.get(stream)
        if invocation is None or message.startswith("END RequestId:"):
            return None
        if match := _REPORT.match(message):
            invocation.duration_ms = float(match[1])
            return self._open.pop(stream)
        invocation.add(message)
        return None


def _json(message: str) -> dict[str, Any] | None:
    if not message.startswith("{"):
        return None
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
