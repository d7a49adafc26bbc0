"""GET requests as events of both kinds of gateway, and stored orders."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.support.functions import ORDERS_TABLE
from tests.support.mock_account import as_image
from tests.support.requests import http_request, rest_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.mock_account import ApiResponse, MockAccount

_BATCH = 25
_MAX_PAGES = 50


@dataclass(frozen=True, kw_only=True)
class GetRequest:
    """A GET of a path; `query` may repeat names, `claims` are those of the caller's token."""

    path: str
    parameters: dict[str, str]
    query: tuple[tuple[str, str], ...] = ()
    claims: dict[str, Any] | None = None

    def through_http_api(self) -> dict[str, Any]:
        """The event of an HTTP API: decoded, repeated names joined, absent parts omitted."""
        event = http_request(None) | {"routeKey": f"GET {self.path}"}
        event["requestContext"]["http"]["method"] = "GET"
        del event["body"], event["headers"]["content-type"]
        query = {name: ",".join(values) for name, values in self._values().items()}
        parts = {"pathParameters": self.parameters, "queryStringParameters": query}
        return with_token(
            {**event, **{name: part for name, part in parts.items() if part}}, self.claims
        )

    def through_rest_api(self) -> dict[str, Any]:
        """The event of a REST API: path parameters not decoded, absent parts null."""
        event = rest_request(None) | {"httpMethod": "GET", "resource": self.path}
        del event["headers"]["Content-Type"], event["version"]
        values = self._values()
        return event | {
            "pathParameters": {
                name: quote(value, safe="") for name, value in self.parameters.items()
            }
            or None,
            "queryStringParameters": {name: each[-1] for name, each in values.items()} or None,
            "multiValueQueryStringParameters": values or None,
        }

    def _values(self) -> dict[str, list[str]]:
        values = defaultdict(list)
        for name, value in self.query:
            values[name].append(value)
        return dict(values)


def get_order(
    order_id: str, *, claims: dict[str, Any] | None = None, query: Iterable[tuple[str, str]] = ()
) -> GetRequest:
    """`GET /orders/{orderId}`."""
    return GetRequest(
        path="/orders/{orderId}",
        parameters={"orderId": order_id},
        query=tuple(query),
        claims=claims,
    )


def get_orders(
    customer_id: str,
    *query: tuple[str, str],
    claims: dict[str, Any] | None = None,
    **parameters: Any,
) -> GetRequest:
    """`GET /customers/{customerId}/orders`; parameters that are None are omitted."""
    more = tuple((name, str(value)) for name, value in parameters.items() if value is not None)
    path = "/customers/{customerId}/orders"
    return GetRequest(
        path=path, parameters={"customerId": customer_id}, query=(*query, *more), claims=claims
    )


def with_token(event: dict[str, Any], claims: dict[str, Any] | None) -> dict[str, Any]:
    """An HTTP API's event with the claims of the caller's token, if there is one."""
    if claims is None:
        return event
    authorizer = {"jwt": {"claims": claims, "scopes": None}}
    return event | {"requestContext": {**event["requestContext"], "authorizer": authorizer}}


def a_stored_order(
    order_id: str, *, customer_id: str | None = "CUST-1", day: int = 1, **changes: Any
) -> dict[str, Any]:
    """A stored order, created on a day of January 2026 and not expired."""
    order = {
        "orderId": order_id,
        "customerId": customer_id,
        "customerName": "Jane Roe",
        "customerEmail": "jane.roe@example.com",
        "items": [
            {
                "productId": "P",
                "quantity": 2,
                "price": Decimal("9.99"),
                "subtotal": Decimal("19.98"),
            }
        ],
        "totalAmount": Decimal("19.98"),
        "currency": "USD",
        "status": "PROCESSING",
        "createdAt": f"2026-01-{day:02}T10:30:00.123Z",
        "expiresAt": in_seconds(3600),
        "requestId": "req-of-the-order",
        "correlationId": "corr-of-the-order",
        "fingerprint": "f" * 64,
        **changes,
    }
    return {name: value for name, value in order.items() if value is not None}


def in_seconds(seconds: int) -> int:
    """A time relative to now, in the format of DynamoDB's TTL."""
    return int(time.time()) + seconds


def store(account: MockAccount, *orders: dict[str, Any]) -> None:
    """Put orders into the table."""
    puts = iter({"PutRequest": {"Item": as_image(order)}} for order in orders)
    while batch := list(itertools.islice(puts, _BATCH)):
        account.dynamodb.batch_write_item(RequestItems={ORDERS_TABLE: batch})


def read_pages(
    account: MockAccount, customer_id: str, *, limit: int | None = None
) -> list[ApiResponse]:
    """Read all pages of a customer's orders.

    Raises:
        AssertionError: there are more than 50 pages.
    """
    pages = [account.send(get_orders(customer_id, limit=limit).through_http_api(), "lookup")]
    while token := pages[-1].body.get("nextToken"):
        request = get_orders(customer_id, limit=limit, nextToken=token)
        pages.append(account.send(request.through_http_api(), "lookup"))
        if len(pages) > _MAX_PAGES:
            raise AssertionError("The pages have no end")
    return pages
