"""Finds what the tables hold about a customer, or about single orders: orders and audit records.

The orders table has an index by customer. The audit table has none, so that it is scanned for a
customer: its records outlive their orders.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from handlers.common.aws import from_attributes
from handlers.common.contract import CUSTOMER_INDEX, ORDER_INDEX, iso_8601
from handlers.email.limit import counter_key
from handlers.email.records import record_key
from handlers.events.order_created import OrderCreated
from orderctl.dead_letters import Selection
from orderctl.many_orders import MAX_KEYS, read_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from orderctl.cli_support import Progress
    from orderctl.sources import Record
    from orderctl.stack import Stack

    # An item of a table, in DynamoDB's notation.
    Image = Mapping[str, Any]

# The attribute of an audit record whose details were erased.
ERASED_AT = "erasedAt"

# The hours whose counters are searched, in one call: a counter expires a day after its hour, and
# DynamoDB deletes expired items within a few days.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
_HOURS = 100


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whose data is meant: that of a customer, or of single orders by their keys in the table."""

    customer_id: str | None = None
    order_ids: frozenset[str] = frozenset()

    @property
    def dead_letters(self) -> Selection:
        """The dead letters about the subject."""
        if self.customer_id is not None:
            return Selection(customer_id=self.customer_id)
        return Selection(order_ids=self.order_ids)


@dataclass(kw_only=True)
class OrderData:
    """What the tables hold about one order; an ID that was used again has several audit records."""

    order_id: str
    order: Image | None = None
    audit_records: list[Image] = field(default_factory=list)

    @property
    def event(self) -> OrderCreated | None:
        """The event of the stored order; None without one, or if it is no order."""
        return None if self.order is None else event_of(self.order)

    @property
    def audit_records_by_key(self) -> dict[tuple[str, str], Image | None]:
        """The audit records, and the key of the one that the stored order will have."""
        records: dict[tuple[str, str], Image | None] = {}
        if (event := self.event) is not None:
            records[event.event_id, iso_8601(event.created_at)] = None
        for record in self.audit_records:
            records[record["auditId"]["S"], record["timestamp"]["S"]] = record
        return records

    @property
    def event_ids(self) -> frozenset[str]:
        """The IDs of the order's events."""
        return frozenset(audit_id for audit_id, _ in self.audit_records_by_key)

    @property
    def email_addresses(self) -> frozenset[str]:
        """The addresses to which confirmations were sent."""
        details = (record.get("orderDetails", {}).get("M", {}) for record in self.audit_records)
        values = (part.get("customerEmail", {}).get("S") for part in (self.order or {}, *details))
        return frozenset(value for value in values if value)


def event_of(order: Image) -> OrderCreated | None:
    """Return the event of an item of the orders table; None if it is no order."""
    try:
        return OrderCreated.of_stored_order(from_attributes(order))
    except ValidationError:
        return None


def find(
    stack: Stack, subject: Subject, progress: Progress = lambda _: None
) -> dict[str, OrderData]:
    """Return the subject's orders by their keys; `progress` counts the items that were read.

    The index of customers is eventually consistent: an order of the last second may be missing.
    """
    found: dict[str, OrderData] = {
        order_id: OrderData(order_id=order_id) for order_id in sorted(subject.order_ids)
    }
    for image in _orders(stack, subject):
        order_id = image["orderId"]["S"]
        found.setdefault(order_id, OrderData(order_id=order_id)).order = image
        progress(1)
    for image in _audit_records(stack, subject, progress):
        # Other software may have written a record without an order.
        order_id = image.get("orderId", {}).get("S", "")
        found.setdefault(order_id, OrderData(order_id=order_id)).audit_records.append(image)
    return found


def counters(stack: Stack, address: str) -> list[Record]:
    """Return the counters of confirmations to an address that DynamoDB has not deleted yet."""
    now = datetime.now(UTC)
    keys = [counter_key(address, now - timedelta(hours=age)) for age in range(_HOURS)]
    return list(read_items(stack, stack.outputs.sent_emails_table_name, keys))


def email_records(stack: Stack, event_ids: Iterable[str]) -> Iterator[Record]:
    """Yield the records of the emails of some events."""
    keys = [{"eventId": {"S": record_key(event_id)}} for event_id in sorted(event_ids)]
    for start in range(0, len(keys), MAX_KEYS):
        table = stack.outputs.sent_emails_table_name
        yield from read_items(stack, table, keys[start : start + MAX_KEYS])


def _orders(stack: Stack, subject: Subject) -> Iterator[Image]:
    client, table = stack.client("dynamodb"), stack.outputs.orders_table_name
    for order_id in sorted(subject.order_ids):
        key = {"orderId": {"S": order_id}}
        response = client.get_item(TableName=table, Key=key, ConsistentRead=True)
        if "Item" in response:
            yield response["Item"]
    if subject.customer_id is not None:
        yield from _query(stack, table, CUSTOMER_INDEX, "customerId", subject.customer_id)


def _audit_records(stack: Stack, subject: Subject, progress: Progress) -> Iterator[Image]:
    table = stack.outputs.audit_table_name
    for order_id in sorted(subject.order_ids):
        yield from _query(stack, table, ORDER_INDEX, "orderId", order_id)
    if subject.customer_id is None:
        return
    pages = (
        stack.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=table,
            ConsistentRead=True,
            FilterExpression="orderDetails.customerId = :customer",
            ExpressionAttributeValues={":customer": {"S": subject.customer_id}},
        )
    )
    for page in pages:
        progress(page["ScannedCount"])
        yield from page["Items"]


def _query(stack: Stack, table: str, index: str, attribute: str, value: str) -> Iterable[Image]:
    pages = (
        stack.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table,
            IndexName=index,
            KeyConditionExpression=f"{attribute} = :value",
            ExpressionAttributeValues={":value": {"S": value}},
        )
    )
    return (item for page in pages for item in page["Items"])
