"""Errors, logs and metrics of the lookup function."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.lookups import a_stored_order, get_order, get_orders, store

if TYPE_CHECKING:
    from tests.support.lookups import GetRequest
    from tests.support.mock_account import MockAccount

_LOOKUPS = [("GetItem", get_order("A-1")), ("Query", get_orders("CUST-1"))]
lookups = pytest.mark.parametrize(("operation", "request_"), _LOOKUPS, ids=["order", "orders"])


@lookups
def test_lookup_counts_neither_order_nor_failure(
    account: MockAccount, operation: str, request_: GetRequest
) -> None:
    """A lookup costs one call and changes no business metric."""
    for _ in range(2):
        account.send(request_.through_http_api(), "lookup")
        assert account.console.metrics == []
        assert account.operations == [operation]
        store(account, a_stored_order("A-1"))


def test_lookup_is_logged_by_its_ids(account: MockAccount) -> None:
    """A lookup is logged with its IDs, without the orders' content."""
    store(account, a_stored_order("A-1"))

    account.send(get_order("A-1").through_http_api(), "lookup")
    assert account.console.log("Order read")["orderId"] == "A-1"
    assert "Jane" not in account.console.getvalue()

    account.send(get_orders("CUST-1").through_http_api(), "lookup")
    line = account.console.log("Orders listed")
    assert (line["customerId"], line["orders"]) == ("CUST-1", 1)
    assert "orderId" not in line
    assert "Jane" not in account.console.getvalue()

    account.send(get_order("A-2").through_http_api(), "lookup")
    line = account.console.log("Order not found")
    assert line["orderId"] == "A-2"
    assert "customerId" not in line


@lookups
@pytest.mark.parametrize("origin", ["https://shop.example", "https://evil.example"])
def test_responses_have_the_common_headers(
    account: MockAccount, operation: str, request_: GetRequest, origin: str
) -> None:
    """Responses to GET have the headers of responses to POST."""
    del operation
    event = request_.through_http_api()
    response = account.send(event | {"headers": {**event["headers"], "origin": origin}}, "lookup")

    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Request-Id"] == response.body["requestId"]


def test_lookup_starts_without_the_model(account: MockAccount) -> None:
    """The lookup function does not import the order's model."""
    del account  # its environment variables are the function's
    script = "import sys; import handlers.lookup.handler; print('pydantic' in sys.modules)"

    process = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert process.stdout == "False\n"
