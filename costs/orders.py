"""The number of orders of a month, as a user writes it."""

from __future__ import annotations

from typing import Final

from costs.prices import MILLION
from costs.usage import SECONDS_PER_MONTH
from tooling.errors import UserError

DEFAULT_ORDERS: Final = MILLION
LEAST_ORDERS: Final = 1
# API Gateway's default quota, 10,000 requests a second, all month.
MOST_ORDERS: Final = 10_000 * SECONDS_PER_MONTH


def orders_of_text(text: str) -> int:
    """Return the number of orders in a text.

    Raises:
        UserError: it is no whole number, or out of range.
    """
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_ORDERS))
    if not (digits and LEAST_ORDERS <= int(text) <= MOST_ORDERS):
        raise UserError(
            f"Orders a month must be a whole number from {LEAST_ORDERS} to {MOST_ORDERS:,}, "
            f"not '{text}'.",
            exit_code=2,
        )
    return int(text)
