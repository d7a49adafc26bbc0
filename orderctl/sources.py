"""Reads everything that AWS stores about one order: tables, logs, queues and dead-letter queues."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from pydantic import ValidationError

from handlers.common.aws import from_attributes
from handlers.common.contract import API_FUNCTION, ORDER_INDEX
from handlers.email.records import record_key
from handlers.events.order_created import OrderCreated
from handlers.order.scope import scoped_order_id
from handlers.validation.text import is_order_id
from orderctl import dead_letters
from orderctl.dead_letters import Selection
from orderctl.logs import FunctionLog, search
from orderctl.relay import RELAY, read_images
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from orderctl.dead_letters import Outcome
    from orderctl.queue_drain import DeadLetter
    from orderctl.stack import Stack

    Record = Mapping[str, Any]
    Find = Callable[[Stack, str, Selection], Outcome]

# Clocks differ, and an order's time is taken before anything is logged about it.
_LOG_MARGIN = timedelta(minutes=1)

# Times of creation that are used: not before DynamoDB, nor more than a day ahead of this clock.
_MIN_TIME = datetime(2012, 1, 1, tzinfo=UTC)
_MAX_AHEAD = timedelta(days=1)

PUBLISHED = "Order event published"
CONFIRMED = "Confirmation sent"
# The messages that report success, by queue. The log of any other workflow is read to its end.
_SUCCESS = {
    RELAY: frozenset({PUBLISHED}),
    "orders": frozenset({"Order stored", "Duplicate order ignored"}),
    "email": frozenset(
        {CONFIRMED, "Recipient rejected", "Confirmation suppressed: hourly limit per recipient"}
    ),
    "audit": frozenset({"Audit record created", "Audit record already exists"}),
}


@dataclass(frozen=True, kw_only=True)
class WorkQueue:
    """A work queue's number of messages, about any order, and its maximum receive count."""

    waiting: int
    max_receive_count: int | None


@dataclass(kw_only=True)
class OrderSources:
    """Everything stored about an order; None or empty where there is nothing."""

    order_id: str
    is_queued: bool = False
    order: Record | None = None
    audit_record: Record | None = None
    idempotency_record: Record | None = None
    logs: dict[str, FunctionLog] = field(default_factory=dict)
    """The log lines of each workflow's function and of the relay, by the queue's name."""
    dead_letters: dict[str, Sequence[DeadLetter]] = field(default_factory=dict)
    """The order's dead letters by queue, for queues that have one."""
    unreadable: int = 0
    """Dead letters of the relay that may name the order; the stream no longer has their records."""
    queues: Mapping[str, WorkQueue] = field(default_factory=dict)
    all_seen: bool = True
    """Whether all dead letters could be seen."""

    @property
    def complete(self) -> bool:
        """Whether all dead letters could be seen and all logs were searched to their end."""
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
        """Return the log lines of a queue's function."""
        return self.logs.get(queue, FunctionLog())

    @property
    def event(self) -> OrderCreated | None:
        """The event that the relay publishes about the stored order; None if it is no order."""
        try:
            return None if self.order is None else OrderCreated.of_stored_order(self.order)
        except ValidationError:
            return None

    @property
    def event_id(self) -> str | None:
        """The ID of the order's event, which is the audit record's as well."""
        if self.order is not None:
            return None if self.event is None else self.event.event_id
        return None if self.audit_record is None else str(self.audit_record.get("auditId"))

    @property
    def known_order_id(self) -> str:
        """The ID that the client knows: the one that it chose, else the key in the table."""
        client_order_id = (self.order or self.audit_record or {}).get("clientOrderId")
        return self.order_id if client_order_id is None else str(client_order_id)

    @property
    def created_at(self) -> datetime | None:
        """When the order was accepted."""
        if self.order:
            text = self.order.get("createdAt")
        else:
            text = (self.audit_record or {}).get("timestamp")
        try:
            time = datetime.fromisoformat(str(text))
        except ValueError:
            return None
        is_usable = time.tzinfo and _MIN_TIME <= time < datetime.now(UTC) + _MAX_AHEAD
        return time if is_usable else None


def stored_key(stack: Stack, order_id: str, customer: str | None) -> str:
    """Return the key in the orders table of an order that a client knows by an ID.

    Where callers are known by a token, an ID that a customer chose is scoped to the customer
    (docs/adr/0023).
    """
    if customer is None or not is_order_id(order_id):
        return order_id
    customer_id = normalize("NFC", customer)
    order = _order(stack, order_id)
    is_plain = order is not None and order.get("customerId") == customer_id
    return order_id if is_plain else scoped_order_id(customer_id, order_id)


def gather(
    stack: Stack, order_id: str, *, logs_for: timedelta, find: Find = dead_letters.find
) -> OrderSources:
    """Read everything about an order; `find` returns the selected dead letters of a queue.

    Logs are searched for as long as `logs_for` from the order's creation on, or back from now
    where the creation is unknown: other software wrote the order, or it is stored nowhere.

    Work queues are only counted: receiving a message there uses up one of its three receives.
    """
    sources = read_records(stack, order_id)
    sources.queues = work_queues(stack)
    _search_logs(stack, sources, logs_for)
    for queue in order_dead_letter_queues(stack):
        outcome = find(stack, queue, Selection(order_id=order_id))
        if messages := _dead_letters(outcome, sources):
            sources.dead_letters[queue] = messages
    if (
        sources.published_at is None
        and sources.audit_record is None
        and RELAY in stack.outputs.dead_letter_queue_urls
    ):
        _search_stream_batches(stack, sources, find)
    return sources


