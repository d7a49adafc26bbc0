"""An order's story: what the evidence means, step by step, and what an operator may do about it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from handlers.common.contract import iso_8601
from orderctl.dead_letters import RELAY
from orderctl.words import counted, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orderctl.logs import FunctionLog, LogLine
    from orderctl.sources import Evidence, Found

DONE = "done"
DEAD = "dead-lettered"
MISSING = "not yet"
NOT_NEEDED = "not needed"
BUSY = "in progress"
GONE = "gone"
NOT_SENT = "not sent"
RETRYING = "to be tried again"
FAILED = "failed"

# The steps of every stack, by the queue whose consumer does them. Each other workflow is a step by its own name.
_STEPS = {"orders": "stored", RELAY: "published", "email": "e-mailed", "audit": "audited"}

# What the email function records where it is done with an event without an email; the reason follows.
_WITHOUT_EMAIL: Final = {
    "REJECTED": "the recipient is permanently refused: ",
    "SUPPRESSED": "the recipient's limit of confirmations per hour was reached",
}

# What an operator needs of an order; the rest is the customer's.
_SHOWN = (
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
    """One thing that has to happen to an order, how far it is, and when it happened.

    `attempts` and `last_error` are what the log of its function says; None where that says nothing.
    """

    step: str
    state: str
    at: str | None = None
    detail: str = ""
    attempts: int | None = None
    last_error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Story:
    """What became of an order."""

    order_id: str
    order: dict[str, Any] | None
    steps: tuple[Step, ...]
    letters: tuple[Found, ...]
    advice: tuple[str, ...]
    complete: bool = True
    """Whether all dead letters could be seen, and the logs were searched as far as was asked for."""


def tell(evidence: Evidence) -> Story | None:
    """Return the story of an order; None where there is no trace of it."""
    if (
        evidence.order is None
        and evidence.audit is None
        and not evidence.letters
        and not evidence.log("orders").lines
    ):
        return None
    steps = {
        "orders": _stored(evidence),
        RELAY: _published(evidence),
        "email": _emailed(evidence),
        "audit": _audited(evidence),
        **{
            queue: _worked(evidence, queue)
            for queue in sorted(evidence.queues.keys() - _STEPS.keys())
        },
    }
    return Story(
        order_id=evidence.order_id,
        order=_summary(evidence),
        steps=tuple(_with_attempts(step, evidence.log(queue)) for queue, step in steps.items()),
        letters=tuple(evidence.letters),
        advice=tuple(_advice(evidence)),
        complete=evidence.complete,
    )


def _summary(evidence: Evidence) -> dict[str, Any] | None:
    order = evidence.order
    if order is None:
        return None
    facts = {name: _masked(order[name]) for name in _SHOWN if name in order}
    if "expiresAt" in order:
        facts["expiresAt"] = _written(order["expiresAt"])
    if "customerEmail" in order:
        facts["customerEmail"] = shown(order["customerEmail"])
    items = order.get("items", [])
    return {**facts, "items": len(items) if isinstance(items, list) else "not a list"}


def _masked(value: Any) -> Any:
    """Customers may write an address into any text of theirs, and others anything into the table."""
    return value if value is None or isinstance(value, int | Decimal) else shown(value)


def _stored(evidence: Evidence) -> Step:
    if evidence.order is not None and _has_expired(evidence.order):
        at = _masked(evidence.order.get("createdAt"))
        return Step(
            step="stored",
            state=GONE,
            at=at,
            detail="it was, and has expired; DynamoDB has not deleted it yet",
        )
    if evidence.order is not None:
        detail = "accepted then, and stored once the order queue had come to it"
        return Step(
            step="stored",
            state=DONE,
            at=_masked(evidence.order.get("createdAt")),
            detail=detail if evidence.is_queued else "",
        )
    if evidence.audit is not None:
        at = _masked(evidence.audit.get("timestamp"))
        return Step(
            step="stored", state=GONE, at=at, detail="it was; its time in the table is over"
        )
    return _missing(evidence, "stored", "orders")


def _has_expired(order: Mapping[str, Any]) -> bool:
    expires_at = order.get("expiresAt")
    return isinstance(expires_at, Decimal) and expires_at <= datetime.now(UTC).timestamp()


def _published(evidence: Evidence) -> Step:
    if evidence.published_at is not None:
        return Step(step="published", state=DONE, at=iso_8601(evidence.published_at))
    if evidence.audit is not None or evidence.note is not None:
        return Step(
            step="published",
            state=DONE,
            detail=f"its consumers have it; {_unlogged(evidence, RELAY)}",
        )
    missing = _missing(evidence, "published", RELAY)
    return (
        missing
        if evidence.log(RELAY).complete
        else replace(missing, detail=_unlogged(evidence, RELAY))
    )


def _emailed(evidence: Evidence) -> Step:
    address = _address(evidence)
    if address is None and (evidence.order or evidence.audit):
        return Step(step="e-mailed", state=NOT_NEEDED, detail="the order has no address")
    status = evidence.note.get("status") if evidence.note else None
    outcome = _outcome(evidence)
    without_email = _WITHOUT_EMAIL.get(str(outcome.get("outcome")))
    if status == "COMPLETED" and without_email is not None:
        detail = f"{without_email}{outcome.get('reason', '')}"
        return Step(step="e-mailed", state=NOT_SENT, detail=shown(detail))
    if status == "COMPLETED":
        at = evidence.confirmed_at
        return Step(
            step="e-mailed",
            state=DONE,
            at=iso_8601(at) if at else None,
            detail="" if at else _by(evidence),
        )
    if status == "INPROGRESS":
        return Step(
            step="e-mailed",
            state=BUSY,
            detail=f"the attempt counts as crashed after {_void_at(evidence)}",
        )
    return _missing(evidence, "e-mailed", "email")


def _outcome(evidence: Evidence) -> Mapping[str, Any]:
    """Return what the email function recorded about the event; nothing where an older version did."""
    try:
        outcome = json.loads(str((evidence.note or {}).get("data", "")))
    except (ValueError, RecursionError):
        return {}
    return outcome if isinstance(outcome, dict) else {}


def _audited(evidence: Evidence) -> Step:
    if evidence.audit is not None:
        return Step(step="audited", state=DONE, at=_masked(evidence.audit.get("recordedAt")))
    return _missing(evidence, "audited", "audit")


def _worked(evidence: Evidence, queue: str) -> Step:
    """The step of a workflow of which nothing is known but its queue and its log: its last line says how far it is."""
    last = evidence.log(queue).last
    if last is None or last.failed or _is_dead(evidence, queue):
        return _missing(evidence, queue, queue)
    return Step(step=queue, state=DONE, at=iso_8601(last.at), detail=shown(last.message))


def _missing(evidence: Evidence, step: str, queue: str) -> Step:
    if _is_dead(evidence, queue):
        return Step(step=step, state=DEAD)
    work, last = evidence.queues.get(queue), evidence.log(queue).last
    if last is not None and last.failed:
        return _failing(step, last, work.max_receive_count if work else None)
    waiting = work.waiting if work else 0
    detail = (
        f"{counted(waiting, 'message')} in the queue '{queue}', of whichever orders"
        if waiting
        else ""
    )
    return Step(step=step, state=MISSING, detail=detail)


def _failing(step: str, last: LogLine, most: int | None) -> Step:
    at, attempt = iso_8601(last.at), last.attempt
    if attempt is None or most is None:
        return Step(step=step, state=RETRYING, at=at)
    if attempt < most:
        return Step(step=step, state=RETRYING, at=at, detail=f"attempt {attempt} of {most} failed")
    return Step(
        step=step,
        state=FAILED,
        at=at,
        detail=f"attempt {attempt} of {most} failed; a dead letter comes next",
    )


def _is_dead(evidence: Evidence, queue: str) -> bool:
    return any(found.queue == queue for found in evidence.letters)


def _with_attempts(step: Step, log: FunctionLog) -> Step:
    return replace(step, attempts=log.attempts, last_error=log.last_error)


def _address(evidence: Evidence) -> Any:
    if evidence.order is not None:
        return evidence.order.get("customerEmail")
    details = evidence.audit.get("orderDetails") if evidence.audit else None
    return details.get("customerEmail") if isinstance(details, dict) else None


def _by(evidence: Evidence) -> str:
    """Without a log line, the note tells at least when its attempt had to be over, a minute after it began."""
    return f"before {_void_at(evidence)}; {_unlogged(evidence, 'email')}"


def _unlogged(evidence: Evidence, queue: str) -> str:
    if not evidence.log(queue).complete:
        return "the search of the logs was not complete"
    return "no log line in the searched time"


def _void_at(evidence: Evidence) -> str:
    milliseconds = (evidence.note or {}).get("in_progress_expiration")
    return _written(milliseconds, per_second=1000) if milliseconds else "an unknown time"


def _written(number: Any, *, per_second: int = 1) -> str:
    try:
        return iso_8601(datetime.fromtimestamp(float(number) / per_second, UTC))
    except (TypeError, ValueError, OverflowError, OSError):
        return "not a time"


def _advice(evidence: Evidence) -> Iterator[str]:
    of_relay = [found.letter.message_id for found in evidence.letters if found.queue == RELAY]
    for queue in sorted({found.queue for found in evidence.letters} - {RELAY}):
        yield f"After the cause is fixed: orderctl dlq redrive {queue} --order {evidence.order_id}"
    for message_id in of_relay:
        yield f"After the cause is fixed: orderctl dlq redrive {RELAY} --message {message_id}"
    if evidence.unreadable and not of_relay:
        yield (
            f"It may be in a dead letter of the relay whose records are gone ({evidence.unreadable} of these): "
            f"orderctl replay --order {evidence.order_id}"
        )
