"""What AWS knows of one order: tables, logs and dead-letter queues. Nothing is changed by asking."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from pydantic import ValidationError

from handlers.common.aws import from_attributes
from handlers.common.contract import ORDER_INDEX
from handlers.events.order_created import OrderCreated
from handlers.order.scope import scoped_order_id
from handlers.validation.text import is_order_id
from orderctl import dead_letters, relay_letters
from orderctl.dead_letters import RELAY, Selection
from orderctl.errors import OperatorError
from orderctl.logs import FunctionLog, search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orderctl.letters import Letter
    from orderctl.stack import Stack

    Record = Mapping[str, Any]

# As in `infra/audit_store.py`, which a tool that needs no Pulumi cannot import.

# Clocks differ, and an order's time is taken before anything is logged about it.
_BEFORE = timedelta(minutes=1)

# No order is older than this system, and none was made by a clock that is more than a day ahead.
_FIRST = datetime(2012, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)

# A page of a busy log may hold nothing of interest, and there are many of them.
_LOG_PAGES = 200

PUBLISHED = "Order event published"
CONFIRMED = "Confirmation sent"
# What says that a function is done with an order. Of a workflow that is not listed here the log is read to its end.
_DONE = {
    RELAY: frozenset({PUBLISHED}),
    "orders": frozenset({"Order stored", "Duplicate order ignored"}),
    "email": frozenset(
        {CONFIRMED, "Recipient rejected", "Confirmation suppressed: hourly limit per recipient"}
    ),
    "audit": frozenset({"Audit record created", "Audit record already exists"}),
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """A dead letter and where it lies."""

    queue: str
    letter: Letter


@dataclass(frozen=True, kw_only=True)
class WorkQueue:
    """How many messages a work queue holds, of all orders, and how often each is tried."""

    waiting: int
    max_receive_count: int | None


@dataclass(kw_only=True)
class Evidence:
    """All that there is about an order; what was not found is None or empty."""

    order_id: str
    is_queued: bool = False
    order: Record | None = None
    audit: Record | None = None
    note: Record | None = None
    logs: dict[str, FunctionLog] = field(default_factory=dict)
    """What each workflow's function has logged about the order, and the relay, by the queue's name."""
    letters: list[Found] = field(default_factory=list)
    unreadable: int = 0
    """Dead letters of the relay whose records the stream has forgotten: the order may have been among them."""
    queues: Mapping[str, WorkQueue] = field(default_factory=dict)
    all_seen: bool = True
    """Whether all dead letters could be seen."""

    @property
    def complete(self) -> bool:
        """Whether all dead letters could be seen, and the logs were searched as far as was asked for."""
        return self.all_seen and all(log.complete for log in self.logs.values())

    @property
    def published_at(self) -> datetime | None:
        """When the relay logged that it had published the order's event."""
        return self.log(RELAY).first(PUBLISHED)

    @property
    def confirmed_at(self) -> datetime | None:
        """When the email function logged that it had sent the confirmation."""
        return self.log("email").first(CONFIRMED)

    def log(self, queue: str) -> FunctionLog:
        """Return what a workflow's function has logged."""
        return self.logs.get(queue, FunctionLog())

    @property
    def event_id(self) -> str | None:
        """The ID of the order's event, which is the audit record's as well."""
        if self.order is not None:
            try:
                return OrderCreated.of_stored_order(self.order).event_id
            except ValidationError:
                return None
        return None if self.audit is None else str(self.audit.get("auditId"))

    @property
    def created_at(self) -> datetime | None:
        """When the order was accepted."""
        text = (
            self.order.get("createdAt")
            if self.order
            else self.audit.get("timestamp")
            if self.audit
            else None
        )
        try:
            found = datetime.fromisoformat(str(text))
        except ValueError:
            return None
        return found if found.tzinfo and _FIRST <= found < datetime.now(UTC) + _AHEAD else None


