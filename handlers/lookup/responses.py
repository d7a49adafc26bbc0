"""Stored orders as clients see them."""

from collections.abc import Mapping
from typing import Any

from handlers.http.response import Answer
from handlers.lookup.table import Page
from handlers.order.order import known_to_clients


def order(stored: Mapping[str, Any]) -> Answer:
    """200: one order."""
    return Answer(200, known_to_clients(stored), {})


def orders(page: Page) -> Answer:
    """200: some of a customer's orders, and `nextToken` if there may be more."""
    more = {"nextToken": page.last.token} if page.last else {}
    return Answer(200, {"orders": [known_to_clients(stored) for stored in page.orders], **more}, {})
