"""Reads what the tables hold about many orders at once, in a few calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.common.aws import from_attributes
from handlers.common.contract import iso_8601
from handlers.email.records import record_key
from orderctl.sources import OrderSources, work_queues
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from orderctl.sources import Record
    from orderctl.stack import Stack

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
MAX_KEYS = 100
"""The most keys of a BatchGetItem."""

# A batch is read in parts where it is larger than 16 MB, or throttled.
_MAX_BATCH_GETS = 10


def gather_stored(stack: Stack, order_ids: Iterable[str]) -> list[OrderSources]:
    """Read what the tables hold about many orders, a hundred at most, in three calls.

    Logs and dead letters are left to the caller, who may know them without a search per order.
    """
    names, queues = stack.outputs, work_queues(stack)
    keys = [{"orderId": {"S": order_id}} for order_id in order_ids]
    many = [
        OrderSources(
            order_id=str(order["orderId"]),
            is_queued=names.is_queued,
            order=order,
            queues=queues,
        )
        for order in read_items(stack, names.orders_table_name, keys)
    ]
    events = {one.order_id: event for one in many if (event := one.event) is not None}
    sent_keys = [{"eventId": {"S": record_key(event.event_id)}} for event in events.values()]
    audit_keys = [
        {"auditId": {"S": event.event_id}, "timestamp": {"S": iso_8601(event.created_at)}}
        for event in events.values()
    ]
    sent = {
        record["eventId"]: record
        for record in read_items(stack, names.sent_emails_table_name, sent_keys)
    }
    audited = {
        record["auditId"]: record
        for record in read_items(stack, names.audit_table_name, audit_keys)
    }
    for one in many:
        if (event := events.get(one.order_id)) is not None:
            one.idempotency_record = sent.get(record_key(event.event_id))
            one.audit_record = audited.get(event.event_id)
    return many


def read_items(stack: Stack, table: str, keys: Sequence[Mapping[str, Any]]) -> Iterator[Record]:
    """Yield the items of a table with these keys, a hundred at most, in any order.

    Raises:
        UserError: DynamoDB has left out some of them ten times.
    """
    client, requests = stack.client("dynamodb"), {}
    if keys:
        requests = {table: {"Keys": keys, "ConsistentRead": True}}
    for _ in range(_MAX_BATCH_GETS):
        if not requests:
            return
        response = client.batch_get_item(RequestItems=requests)
        yield from map(from_attributes, response["Responses"].get(table, []))
        requests = response["UnprocessedKeys"]
    if requests:
        raise UserError(f"DynamoDB does not return all items of the table {table}; try again.")
