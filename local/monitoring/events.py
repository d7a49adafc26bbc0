"""Events of the functions: what an invocation's log says about each request, order or failure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from handlers.common.contract import API_FUNCTION
from handlers.common.masking import mask
from orderctl.cli_support import masked
from orderctl.logs import error_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.monitoring.invocations import Invocation

# The packages behind the API: their outcome is the status of the response.
API_FUNCTIONS: Final = frozenset({*API_FUNCTION.values(), "lookup"})

# The status that a line of these packages stands for, where the line does not name it.
_STATUSES: Final[Mapping[str, HTTPStatus]] = {
    "Order stored": HTTPStatus.OK,
    "Duplicate order ignored": HTTPStatus.OK,
    "Order queued": HTTPStatus.ACCEPTED,
    "Order read": HTTPStatus.OK,
    "Orders listed": HTTPStatus.OK,
    "Order not found": HTTPStatus.NOT_FOUND,
    "Request forbidden": HTTPStatus.FORBIDDEN,
    "An AWS service is unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "Request could not be processed": HTTPStatus.INTERNAL_SERVER_ERROR,
}
_SHOWN_VIOLATIONS: Final = 3
_LONGEST_ERROR: Final = 500


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that a function did.

    `outcome` is the status of the response ("200") for a function behind the API; for all others
    `ok`, `failed` (the message or batch is received again), `crashed` or `timed out`.
    `request_id` is the API's for a function behind it, and that of the invocation for all others.
    `duration_ms` is that of the whole invocation, which may have had more events than this one.
    `error` says why something failed or was refused.
    """

    at: datetime
    function: str
    request_id: str
    outcome: str
    duration_ms: float | None = None
    order_id: str | None = None
    correlation_id: str | None = None
    attempt: int | None = None
    message: str = ""
    level: str = "INFO"
    error: str | None = None
    fields: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """The log line, or the text of the log where the function has not written one."""

    @property
    def is_failure(self) -> bool:
        """Whether this software failed; a request that it refuses is no failure."""
        return self.level == "ERROR"


def events_of(invocation: Invocation) -> list[Event]:
    """Return an invocation's events: one for each log line, and one for an uncaught failure.

    A function that logs an error and then raises it has no second event for that. There is none
    where nothing is logged, as about a request without a route.
    """
    events = [_of_line(line, invocation) for line in invocation.lines]
    raised = invocation.crashed and not (events and events[-1].is_failure)
    if invocation.timed_out or raised:
        events.append(_of_failure(invocation))
    return events


def _of_line(line: Mapping[str, Any], invocation: Invocation) -> Event:
    level, message = str(line.get("level", "INFO")), str(line.get("message", ""))
    request_id = _text(line, "requestId") or invocation.request_id
    attempt = line.get("attempt")
    return Event(
        at=_time(line, invocation),
        function=invocation.function,
        request_id=request_id,
        outcome=_outcome(line, level, message, invocation),
        duration_ms=invocation.duration_ms,
        order_id=_text(line, "orderId"),
        # Without one in the line, the request ID is the correlation ID.
        correlation_id=_text(line, "correlationId")
        or (request_id if invocation.function in API_FUNCTIONS else None),
        attempt=attempt if type(attempt) is int else None,
        message=message,
        level=level,
        error=_violations(line) or error_of(line),
        fields=MappingProxyType(dict(line)),
    )


def _outcome(line: Mapping[str, Any], level: str, message: str, invocation: Invocation) -> str:
    if invocation.function in API_FUNCTIONS:
        status = line.get("status", _STATUSES.get(message))
        if isinstance(status, int):
            return str(int(status))
    return "failed" if level == "ERROR" else "ok"


def _violations(line: Mapping[str, Any]) -> str | None:
    """Return what a rejected request did wrong."""
    errors = line.get("errors")
    if not isinstance(errors, list) or not errors:
        return None
    texts = [f"{each.get('field')}: {each.get('message')}" for each in errors[:_SHOWN_VIOLATIONS]]
    more = len(errors) - len(texts)
    return "; ".join(texts) + (f"; and {more} more" if more else "")


def _of_failure(invocation: Invocation) -> Event:
    text = mask("\n".join(invocation.texts))
    return Event(
        at=invocation.at,
        function=invocation.function,
        request_id=invocation.request_id,
        outcome="timed out" if invocation.timed_out else "crashed",
        duration_ms=invocation.duration_ms,
        message="The function was stopped at its timeout"
        if invocation.timed_out
        else "The function ended with an error",
        level="ERROR",
        error=_error(invocation),
        fields=MappingProxyType({"exception": text}),
    )


def _error(invocation: Invocation) -> str:
    """Return what a traceback is about, or else Lambda's line about the failure."""
    if not invocation.timed_out and invocation.traceback:
        return error_of({"exception": invocation.traceback}) or ""
    return masked(invocation.error, max_length=_LONGEST_ERROR)


def _time(line: Mapping[str, Any], invocation: Invocation) -> datetime:
    try:
        return datetime.fromisoformat(str(line.get("timestamp")))
    except ValueError:
        return invocation.at


def _text(line: Mapping[str, Any], name: str) -> str | None:
    value = line.get(name)
    return value if isinstance(value, str) else None
