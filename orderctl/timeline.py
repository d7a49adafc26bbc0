"""An order's timeline: the state of each step, computed from the sources, and advice."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from handlers.common.contract import iso_8601
from orderctl.cli_support import masked, plural
from orderctl.personal_data import ERASED_AT
from orderctl.relay import RELAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from orderctl.logs import LogLine
    from orderctl.queue_drain import DeadLetter
    from orderctl.sources import OrderSources

DONE = "done"
DEAD = "dead-lettered"
MISSING = "not yet"
NOT_NEEDED = "not needed"
IN_PROGRESS = "in progress"
GONE = "gone"
NOT_SENT = "not sent"
RETRYING = "to be tried again"
FAILED = "failed"

# From the state that needs attention first to the one that needs none.
_BY_URGENCY: Final = (DEAD, FAILED, RETRYING, NOT_SENT, IN_PROGRESS, MISSING, GONE)

# Queues whose steps are named by what they do; any other workflow's step has its queue's name.
_BUILT_IN: Final = {"orders", RELAY, "email", "audit"}

# What the email function records for an event that gets no email; the reason follows.
_WITHOUT_EMAIL: Final = {
    "REJECTED": "the recipient is permanently refused: ",
    "SUPPRESSED": "the recipient's limit of confirmations per hour was reached",
    "ERASED": "the personal data of the order was erased",
}
_ERASED: Final = "personal data was erased"

# The fields of an order that are shown; others hold personal data.
_FIELDS: Final = (
    "clientOrderId",
    "customerId",
    "status",
    "totalAmount",
    "currency",
    "createdAt",
    "requestId",
    "correlationId",
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of an order; `attempts` and `last_error` come from its function's log."""

    step: str
    state: str
    at: str | None = None
    detail: str = ""
    attempts: int | None = None
    last_error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The steps of an order, its dead letters by queue, and advice."""

    order_id: str
    order: dict[str, Any] | None
    steps: tuple[Step, ...]
    dead_letters: Mapping[str, Sequence[DeadLetter]]
    advice: tuple[str, ...]
    complete: bool = True
    """Whether all dead letters could be seen and all logs were searched to their end."""

    @property
    def state(self) -> str:
        """The state of the step that needs attention first; `done` where every step is."""
        states = {step.state for step in self.steps}
        return next((state for state in _BY_URGENCY if state in states), DONE)


def build_timeline(sources: OrderSources) -> Timeline | None:
    """Return the timeline of an order; None where nothing is stored about it."""
    if (
        sources.order is None
        and sources.audit_record is None
        and not sources.dead_letters
        and not sources.log("orders").lines
    ):
        return None
    steps = {
        "orders": _stored(sources),
        RELAY: _published(sources),
        "email": _emailed(sources),
        "audit": _audited(sources),
        **{
            queue: _processed(sources, queue) for queue in sorted(sources.queues.keys() - _BUILT_IN)
        },
    }
    logs = {queue: sources.log(queue) for queue in steps}
    return Timeline(
        order_id=sources.order_id,
        order=_summary(sources.order),
        steps=tuple(
            replace(step, attempts=logs[queue].attempts, last_error=logs[queue].last_error)
            for queue, step in steps.items()
        ),
        dead_letters=sources.dead_letters,
        advice=tuple(_advice(sources)),
        complete=sources.complete,
    )


def _summary(order: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if order is None:
        return None
    fields = {name: _display(order[name]) for name in _FIELDS if name in order}
    if "expiresAt" in order:
        fields["expiresAt"] = _time(order["expiresAt"])
    if "customerEmail" in order:
        fields["customerEmail"] = masked(order["customerEmail"])
    items = order.get("items", [])
    return {**fields, "items": len(items) if isinstance(items, list) else "not a list"}


def _display(value: Any) -> Any:
    """Mask any text: customers may write an email address into it."""
    return value if value is None or isinstance(value, int | Decimal) else masked(value)


def _stored(sources: OrderSources) -> Step:
    order, audit_record = sources.order, sources.audit_record
    if order is not None:
        state, detail = DONE, ""
        if _has_expired(order):
            state, detail = GONE, "expired (TTL); DynamoDB has not deleted it yet"
        elif sources.is_queued:
            detail = "time of acceptance; stored later, from the order queue"
        at = _display(order.get("createdAt"))
        return Step(step="stored", state=state, at=at, detail=detail)
    if audit_record is not None:
        at = _display(audit_record.get("timestamp"))
        detail = _ERASED if ERASED_AT in audit_record else "expired (TTL)"
        return Step(step="stored", state=GONE, at=at, detail=detail)
    return _not_done(sources, "stored", "orders")


def _has_expired(order: Mapping[str, Any]) -> bool:
    expires_at = order.get("expiresAt")
    return isinstance(expires_at, Decimal) and expires_at <= datetime.now(UTC).timestamp()


def _published(sources: OrderSources) -> Step:
    if sources.published_at is not None:
        return Step(step="published", state=DONE, at=iso_8601(sources.published_at))
    if sources.audit_record is not None or sources.idempotency_record is not None:
        detail = f"its consumers have received it; {_no_log_line(sources, RELAY)}"
        return Step(step="published", state=DONE, detail=detail)
    step = _not_done(sources, "published", RELAY)
    if sources.log(RELAY).complete:
        return step
    return replace(step, detail=_no_log_line(sources, RELAY))


def _emailed(sources: OrderSources) -> Step:
    if _address(sources) is None and (sources.order or sources.audit_record):
        is_erased = sources.order is None and ERASED_AT in (sources.audit_record or {})
        state, detail = (GONE, _ERASED) if is_erased else (NOT_NEEDED, "the order has no address")
        return Step(step="emailed", state=state, detail=detail)
    record = sources.idempotency_record or {}
    milliseconds = record.get("in_progress_expiration")
    timeout = _time(milliseconds, per_second=1000) if milliseconds else "an unknown time"
    if record.get("status") == "COMPLETED":
        outcome = _email_outcome(record)
        without_email = _WITHOUT_EMAIL.get(str(outcome.get("outcome")))
        if without_email is not None:
            detail = masked(f"{without_email}{outcome.get('reason', '')}")
            return Step(step="emailed", state=NOT_SENT, detail=detail)
        if (at := sources.confirmed_at) is not None:
            return Step(step="emailed", state=DONE, at=iso_8601(at))
        # The record's attempt had to end within a minute after its start.
        detail = f"before {timeout}; {_no_log_line(sources, 'email')}"
        return Step(step="emailed", state=DONE, detail=detail)
    if record.get("status") == "INPROGRESS":
        return Step(step="emailed", state=IN_PROGRESS, detail=f"the attempt times out at {timeout}")
    return _not_done(sources, "emailed", "email")


def _email_outcome(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the outcome that the email function recorded; empty from older versions."""
    try:
        outcome = json.loads(str(record.get("data", "")))
    except (ValueError, RecursionError):
        return {}
    return outcome if isinstance(outcome, dict) else {}


