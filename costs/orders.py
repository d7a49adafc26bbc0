"""The number of orders of a month, as a user writes it."""

from __future__ import annotations

import re
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


def rate_of_text(text: str, orders: int) -> float:
    """Return the orders a second in a text, at which the orders of a month arrive.

    Raises:
        UserError: it is no number, out of range, or too low for the orders.
    """
    least, most = orders / SECONDS_PER_MONTH, MOST_ORDERS / SECONDS_PER_MONTH
    rate = float(text) if re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,6})?", text, re.ASCII) else 0
    if not least <= rate <= most:
        raise UserError(
            f"Orders a second must be a number from {least:.2g}, at which {orders:,} take the "
            f"whole month, to {most:,.0f}, not '{text}'.",
            exit_code=2,
        )
    return rate
