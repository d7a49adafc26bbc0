"""Scoped orderIds: where callers are customers, each has a namespace of their own (docs/adr/0023)."""

import hashlib
import re
from typing import Final

from handlers.validation import text

# An orderId that a client chooses holds no `~`, so no request can name a scoped orderId, or another customer's order.
_SCOPE_DIGITS: Final = 32
STORED_ORDER_ID: Final = rf"(?:[0-9a-f]{{{_SCOPE_DIGITS}}}~)?{text.ORDER_ID}"
_STORED_ORDER_ID: Final = re.compile(STORED_ORDER_ID)


def scoped_order_id(customer_id: str, chosen: str) -> str:
    """Return the key in the Orders table of an orderId that a customer chose."""
    scope = hashlib.sha256(customer_id.encode()).hexdigest()[:_SCOPE_DIGITS]
    return f"{scope}~{chosen}"


def is_stored_order_id(order_id: str) -> bool:
    """Whether an order may be stored under this key, be it scoped or not."""
    return bool(_STORED_ORDER_ID.fullmatch(order_id))
