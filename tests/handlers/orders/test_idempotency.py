"""Idempotency: replays and conflicts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.requests import an_order, an_order_with_item

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_BY_KEY: tuple[dict[str, str], dict[str, str]] = ({"key": "key-1"}, {})
_BY_ORDER_ID: tuple[dict[str, str], dict[str, str]] = ({}, {"orderId": "A-1"})
_BY_BOTH = ({"key": "A-1"}, {"orderId": "A-1"})


@pytest.mark.parametrize(("sent", "fields"), [_BY_KEY, _BY_ORDER_ID, _BY_BOTH])
def test_repeated_request_is_one_order(
    account: MockAccount, sent: dict[str, str], fields: dict[str, str]
) -> None:
    """The same key with the same content is a replay, and stores nothing."""
    first = account.post(an_order(**fields), **sent)  # type: ignore[arg-type]
    stored = account.orders()
    again = account.post(an_order(**fields), **sent)  # type: ignore[arg-type]

    assert (first.status, again.status) == (200, 200)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert {**again.body, "requestId": ""} == {**first.body, "requestId": ""}
    assert account.orders() == stored
    assert len(stored) == 1


@pytest.mark.parametrize(
    ("sent", "fields", "named"),
    [(*_BY_KEY, "Idempotency-Key"), (*_BY_ORDER_ID, "orderId"), (*_BY_BOTH, "Idempotency-Key")],
)
def test_other_content_under_a_used_key_is_a_conflict(
    account: MockAccount, sent: dict[str, str], fields: dict[str, str], named: str
) -> None:
    """Other content under a used key is refused by name, and the first order is unchanged."""
    account.post(an_order(**fields), **sent)  # type: ignore[arg-type]
    stored = account.orders()
    changed = an_order(customerName="Joe Bloggs", **fields)
    conflict = account.post(changed, **sent)  # type: ignore[arg-type]

    assert (conflict.status, conflict.fields) == (409, [named])
    assert "Idempotent-Replayed" not in conflict.headers
    assert account.orders() == stored


@pytest.mark.parametrize(
    "respelt",
    [
        json.dumps(an_order_with_item(price=30.0)).replace("30.0", "30.00"),
        json.dumps(an_order_with_item(price=30)).replace("30", "3E+1"),
        json.dumps(dict(reversed(an_order_with_item(price=30).items()))),
        json.dumps(an_order_with_item(price=30), indent=4),
        json.dumps(an_order_with_item(price=30) | {"currency": "USD", "totalAmount": 60}),
        json.dumps(an_order_with_item(price=30) | {"customerName": " Jane Roe "}),
        json.dumps(an_order_with_item(price=30, productId=None, itemId="PROD-001")),
    ],
    ids=["30.00", "3E+1", "key order", "white space", "defaults", "trimmed", "alias"],
)
def test_equal_content_in_another_spelling_is_a_replay(account: MockAccount, respelt: str) -> None:
    """Another spelling of the same content is a replay."""
    account.post(an_order_with_item(price=30), key="key-1")
    again = account.post(respelt, key="key-1")

    assert (again.status, again.headers.get("Idempotent-Replayed")) == (200, "true")


@pytest.mark.parametrize(
    "changes", [{"notes": "x"}, {"priority": "high"}, {"customerId": None}, {"currency": "EUR"}]
)
def test_any_difference_is_a_conflict(account: MockAccount, changes: dict[str, Any]) -> None:
    """A difference in any field is a conflict."""
    account.post(an_order(), key="key-1")

    assert account.post(an_order(**changes), key="key-1").status == 409


def test_without_a_key_every_request_is_an_order(account: MockAccount) -> None:
    """Without a key every request is a new order."""
    responses = [account.post(an_order()) for _ in range(2)]

    assert len({response.body["orderId"] for response in responses}) == len(account.orders()) == 2


def test_write_that_the_sdk_repeats_is_no_replay(account: MockAccount) -> None:
    """A write that the SDK retries is no replay."""
    account.connection.lose_response("PutItem")
    response = account.post(an_order())

    assert response.status == 200
    assert "Idempotent-Replayed" not in response.headers
    assert len(account.orders()) == 1
    assert account.console.metric("OrdersProcessed") == [
        (1, {"environment": "test", "service": "orders"})
    ]


def test_replay_that_the_sdk_retries_is_a_replay(account: MockAccount) -> None:
    """A repeated request is a replay also if the SDK retries its write."""
    account.post(an_order(), key="key-1")
    account.connection.lose_response("PutItem")

    assert account.post(an_order(), key="key-1").headers["Idempotent-Replayed"] == "true"
    assert account.console.metric("OrdersProcessed") == []


def test_replay_is_not_counted_as_an_order(account: MockAccount) -> None:
    """A replay is logged with the order ID, and not counted as an order."""
    order_id = account.post(an_order(), key="key-1").body["orderId"]
    account.post(an_order(), key="key-1")

    assert account.console.log("Duplicate order ignored")["orderId"] == order_id
    assert account.console.metric("OrdersReceived") == [
        (1, {"environment": "test", "service": "orders"})
    ]
    assert account.console.metric("OrdersProcessed") == account.console.metric("OrderValue") == []


def test_replay_and_conflict_cost_no_second_call(account: MockAccount) -> None:
    """A new order, a replay and a conflict cost one call each."""
    for order in (an_order(), an_order(), an_order(notes="other")):
        account.post(order, key="key-1")
        assert account.operations == ["PutItem"]


def test_keys_are_case_sensitive(account: MockAccount) -> None:
    """Keys are case-sensitive."""
    for key in ("key-1", "KEY-1", "key-1."):
        assert "Idempotent-Replayed" not in account.post(an_order(), key=key).headers
    assert len(account.orders()) == 3