def _audited(sources: OrderSources) -> Step:
    if sources.audit_record is not None:
        at = _display(sources.audit_record.get("recordedAt"))
        return Step(step="audited", state=DONE, at=at)
    return _not_done(sources, "audited", "audit")


def _processed(sources: OrderSources, queue: str) -> Step:
    """The step of any other workflow, by the last line of its log."""
    last = sources.log(queue).last
    if last is None or last.failed or queue in sources.dead_letters:
        return _not_done(sources, queue, queue)
    return Step(step=queue, state=DONE, at=iso_8601(last.at), detail=masked(last.message))


def _not_done(sources: OrderSources, step: str, queue: str) -> Step:
    if queue in sources.dead_letters:
        return Step(step=step, state=DEAD)
    work_queue, last = sources.queues.get(queue), sources.log(queue).last
    if last is not None and last.failed:
        return _failing(step, last, work_queue.max_receive_count if work_queue else None)
    waiting = work_queue.waiting if work_queue else 0
    detail = f"{plural(waiting, 'message')} in the queue '{queue}', about any order"
    return Step(step=step, state=MISSING, detail=detail if waiting else "")


def _failing(step: str, last: LogLine, max_receive_count: int | None) -> Step:
    at, attempt = iso_8601(last.at), last.attempt
    if attempt is None or max_receive_count is None:
        return Step(step=step, state=RETRYING, at=at)
    detail = f"attempt {attempt} of {max_receive_count} failed"
    if attempt < max_receive_count:
        return Step(step=step, state=RETRYING, at=at, detail=detail)
    return Step(step=step, state=FAILED, at=at, detail=f"{detail}; a dead letter comes next")


def _address(sources: OrderSources) -> Any:
    if sources.order is not None:
        return sources.order.get("customerEmail")
    details = (sources.audit_record or {}).get("orderDetails")
    return details.get("customerEmail") if isinstance(details, dict) else None


def _no_log_line(sources: OrderSources, queue: str) -> str:
    if not sources.log(queue).complete:
        return "the search of the logs was not complete"
    return "no log line in the searched time"


def _time(number: Any, *, per_second: int = 1) -> str:
    try:
        return iso_8601(datetime.fromtimestamp(float(number) / per_second, UTC))
    except (TypeError, ValueError, OverflowError, OSError):
        return "not a time"


def _advice(sources: OrderSources) -> Iterator[str]:
    fix = "After fixing the cause: orderctl dlq redrive"
    for queue in sources.dead_letters:
        if queue != RELAY:
            yield f"{fix} {queue} --order {sources.order_id}"
    of_relay = sources.dead_letters.get(RELAY, ())
    for message in of_relay:
        yield f"{fix} {RELAY} --message {message.message_id}"
    if sources.unreadable and not of_relay:
        yield (
            f"It may be in one of {plural(sources.unreadable, 'dead letter')} of the relay whose "
            f"records the stream no longer has: orderctl replay --order {sources.order_id}"
        )
