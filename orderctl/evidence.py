"""What AWS knows of one order: tables, logs and dead-letter queues. Nothing is changed by asking."""

from __future__ import annotations

import hashlib
import itertools
import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from handlers.shared.aws import from_attributes
from handlers.shared.event import OrderCreated
from orderctl import dead_letters, relay_letters
from orderctl.dead_letters import RELAY, Selection
from orderctl.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from orderctl.letters import Letter
    from orderctl.stack import Stack

    Record = Mapping[str, Any]

# As in `infra/audit_store.py`, which a tool that needs no Pulumi cannot import.
_ORDER_INDEX = "OrderIdIndex"

# Clocks differ, and an order's time is taken before anything is logged about it.
_BEFORE = timedelta(minutes=1)

# A page of a busy log may hold nothing of interest, and there are many of them.
_LOG_PAGES = 200

PUBLISHED = "Order event published"
CONFIRMED = "Confirmation sent"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A dead letter and where it lies."""

    queue: str
    letter: Letter


@dataclass(kw_only=True)
class Evidence:
    """All that there is about an order; what was not found is None or empty."""

    order_id: str
    is_queued: bool = False
    order: Record | None = None
    audit: Record | None = None
    note: Record | None = None
    published_at: datetime | None = None
    confirmed_at: datetime | None = None
    not_searched: set[str] = field(default_factory=set)
    """Log messages whose search was given up before the end of the logs."""
    letters: list[Found] = field(default_factory=list)
    unreadable: int = 0
    """Dead letters of the relay whose records the stream has forgotten: the order may have been among them."""
    waiting: Mapping[str, int] = field(default_factory=dict)
    """How many messages each work queue holds, of whichever orders."""
    complete: bool = True
    """Whether all dead letters could be seen."""

    @property
    def event_id(self) -> str | None:
        """The ID of the order's event, which is the audit record's as well."""
        if self.order is not None:
            try:
                return OrderCreated.of_stored_order(self.order).event_id
            except ValidationError:
                return None
        return None if self.audit is None else str(self.audit["auditId"])

    @property
    def created_at(self) -> datetime | None:
        """When the order was accepted."""
        text = self.order.get("createdAt") if self.order else self.audit["timestamp"] if self.audit else None
        try:
            found = datetime.fromisoformat(str(text))
        except ValueError:
            return None
        return found if found.tzinfo else None


def gather(stack: Stack, order_id: str, *, logs_for: timedelta) -> Evidence:
    """Look an order up everywhere; logs are searched from its creation on, for as long as `logs_for`.

    Work queues are counted and not looked into: receiving a message there uses up one of its three receives.
    """
    found = Evidence(order_id=order_id, is_queued=stack.outputs.is_queued, waiting=_waiting(stack))
    found.order = _order(stack, order_id)
    found.audit = _audit_record(stack, order_id, found.event_id)
    found.note = _note(stack, found.event_id)
    if (created := found.created_at) is not None:
        window = (created - _BEFORE, created + min(logs_for, datetime.now(UTC) - created))
        found.published_at = _logged(stack, stack.outputs.function_names.relay, PUBLISHED, found, window)
        found.confirmed_at = _logged(stack, stack.outputs.function_names.email, CONFIRMED, found, window)
    for queue in sorted(stack.outputs.dead_letter_queue_urls):
        if queue != RELAY:
            letters = _letters(stack, queue, Selection(order_id=order_id), found)
            found.letters += [Found(queue=queue, letter=letter) for letter in letters]
    if found.published_at is None and found.audit is None and RELAY in stack.outputs.dead_letter_queue_urls:
        _look_at_relay_letters(stack, found)
    return found


def note_key(event_id: str) -> str:
    """Return the key under which Powertools' idempotency notes the e-mail of an event."""
    digest = hashlib.md5(json.dumps(event_id).encode(), usedforsecurity=False).hexdigest()
    return f"email#{digest}"


def _order(stack: Stack, order_id: str) -> Record | None:
    return _item(stack, stack.outputs.orders_table_name, {"orderId": {"S": order_id}})


def _note(stack: Stack, event_id: str | None) -> Record | None:
    key = {"eventId": {"S": note_key(event_id)}} if event_id else None
    return _item(stack, stack.outputs.sent_emails_table_name, key) if key else None


def _item(stack: Stack, table: str, key: Mapping[str, Any]) -> Record | None:
    answer = stack.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)
    return from_attributes(answer["Item"]) if "Item" in answer else None


def _audit_record(stack: Stack, order_id: str, event_id: str | None) -> Record | None:
    """Return the record of this event; where the order is gone, the newest: an ID may be used again after that."""
    answer = stack.client("dynamodb").query(
        TableName=stack.outputs.audit_table_name,
        IndexName=_ORDER_INDEX,
        KeyConditionExpression="orderId = :order",
        ExpressionAttributeValues={":order": {"S": order_id}},
        ScanIndexForward=False,
    )
    records = (from_attributes(item) for item in answer["Items"])
    return next((record for record in records if event_id in {None, record["auditId"]}), None)


def _logged(
    stack: Stack, function: str, message: str, found: Evidence, window: tuple[datetime, datetime]
) -> datetime | None:
    """Return when a function first logged a message about an order."""
    logs = stack.client("logs")
    first, last = (int(moment.timestamp() * 1000) for moment in window)
    if first >= last:
        return None
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{function}",
        startTime=first,
        endTime=last,
        filterPattern=f'{{ $.orderId = "{found.order_id}" && $.message = "{message}" }}',
    )
    more = False
    with suppress(logs.exceptions.ResourceNotFoundException):
        for page in itertools.islice(pages, _LOG_PAGES):
            events = page["events"]
            times = [event["timestamp"] for event in events if _says(event["message"], message, found.order_id)]
            if times:
                return datetime.fromtimestamp(min(times) / 1000, UTC)
            more = "nextToken" in page
    if more:
        found.not_searched.add(message)
    return None


def _says(line: str, message: str, order_id: str) -> bool:
    """Whether a log line is what was asked for, whatever the log's own filter makes of the pattern."""
    try:
        said = json.loads(line)
    except ValueError:
        return False
    return isinstance(said, dict) and (said.get("message"), said.get("orderId")) == (message, order_id)


def _waiting(stack: Stack) -> Mapping[str, int]:
    return dict(_counts(stack))


def _counts(stack: Stack) -> Iterator[tuple[str, int]]:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    for queue, url in stack.outputs.queue_urls.items():
        answer = stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
        yield queue, sum(int(answer["Attributes"][name]) for name in names)


def _letters(stack: Stack, queue: str, selection: Selection, found: Evidence) -> Sequence[Letter]:
    outcome = dead_letters.find(stack, queue, selection)
    found.complete &= outcome.complete
    return outcome.done


def _look_at_relay_letters(stack: Stack, found: Evidence) -> None:
    for letter in _letters(stack, RELAY, Selection(), found):
        try:
            images = relay_letters.images(stack, letter)
        except OperatorError:
            found.unreadable += 1
            continue
        if any(image["orderId"] == {"S": found.order_id} for image in images):
            found.letters.append(Found(queue=RELAY, letter=letter))
