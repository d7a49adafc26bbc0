"""An order's story: what the evidence means, step by step, and what an operator may do about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from handlers.shared.masking import mask
from handlers.shared.timestamps import iso_8601
from orderctl.dead_letters import RELAY
from orderctl.evidence import CONFIRMED, PUBLISHED
from orderctl.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orderctl.evidence import Evidence, Found

DONE = "done"
DEAD = "dead-lettered"
MISSING = "not yet"
NOT_NEEDED = "not needed"
BUSY = "in progress"
GONE = "gone"

# What an operator needs of an order; the rest is the customer's.
_SHOWN = ("customerId", "status", "totalAmount", "currency", "createdAt", "requestId", "correlationId")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that has to happen to an order, how far it is, and when it happened."""

    step: str
    state: str
    at: str | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Story:
    """What became of an order."""

    order_id: str
    order: dict[str, Any] | None
    steps: tuple[Step, ...]
    letters: tuple[Found, ...]
    advice: tuple[str, ...]
    complete: bool = True
    """Whether all dead letters could be seen."""


def tell(evidence: Evidence) -> Story | None:
    """Return the story of an order; None where there is no trace of it."""
    if evidence.order is None and evidence.audit is None and not evidence.letters:
        return None
    return Story(
        order_id=evidence.order_id,
        order=_summary(evidence),
        steps=(_stored(evidence), _published(evidence), _emailed(evidence), _audited(evidence)),
        letters=tuple(evidence.letters),
        advice=tuple(_advice(evidence)),
        complete=evidence.complete,
    )


def _summary(evidence: Evidence) -> dict[str, Any] | None:
    order = evidence.order
    if order is None:
        return None
    shown = {name: _masked(order[name]) for name in _SHOWN if name in order}
    if "expiresAt" in order:
        shown["expiresAt"] = _written(order["expiresAt"])
    if "customerEmail" in order:
        shown["customerEmail"] = mask(str(order["customerEmail"]))
    return {**shown, "items": len(order.get("items", ()))}


def _masked(value: Any) -> Any:
    """Customers may write an address into any text of theirs, and others anything into the table."""
    return value if value is None or isinstance(value, int | Decimal) else mask(str(value))


def _stored(evidence: Evidence) -> Step:
    if evidence.order is not None and _has_expired(evidence.order):
        at = _masked(evidence.order.get("createdAt"))
        return Step(step="stored", state=GONE, at=at, detail="it was, and has expired; DynamoDB has not deleted it yet")
    if evidence.order is not None:
        detail = "accepted then, and stored once the order queue had come to it"
        return Step(
            step="stored",
            state=DONE,
            at=_masked(evidence.order.get("createdAt")),
            detail=detail if evidence.is_queued else "",
        )
    if evidence.audit is not None:
        at = evidence.audit["timestamp"]
        return Step(step="stored", state=GONE, at=at, detail="it was; its time in the table is over")
    return _missing(evidence, "stored", "orders")


def _has_expired(order: Mapping[str, Any]) -> bool:
    expires_at = order.get("expiresAt")
    return isinstance(expires_at, Decimal) and expires_at <= datetime.now(UTC).timestamp()


def _published(evidence: Evidence) -> Step:
    if evidence.published_at is not None:
        return Step(step="published", state=DONE, at=iso_8601(evidence.published_at))
    if evidence.audit is not None or evidence.note is not None:
        return Step(step="published", state=DONE, detail=f"its consumers have it; {_unlogged(evidence, PUBLISHED)}")
    missing = _missing(evidence, "published", RELAY)
    return replace(missing, detail=_unlogged(evidence, PUBLISHED)) if PUBLISHED in evidence.not_searched else missing


def _emailed(evidence: Evidence) -> Step:
    address = _address(evidence)
    if address is None and (evidence.order or evidence.audit):
        return Step(step="e-mailed", state=NOT_NEEDED, detail="the order has no address")
    status = evidence.note.get("status") if evidence.note else None
    if status == "COMPLETED":
        at = evidence.confirmed_at
        return Step(step="e-mailed", state=DONE, at=iso_8601(at) if at else None, detail="" if at else _by(evidence))
    if status == "INPROGRESS":
        return Step(step="e-mailed", state=BUSY, detail=f"the attempt counts as crashed after {_void_at(evidence)}")
    return _missing(evidence, "e-mailed", "email")


def _audited(evidence: Evidence) -> Step:
    if evidence.audit is not None:
        return Step(step="audited", state=DONE, at=evidence.audit.get("recordedAt"))
    return _missing(evidence, "audited", "audit")


def _missing(evidence: Evidence, step: str, queue: str) -> Step:
    if any(found.queue == queue for found in evidence.letters):
        return Step(step=step, state=DEAD)
    waiting = evidence.waiting.get(queue)
    detail = f"{counted(waiting, 'message')} in the queue '{queue}', of whichever orders" if waiting else ""
    return Step(step=step, state=MISSING, detail=detail)


def _address(evidence: Evidence) -> Any:
    if evidence.order is not None:
        return evidence.order.get("customerEmail")
    return evidence.audit["orderDetails"].get("customerEmail") if evidence.audit else None


def _by(evidence: Evidence) -> str:
    """Without a log line, the note tells at least when its attempt had to be over, a minute after it began."""
    return f"before {_void_at(evidence)}; {_unlogged(evidence, CONFIRMED)}"


def _unlogged(evidence: Evidence, message: str) -> str:
    if message in evidence.not_searched:
        return "the search of the logs was not complete"
    return "no log line in the searched time"


def _void_at(evidence: Evidence) -> str:
    milliseconds = (evidence.note or {}).get("in_progress_expiration")
    return _written(milliseconds / 1000) if milliseconds else "an unknown time"


def _written(seconds: Any) -> str:
    try:
        return iso_8601(datetime.fromtimestamp(float(seconds), UTC))
    except (TypeError, ValueError, OverflowError, OSError):
        return "not a time"


def _advice(evidence: Evidence) -> Iterator[str]:
    of_relay = [found.letter.message_id for found in evidence.letters if found.queue == RELAY]
    for queue in sorted({found.queue for found in evidence.letters} - {RELAY}):
        yield f"Once the cause is mended: orderctl dlq redrive {queue} --order {evidence.order_id}"
    for message_id in of_relay:
        yield f"Once the cause is mended: orderctl dlq redrive {RELAY} --message {message_id}"
    if evidence.unreadable and not of_relay:
        yield (
            f"It may be in a dead letter of the relay whose records are gone ({evidence.unreadable} of these): "
            f"orderctl replay --order {evidence.order_id}"
        )
