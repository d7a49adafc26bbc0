"""Amounts of an order, computed exactly from quantities and unit prices."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any


def subtotal(item: Mapping[str, Any]) -> Decimal:
    """Return quantity times price."""
    product: Decimal = item["quantity"] * item["price"]
    return product


def total(items: Iterable[Mapping[str, Any]]) -> Decimal:
    """Return the sum of the subtotals."""
    return sum(map(subtotal, items), Decimal(0))
