"""Unknown fields of an order request: beyond a limit, they are counted and not validated.

A body of 10 KB has room for 1,500 of them. An error of pydantic for each would take longer than
everything else.
"""

from collections import Counter
from collections.abc import Collection
from typing import Any

from handlers.validation.rules import MAX_ITEMS
from handlers.validation.schemas import ITEM_FIELDS, ORDER_FIELDS


def without_excess(data: Any, *, limit: int) -> tuple[Any, Counter[str]]:
    """Return a body with at most `limit` unknown fields, and the number omitted by metric label."""
    omitted: Counter[str] = Counter()
    if not isinstance(data, dict):
        return data, omitted
    data = _limited(data, ORDER_FIELDS, "?", omitted, limit)
    items = data.get("items")
    if not isinstance(items, list) or len(items) > MAX_ITEMS:  # then no item is validated
        return data, omitted
    limited: list[Any] = []
    for item in items:
        if not isinstance(item, dict):
            limited.append(item)
            continue
        fields = _limited(item, ITEM_FIELDS, "items[].?", omitted, limit)
        limit -= len(fields.keys() - ITEM_FIELDS)
        limited.append(fields)
    return {**data, "items": limited}, omitted


def _limited(
    fields: dict[str, Any], known: Collection[str], label: str, omitted: Counter[str], limit: int
) -> dict[str, Any]:
    """Return an object with its known fields and at most `limit` others, in their order."""
    excess = frozenset([name for name in fields if name not in known][limit:])
    if not excess:
        return fields
    omitted[label] += len(excess)
    return {name: value for name, value in fields.items() if name not in excess}
