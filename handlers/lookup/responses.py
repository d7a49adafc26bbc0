"""Responses of the lookup function: stored orders as clients see them."""

from collections.abc import Mapping
from typing import Any, Final

from handlers.http.response import Response
from handlers.lookup.query import Page
from handlers.order.order import client_view

FAILURE: Final = "Failed to read orders"


def order(stored: Mapping[str, Any]) -> Response:
    """200: one order."""
    return Response(200, client_view(stored))


def orders(page: Page) -> Response:
    """200: a page of a customer's orders, and `nextToken` if there may be more."""
    more = {"nextToken": page.last.token} if page.last else {}
    return Response(200, {"orders": [client_view(stored) for stored in page.orders], **more})