def read_records(stack: Stack, order_id: str) -> OrderSources:
    """Read the records about an order, and no logs and queues."""
    sources = OrderSources(order_id=order_id, is_queued=stack.outputs.is_queued)
    sources.order = _order(stack, order_id)
    sources.audit_record = _audit_record(stack, order_id, sources.event_id)
    sources.idempotency_record = _idempotency_record(stack, sources.event_id)
    return sources


def search_relay_log(stack: Stack, sources: OrderSources) -> None:
    """Search the relay's log for the order's publication, from its creation until now."""
    time_range = _time_range(sources, _MAX_AHEAD)
    function, until = stack.outputs.function_names.relay, _SUCCESS[RELAY]
    sources.logs[RELAY] = search(stack, function, sources.order_id, time_range, until=until)


def search_api_log(stack: Stack, sources: OrderSources, *, logs_for: timedelta) -> FunctionLog:
    """Return the lines about an order of the function behind the API."""
    names = stack.outputs.function_names
    function = names.of(API_FUNCTION["queued" if sources.is_queued else "direct"])
    if function is None:
        return FunctionLog()
    time_range = _time_range(sources, logs_for)
    return search(stack, function, sources.order_id, time_range, until=frozenset())


def _order(stack: Stack, order_id: str) -> Record | None:
    return _item(stack, stack.outputs.orders_table_name, {"orderId": {"S": order_id}})


def _idempotency_record(stack: Stack, event_id: str | None) -> Record | None:
    if not event_id:
        return None
    key = {"eventId": {"S": record_key(event_id)}}
    return _item(stack, stack.outputs.sent_emails_table_name, key)


def _item(stack: Stack, table: str, key: Mapping[str, Any]) -> Record | None:
    response = stack.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)
    return from_attributes(response["Item"]) if "Item" in response else None


def _audit_record(stack: Stack, order_id: str, event_id: str | None) -> Record | None:
    """Return the audit record of an event, or, where the order is gone, the newest one.

    An ID may be used again after its order has expired.
    """
    response = stack.client("dynamodb").query(
        TableName=stack.outputs.audit_table_name,
        IndexName=ORDER_INDEX,
        KeyConditionExpression="orderId = :order",
        ExpressionAttributeValues={":order": {"S": order_id}},
        ScanIndexForward=False,
    )
    records = (from_attributes(item) for item in response["Items"])
    return next((record for record in records if event_id in {None, record.get("auditId")}), None)


def _search_logs(stack: Stack, sources: OrderSources, logs_for: timedelta) -> None:
    functions = {RELAY: stack.outputs.function_names.relay, **stack.outputs.workflows}
    time_range = _time_range(sources, logs_for)
    if sources.order is None and sources.audit_record is None:
        # Only the processor receives an order that is stored nowhere.
        functions = {queue: function for queue, function in functions.items() if queue == "orders"}
    for queue, function in functions.items():
        sources.logs[queue] = search(
            stack, function, sources.order_id, time_range, until=_SUCCESS.get(queue, frozenset())
        )


def _time_range(sources: OrderSources, logs_for: timedelta) -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    if (created := sources.created_at) is not None and sources.event_id is not None:
        return created - _LOG_MARGIN, created + min(logs_for, now - created)
    # The relay and the workflows retry an order that they cannot read, at any time.
    return max(now - logs_for, _MIN_TIME), now


def order_dead_letter_queues(stack: Stack) -> list[str]:
    """Return the names of the dead-letter queues, but for that of the relay.

    Its dead letters name a part of the stream, and no order.
    """
    return sorted(stack.outputs.dead_letter_queue_urls.keys() - {RELAY})


def work_queues(stack: Stack) -> dict[str, WorkQueue]:
    """Return every work queue by its name."""
    sqs = stack.client("sqs")
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    queues = {}
    for queue, url in stack.outputs.queue_urls.items():
        response = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[*counts, "RedrivePolicy"])
        attributes = response["Attributes"]
        queues[queue] = WorkQueue(
            waiting=sum(int(attributes[name]) for name in counts),
            max_receive_count=_max_receive_count(attributes.get("RedrivePolicy", "")),
        )
    return queues


def _max_receive_count(policy: str) -> int | None:
    try:
        return int(json.loads(policy)["maxReceiveCount"])
    except (ValueError, TypeError, KeyError):
        return None


def _dead_letters(outcome: Outcome, sources: OrderSources) -> Sequence[DeadLetter]:
    sources.all_seen &= outcome.complete
    return outcome.done


def _search_stream_batches(stack: Stack, sources: OrderSources, find: Find) -> None:
    """Find the order in the stream batches that the relay's dead letters name."""
    matches = []
    for message in _dead_letters(find(stack, RELAY, Selection()), sources):
        try:
            images = read_images(stack, message.content)
        except UserError:
            sources.unreadable += 1
            continue
        if any(image.get("orderId") == {"S": sources.order_id} for image in images):
            matches.append(message)
    if matches:
        sources.dead_letters[RELAY] = matches