def stored_key(stack: Stack, order_id: str, customer: str | None) -> str:
    """Return the key in the Orders table of an order that a client knows by an ID.

    Where callers are known by a token, an ID that a customer chose is scoped to the customer (docs/adr/0023).
    """
    if customer is None or not is_order_id(order_id):
        return order_id
    customer_id = normalize("NFC", customer)
    order = _order(stack, order_id)
    is_plain = order is not None and order.get("customerId") == customer_id
    return order_id if is_plain else scoped_order_id(customer_id, order_id)


def gather(stack: Stack, order_id: str, *, logs_for: timedelta) -> Evidence:
    """Look an order up everywhere; logs are searched from its creation on, for as long as `logs_for`.

    Where its creation is not known, because other software wrote it or it is stored nowhere, they are searched for as
    long back from now.

    Work queues are counted and not looked into: receiving a message there uses up one of its three receives.
    """
    found = Evidence(
        order_id=order_id, is_queued=stack.outputs.is_queued, queues=_work_queues(stack)
    )
    found.order = _order(stack, order_id)
    found.audit = _audit_record(stack, order_id, found.event_id)
    found.note = _note(stack, found.event_id)
    _search_logs(stack, found, logs_for)
    for queue in sorted(stack.outputs.dead_letter_queue_urls):
        if queue != RELAY:
            letters = _letters(stack, queue, Selection(order_id=order_id), found)
            found.letters += [Found(queue=queue, letter=letter) for letter in letters]
    if (
        found.published_at is None
        and found.audit is None
        and RELAY in stack.outputs.dead_letter_queue_urls
    ):
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
        IndexName=ORDER_INDEX,
        KeyConditionExpression="orderId = :order",
        ExpressionAttributeValues={":order": {"S": order_id}},
        ScanIndexForward=False,
    )
    records = (from_attributes(item) for item in answer["Items"])
    return next((record for record in records if event_id in {None, record.get("auditId")}), None)


def _search_logs(stack: Stack, found: Evidence, logs_for: timedelta) -> None:
    now = datetime.now(UTC)
    functions = {RELAY: stack.outputs.function_names.relay, **stack.outputs.workflows}
    if (created := found.created_at) is not None and found.event_id is not None:
        window = (created - _BEFORE, created + min(logs_for, now - created))
    else:
        # The relay and the workflows still try what they cannot read, whenever it says that it was created.
        window = (max(now - logs_for, _FIRST), now)
    if found.order is None and found.audit is None:
        # Only the processor has to do with an order that is stored nowhere.
        functions = {queue: function for queue, function in functions.items() if queue == "orders"}
    for queue, function in functions.items():
        done = _DONE.get(queue, frozenset())
        found.logs[queue] = search(
            stack, function, found.order_id, window, until=done, most_pages=_LOG_PAGES
        )


def _work_queues(stack: Stack) -> dict[str, WorkQueue]:
    sqs = stack.client("sqs")
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = {}
    for queue, url in stack.outputs.queue_urls.items():
        attributes = sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=[*counts, "RedrivePolicy"]
        )["Attributes"]
        found[queue] = WorkQueue(
            waiting=sum(int(attributes[name]) for name in counts),
            max_receive_count=_max_receive_count(attributes.get("RedrivePolicy", "")),
        )
    return found


def _max_receive_count(policy: str) -> int | None:
    try:
        return int(json.loads(policy)["maxReceiveCount"])
    except (ValueError, TypeError, KeyError):
        return None


def _letters(stack: Stack, queue: str, selection: Selection, found: Evidence) -> Sequence[Letter]:
    outcome = dead_letters.find(stack, queue, selection)
    found.all_seen &= outcome.complete
    return outcome.done


def _look_at_relay_letters(stack: Stack, found: Evidence) -> None:
    for letter in _letters(stack, RELAY, Selection(), found):
        try:
            images = relay_letters.images(stack, letter)
        except OperatorError:
            found.unreadable += 1
            continue
        if any(image.get("orderId") == {"S": found.order_id} for image in images):
            found.letters.append(Found(queue=RELAY, letter=letter))
