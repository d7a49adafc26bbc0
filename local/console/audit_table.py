"""Reads the audit table: all keys by a scan, because it has no index by time, or an order's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.common.contract import ORDER_INDEX
from local.console.snapshot import Snapshot
from orderctl.many_orders import read_items

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from orderctl.stack import Stack

    # auditId and timestamp.
    Key = tuple[str, str]

_NAMES = {"#timestamp": "timestamp"}
_KEYS = {"ProjectionExpression": "auditId, #timestamp", "ExpressionAttributeNames": _NAMES}


class AuditTable:
    """The audit records of a stack."""

    def __init__(self, stack: Callable[[], Stack]) -> None:
        self._stack = stack
        self._keys = Snapshot(self._scan)

    def keys(self) -> Sequence[Key]:
        """Return the keys of all records, newest first, as they were a moment ago."""
        return self._keys.get()

    def keys_of(self, order_id: str) -> Sequence[Key]:
        """Return the keys of an order's records, newest first."""
        stack = self._stack()
        pages = (
            stack.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=stack.outputs.audit_table_name,
                IndexName=ORDER_INDEX,
                KeyConditionExpression="orderId = :order",
                ExpressionAttributeValues={":order": {"S": order_id}},
                ScanIndexForward=False,
                **_KEYS,
            )
        )
        return [_key(item) for page in pages for item in page["Items"]]

    def read(self, keys: Sequence[Key]) -> list[Mapping[str, Any]]:
        """Return the records with these keys, a hundred at most, in their order."""
        stack = self._stack()
        attributes = [
            {"auditId": {"S": audit_id}, "timestamp": {"S": timestamp}}
            for audit_id, timestamp in keys
        ]
        items = read_items(stack, stack.outputs.audit_table_name, attributes)
        records = {(str(item["auditId"]), str(item["timestamp"])): item for item in items}
        return [records[key] for key in keys if key in records]

    def _scan(self) -> Sequence[Key]:
        stack = self._stack()
        paginator = stack.client("dynamodb").get_paginator("scan")
        pages = paginator.paginate(TableName=stack.outputs.audit_table_name, **_KEYS)
        keys = (_key(item) for page in pages for item in page["Items"])
        return sorted(keys, key=lambda key: key[1], reverse=True)


def _key(item: Mapping[str, Any]) -> Key:
    return item["auditId"]["S"], item["timestamp"]["S"]
