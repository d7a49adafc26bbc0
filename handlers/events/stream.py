"""Which records of the Orders table's stream report a new order."""

from collections.abc import Mapping
from typing import Any


def is_new_order(record: Mapping[str, Any]) -> bool:
    """Return whether a stream record reports a new order: one that was inserted, or that replaced an expired one.

    Nothing changes a stored order, so a modified item is a new order if, and only if, it was created at another time
    (docs/adr/0024).

    Raises:
        ValueError: the record has another event name than those of DynamoDB streams.
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
