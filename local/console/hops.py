"""The hops of one order: at each, the state, time, attempts, payload, and the lines of the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.common import exact_json
from handlers.common.contract import API_FUNCTION
from local.console.text import milliseconds, moment, pretty, visible
from orderctl import timeline as states
from orderctl.relay import RELAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from local.mailbox import Email
    from local.monitoring.activity import Event
    from orderctl.logs import FunctionLog, LogLine
    from orderctl.sources import OrderSources
    from orderctl.timeline import Step, Timeline

# Queues by the steps that are not named after theirs.
_QUEUES = {"stored": "orders", "published": RELAY, "emailed": "email", "audited": "audit"}
_TITLES = {"stored": "Stored", "published": "Published", "emailed": "Emailed", "audited": "Audited"}
_NO_LINE = "no log line"


@dataclass(frozen=True, kw_only=True)
class Payload:
    """What a hop has received or written."""

    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the log; a traceback has its line breaks."""

    fields: Mapping[str, Any]
    traceback: str | None

    @classmethod
    def of(cls, line: LogLine) -> Line:
        """Take the traceback out of a line's fields."""
        fields = dict(line.fields)
        traceback = fields.pop("exception", None)
        return cls(fields=fields, traceback=None if traceback is None else str(traceback))


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One hop of an order; `function` is the package of the function that did it."""

    key: str
    title: str
    state: str
    function: str
    at: datetime | None = None
    since_accepted: str = ""
    duration: str = ""
    attempts: int | None = None
    detail: str = ""
    last_error: str | None = None
    correlation_id: str | None = None
    payload: Payload | None = None
    email: Email | None = None
    lines: Sequence[Line] = ()


def hops_of(
    sources: OrderSources,
    timeline: Timeline,
    *,
    api_log: FunctionLog,
    events: Sequence[Event],
    email: Email | None,
) -> list[Hop]:
    """Return the hops of an order: the request, then the steps of its timeline."""
    durations = {
        event.function: event.duration_ms for event in events if event.duration_ms is not None
    }
    api = API_FUNCTION["queued" if sources.is_queued else "direct"]
    return [
        _request(sources, api, api_log, durations.get(api)),
        *_steps(sources, timeline, durations, email),
    ]


def _request(sources: OrderSources, function: str, log: FunctionLog, duration: float | None) -> Hop:
    last = log.last
    state = _NO_LINE if last is None else states.DONE
    if last is not None and all(line.level in {"ERROR", "WARNING"} for line in log.lines):
        state = states.FAILED
    return Hop(
        key="request",
        title="API request",
        state=state,
        function=function,
        at=sources.created_at,
        duration=milliseconds(duration),
        attempts=len(log.lines) or None,
        detail=last.message if last else "",
        last_error=log.last_error,
        correlation_id=_correlation_id(sources, log),
        lines=[*map(Line.of, log.lines)],
    )


def _steps(
    sources: OrderSources, timeline: Timeline, durations: dict[str, float], email: Email | None
) -> Iterator[Hop]:
    for step in timeline.steps:
        queue = _QUEUES.get(step.step, step.step)
        function = _function(sources, queue)
        log, at = sources.log(queue), moment(step.at)
        yield Hop(
            key=step.step,
            title=_TITLES.get(step.step, step.step),
            state=step.state,
            function=function,
            at=at,
            since_accepted=_since(sources.created_at, at),
            duration=""
            if function == API_FUNCTION["direct"]
            else milliseconds(durations.get(function)),
            attempts=step.attempts,
            detail=step.detail,
            last_error=step.last_error,
            correlation_id=_correlation_id(sources, log),
            payload=_payload(sources, step, email),
            email=email if step.step == "emailed" else None,
            lines=[*map(Line.of, log.lines)],
        )


def _function(sources: OrderSources, queue: str) -> str:
    if queue != "orders":
        return queue
    return "processor" if sources.is_queued else API_FUNCTION["direct"]


def _since(start: datetime | None, end: datetime | None) -> str:
    if start is None or end is None or end <= start:
        return ""
    return milliseconds((end - start).total_seconds() * 1000)


def _correlation_id(sources: OrderSources, log: FunctionLog) -> str | None:
    logged = (line.fields.get("correlationId") for line in reversed(log.lines))
    stored = (sources.order or {}).get("correlationId")
    known = next((one for one in (*logged, stored) if one is not None), None)
    return None if known is None else str(known)


def _payload(sources: OrderSources, step: Step, email: Email | None) -> Payload | None:
    if step.step == "stored" and sources.order is not None:
        return Payload(title="Stored order", text=pretty(sources.order))
    if step.step == "published" and (event := sources.event) is not None:
        return Payload(title="Event", text=pretty(exact_json.loads(event.to_json())))
    if step.step == "emailed" and email is not None:
        return Payload(title="Text of the email", text=visible(email.text))
    if step.step == "audited" and sources.audit_record is not None:
        return Payload(title="Audit record", text=pretty(sources.audit_record))
    return None
