"""The IDs of all stored orders, newest first: one scan of the table, then its stream.

The orders table has no index by time. A scan reads every order, so it is done once; from then on
the stream reports each new or deleted order, as it does to the relay.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from orderctl.stack import Stack

_ATTRIBUTES = "orderId, createdAt, clientOrderId"


class Entry(NamedTuple):
    """An order of the table; other software may have written one without a time."""

    created_at: str
    order_id: str
    client_order_id: str | None


class OrderIndex:
    """Follows a stack's orders table; each `entries` reads what has changed since the last."""

    def __init__(self, stack: Callable[[], Stack]) -> None:
        self._stack = stack
        self._lock = threading.Lock()
        self._table: tuple[str, str] | None = None
        self._iterators: dict[str, str] = {}
        self._by_id: dict[str, Entry] = {}
        self._newest_first: Sequence[Entry] = ()

    def entries(self) -> Sequence[Entry]:
        """Return all orders, newest first."""
        with self._lock:
            stack = self._stack()
            table = stack.outputs.orders_table_name, stack.outputs.orders_stream_arn
            try:
                has_changed = self._read_all(stack) if table != self._table else self._follow(stack)
            except ClientError:
                # An iterator has expired while nobody looked, or the table is another one.
                has_changed = self._read_all(stack)
            self._table = table
            if has_changed:
                self._newest_first = tuple(sorted(self._by_id.values(), reverse=True))
            return self._newest_first

    def matches(self, order_id: str) -> list[str]:
        """Return the keys of the orders that have this ID, or that a client knows by it."""
        return [
            entry.order_id
            for entry in self.entries()
            if order_id in {entry.order_id, entry.client_order_id}
        ]

    def _read_all(self, stack: Stack) -> bool:
        # The iterators come first, so that no order is written between them and the scan.
        streams, arn = stack.client("dynamodbstreams"), stack.outputs.orders_stream_arn
        shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        self._iterators = {
            shard["ShardId"]: streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="LATEST"
            )["ShardIterator"]
            for shard in shards
        }
        pages = (
            stack.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=stack.outputs.orders_table_name, ProjectionExpression=_ATTRIBUTES)
        )
        self._by_id = {
            item["orderId"]["S"]: _entry(item) for page in pages for item in page["Items"]
        }
        return True

    def _follow(self, stack: Stack) -> bool:
        streams, has_changed = stack.client("dynamodbstreams"), False
        for shard, first in tuple(self._iterators.items()):
            iterator, is_behind = first, True
            while iterator and is_behind:
                response = streams.get_records(ShardIterator=iterator)
                iterator = response.get("NextShardIterator")
                is_behind = bool(response["Records"])
                for record in response["Records"]:
                    self._apply(record["dynamodb"])
                has_changed |= is_behind
            if not iterator:  # the shard is closed, and others follow it
                return self._read_all(stack)
            self._iterators[shard] = iterator
        return has_changed

    def _apply(self, change: Mapping[str, Any]) -> None:
        order_id = change["Keys"]["orderId"]["S"]
        if "NewImage" in change:
            self._by_id[order_id] = _entry(change["NewImage"])
        else:
            self._by_id.pop(order_id, None)


def _entry(item: Mapping[str, Any]) -> Entry:
    return Entry(
        created_at=item.get("createdAt", {}).get("S", ""),
        order_id=item["orderId"]["S"],
        client_order_id=item.get("clientOrderId", {}).get("S"),
    )
