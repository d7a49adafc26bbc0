"""Exports personal data: everything that is stored about a customer or orders, as one document."""

from __future__ import annotations

import base64
import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import simplejson

from handlers.common.aws import from_attributes
from handlers.common.contract import iso_8601
from orderctl import dead_letters, personal_data
from orderctl.personal_data import counters, email_records
from orderctl.sources import order_dead_letter_queues, work_queues
from tooling.errors import UserError

if TYPE_CHECKING:
    from orderctl.cli_support import Progress
    from orderctl.personal_data import Subject
    from orderctl.sources import Record
    from orderctl.stack import Stack

STANDARD_OUTPUT = "-"


@dataclass(kw_only=True)
class Export:
    """What is stored about a subject.

    `waiting` counts the messages about any order in work queues, which are not read: each receive
    there is one of three.
    """

    exported_at: datetime
    orders: list[Record] = field(default_factory=list)
    audit_records: list[Record] = field(default_factory=list)
    email_records: list[Record] = field(default_factory=list)
    recipient_counters: list[Record] = field(default_factory=list)
    dead_letters: list[Record] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)
    complete: bool = True
    """Whether every dead letter was seen."""

    def to_json(self) -> str:
        """Return the document: amounts as numbers with all their digits."""
        document = {
            "exportedAt": iso_8601(self.exported_at),
            "complete": self.complete,
            "orders": self.orders,
            "auditRecords": self.audit_records,
            "emailRecords": self.email_records,
            "recipientCounters": self.recipient_counters,
            "deadLetters": self.dead_letters,
            "waiting": self.waiting,
        }
        # Without an encoding, bytes are not taken for text.
        text = simplejson.dumps(document, indent=2, use_decimal=True, default=_plain, encoding=None)
        return f"{text}\n"


def export(stack: Stack, subject: Subject, progress: Progress = lambda _: None) -> Export:
    """Read everything that is stored about a subject."""
    result = Export(exported_at=datetime.now(UTC))
    found = list(personal_data.find(stack, subject, progress).values())
    for data in found:
        if data.order is not None:
            result.orders.append(from_attributes(data.order))
        result.audit_records += map(from_attributes, data.audit_records)
    event_ids = {event_id for data in found for event_id in data.event_ids}
    result.email_records = list(email_records(stack, event_ids))
    addresses = {address for data in found for address in data.email_addresses}
    # Two addresses may be of one mailbox, whose counters they share.
    by_key = {each["eventId"]: each for one in sorted(addresses) for each in counters(stack, one)}
    for counter in by_key.values():
        # Another customer may have orders with the same address.
        if events := event_ids & set(counter.get("eventIds", ())):
            result.recipient_counters.append({**counter, "eventIds": events})
    for queue in order_dead_letter_queues(stack):
        outcome = dead_letters.find(stack, queue, subject.dead_letters, progress=progress)
        result.complete &= outcome.complete
        result.dead_letters += [
            {
                "queue": queue,
                "messageId": message.message_id,
                "sentAt": iso_8601(message.sent_at),
                "content": message.content,
            }
            for message in outcome.done
        ]
    result.waiting = {name: queue.waiting for name, queue in work_queues(stack).items()}
    return result


def require_new(file: str) -> None:
    """Refuse a file that exists, before anything is read."""
    if file != STANDARD_OUTPUT and os.path.lexists(file):
        raise UserError(f"{file} exists; an export is written to a new file only.")


def write(result: Export, file: str) -> None:
    """Write the document to standard output, or to a new file that its owner alone can read.

    Raises:
        UserError: the file exists, or cannot be written.
    """
    try:
        if file == STANDARD_OUTPUT:
            sys.stdout.write(result.to_json())
            sys.stdout.flush()
            return
        _write_new(result.to_json(), file)
    except (OSError, AttributeError) as error:
        reason = getattr(error, "strerror", None) or "standard output is closed"
        raise UserError(f"The export cannot be written: {reason}.") from error


def _write_new(text: str, file: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
    except BaseException:
        with suppress(OSError):
            Path(file).unlink()
        raise


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)
