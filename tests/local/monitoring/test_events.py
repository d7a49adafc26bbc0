"""Tests: the status that an event has is that of the response which the function returned."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from local.monitoring.events import Event, events_of
from local.monitoring.invocations import Invocation
from tests.support.lookups import a_stored_order, get_order, get_orders, store
from tests.support.mock_account import ApiResponse, MockAccount
from tests.support.requests import an_order

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def _account() -> Iterator[MockAccount]:
    with MockAccount() as account:
        yield account


@pytest.fixture
def account(_account: MockAccount) -> MockAccount:
    """A mocked account, empty."""
    _account.clear()
    return _account


def _event(account: MockAccount, function: str) -> Event:
    """The event of the last invocation's log lines."""
    (event,) = events_of(
        Invocation(
            function=function,
            request_id="invocation",
            at=datetime.now(UTC),
            lines=account.console.logs,
        )
    )
    return event


def _assert_same(account: MockAccount, function: str, response: ApiResponse, status: int) -> None:
    event = _event(account, function)
    assert (event.outcome, response.status) == (str(status), status)
    assert event.is_failure is (status >= 500)
    assert (event.error is None) is (status in {200, 202, 404})


@pytest.mark.parametrize("function", ["orders", "intake"])
def test_orders_and_rejections(account: MockAccount, function: str) -> None:
    """An accepted order, and one that is rejected, has the status of its response."""
    accepted = account.post(an_order(), key="key-1", handler=function)
    _assert_same(account, function, accepted, 200 if function == "orders" else 202)
    assert _event(account, function).order_id == accepted.body["orderId"]
    invalid = account.post(an_order(customerEmail="x"), handler=function)
    _assert_same(account, function, invalid, 400)
    assert _event(account, function).error == "customerEmail: Must be a valid email address"


def test_replays_and_conflicts(account: MockAccount) -> None:
    """A replay is a success, and other content under the same key a conflict."""
    account.post(an_order(), key="key-1")
    _assert_same(account, "orders", account.post(an_order(), key="key-1"), 200)
    conflict = account.post(an_order(customerName="Other Name"), key="key-1")
    _assert_same(account, "orders", conflict, 409)


@pytest.mark.parametrize(
    ("error", "status"),
    [("ProvisionedThroughputExceededException", 503), ("ValidationException", 500)],
)
@pytest.mark.parametrize(
    ("function", "operation"), [("orders", "PutItem"), ("intake", "SendMessage")]
)
def test_failures(
    account: MockAccount, function: str, operation: str, error: str, status: int
) -> None:
    """A failure that can be retried is a 503, any other a 500, each with its error."""
    with account.connection.refusing(operation, error):
        response = account.post(an_order(), handler=function)
    _assert_same(account, function, response, status)


def test_lookups(account: MockAccount) -> None:
    """What a lookup returns has the status of its response."""
    store(account, a_stored_order("A-1"))

    def send(request: Any) -> ApiResponse:
        return account.send(request.through_http_api(), "lookup")

    _assert_same(account, "lookup", send(get_order("A-1")), 200)
    _assert_same(account, "lookup", send(get_orders("CUST-1")), 200)
    _assert_same(account, "lookup", send(get_order("A-2")), 404)
