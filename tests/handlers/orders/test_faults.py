"""Errors, logs and metrics of the orders function."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.requests import an_order, an_order_with_item

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_SERVICE = {"environment": "test", "service": "orders"}


@pytest.mark.parametrize("before", ["bad value ", "\a", "\n", "\\", '"', "\\u0007 ", ""])
def test_addresses_inside_exceptions_are_masked(account: MockAccount, before: str) -> None:
    """An email address in an exception is masked, and its line is JSON."""
    with account.connection.refusing(
        "PutItem", "ValidationException", message=f"{before}john.doe@example.com"
    ):
        account.post(an_order())

    assert "***@example.com" in account.console.log("Request could not be processed")["exception"]
    assert "john.doe@" not in account.console.getvalue()


def test_order_costs_one_call(account: MockAccount) -> None:
    """An order costs one write; a rejected request costs no call."""
    account.post(an_order(), headers={"X-Correlation-Id": "corr-1"}, key="key-1")
    assert account.operations == ["PutItem"]

    account.post({})
    assert account.operations == []


def test_order_is_counted_with_its_value(account: MockAccount) -> None:
    """A stored order is counted, and its value by currency."""
    account.post(an_order(currency="EUR"))

    assert account.console.metric("OrdersReceived") == [(1, _SERVICE)]
    assert account.console.metric("OrdersProcessed") == [(1, _SERVICE)]
    assert account.console.metric("OrderValue") == [(109.97, {**_SERVICE, "currency": "EUR"})]
    assert account.console.metric("OrdersFailed") == []


def test_violations_are_counted_by_field(account: MockAccount) -> None:
    """Violations are counted by field, without the item's index."""
    account.post(
        an_order(customerName="J", items=[{"productId": "P", "quantity": 0, "price": 1}] * 3)
    )

    assert sorted(account.console.metric("ValidationErrors"), key=str) == sorted(
        [
            (1, {**_SERVICE, "field": "customerName"}),
            (3, {**_SERVICE, "field": "items[].quantity"}),
        ],
        key=str,
    )
    assert account.console.metric("OrdersReceived") == [(1, _SERVICE)]
    assert account.console.metric("OrdersProcessed") == []


def test_metrics_are_written_in_the_stack_s_namespace(account: MockAccount) -> None:
    """Every metric is in the stack's namespace."""
    account.post(an_order())

    namespaces = {
        directive["Namespace"]
        for line in account.console.metrics
        for directive in line["_aws"]["CloudWatchMetrics"]
    }
    assert namespaces == {"order-processing"}


def test_correlation_id_is_in_logs_and_order(account: MockAccount) -> None:
    """The client's correlation ID is on every log line of its request, and in the order."""
    account.post(an_order(), headers={"X-Correlation-Id": "corr-1"}, request_id="req-1")

    assert {(line["correlationId"], line["requestId"]) for line in account.console.logs} == {
        ("corr-1", "req-1")
    }
    assert account.orders()[0]["correlationId"] == "corr-1"


def test_ids_do_not_leak_into_the_next_request(account: MockAccount) -> None:
    """A log line never has the IDs of an earlier request."""
    account.post(an_order(), headers={"X-Correlation-Id": "corr-1"}, request_id="req-1")
    account.post({}, request_id="req-2")

    (line,) = account.console.logs
    assert line["requestId"] == "req-2"
    assert not {"correlationId", "orderId", "customerId"} & line.keys()


def test_order_s_log_holds_no_personal_data(account: MockAccount) -> None:
    """An accepted order is logged with its IDs, without name or address."""
    account.post(an_order(notes="leave it at the blue door"))

    logged = account.console.getvalue()
    assert account.orders()[0]["orderId"] in logged
    assert not [text for text in ("Jane", "jane.roe", "blue door", "PROD-001") if text in logged]


def test_log_line_is_one_json_object(account: MockAccount) -> None:
    """No value splits a log line: not quotes, braces or line separators."""
    account.post(an_order_with_item() | {"customerId": 'x"}{\\ 数'})

    lines = [json.loads(line) for line in account.console.getvalue().splitlines()]
    assert [line["customerId"] for line in lines if "customerId" in line] == ['x"}{\\ 数']
