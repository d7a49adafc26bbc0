"""Scoped orderIds: each authenticated customer has a namespace of orderIds (docs/adr/0023)."""

import hashlib
import re
from typing import Final

from handlers.validation import text

# An orderId that a client chooses has no `~`, so no request can name another customer's order.
_SCOPE_DIGITS: Final = 32
STORED_ORDER_ID: Final = rf"(?:[0-9a-f]{{{_SCOPE_DIGITS}}}~)?{text.ORDER_ID}"
_STORED_ORDER_ID: Final = re.compile(STORED_ORDER_ID)


def scoped_order_id(customer_id: str, order_id: str) -> str:
    """Return the key in the orders table of an orderId that a customer chose."""
    scope = hashlib.sha256(customer_id.encode()).hexdigest()[:_SCOPE_DIGITS]
    return f"{scope}~{order_id}"


def is_stored_order_id(order_id: str) -> bool:
    """Whether a text can be an order's key in the table, scoped or not."""
    return bool(_STORED_ORDER_ID.fullmatch(order_id))
