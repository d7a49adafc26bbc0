"""Unknown fields of an order request: beyond the first, they are counted and not validated.

A body of 10 KB holds 1,500 of them. Pydantic makes an error of each, which takes longer than everything else.
"""

from collections import Counter
from collections.abc import Collection
from typing import Any

from handlers.validation.fields import MAX_ITEMS
from handlers.validation.model import ITEM_FIELDS, ORDER_FIELDS


def without_excess(data: Any, *, limit: int) -> tuple[Any, Counter[str]]:
    """Return a body with at most `limit` unknown fields, and the number omitted by metric label."""
    omitted: Counter[str] = Counter()
    if not isinstance(data, dict):
        return data, omitted
    data = _trimmed(data, ORDER_FIELDS, "?", omitted, limit)
    items = data.get("items")
    if not isinstance(items, list) or len(items) > MAX_ITEMS:  # no item of which is validated
        return data, omitted
    kept = []
    room = limit
    for item in items:
        fields = (
            _trimmed(item, ITEM_FIELDS, "items[].?", omitted, room)
            if isinstance(item, dict)
            else item
        )
        room -= len(fields.keys() - ITEM_FIELDS) if isinstance(item, dict) else 0
        kept.append(fields)
    return {**data, "items": kept}, omitted


def _trimmed(
    fields: dict[str, Any], known: Collection[str], label: str, omitted: Counter[str], room: int
) -> dict[str, Any]:
    """Return an object with its known fields and at most `room` others, in their order."""
    excess = [name for name in fields if name not in known][room:]
    if not excess:
        return fields
    omitted[label] += len(excess)
    left_out = frozenset(excess)
    return {name: value for name, value in fields.items() if name not in left_out}
