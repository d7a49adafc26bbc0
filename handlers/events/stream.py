"""Stream records of the orders table: which ones report a new order."""

from collections.abc import Mapping
from typing import Any


def is_new_order(record: Mapping[str, Any]) -> bool:
    """Whether a record reports a new order: one that was inserted, or replaced an expired one.

    Stored orders never change, so a modified item is a new order if its `createdAt` is another
    (docs/adr/0024).

    Raises:
        ValueError: the record has no event name of a DynamoDB stream.
    """
    if record["eventName"] not in {"INSERT", "MODIFY", "REMOVE"}:
        raise ValueError("The record has no event name of a DynamoDB stream")
    if record["eventName"] == "MODIFY":
        images = record["dynamodb"]
        before, after = (
            images.get(image, {}).get("createdAt") for image in ("OldImage", "NewImage")
        )
        # guard: relay-publishes-new-orders-only
        return bool(before != after)
    return bool(record["eventName"] == "INSERT")
