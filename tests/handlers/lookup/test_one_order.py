"""One order, read by its ID."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.support.lookups import a_stored_order, get_order, in_seconds, store
from tests.support.requests import an_order

if TYPE_CHECKING:
    from tests.support.lookups import GetRequest
    from tests.support.mock_account import ApiResponse, MockAccount

_NOT_FOUND = {
    "error": "Not found",
    "message": "The requested resource does not exist",
    "requestId": "req-1",
}


def read(account: MockAccount, request: GetRequest) -> ApiResponse:
    """Read an order with the request ID `req-1`."""
    event = request.through_http_api()
    return account.send(
        event | {"requestContext": {**event["requestContext"], "requestId": "req-1"}}, "lookup"
    )


def test_order_is_read_as_the_client_sent_it(account: MockAccount) -> None:
    """A response has everything that the client sent or was sent, exactly, and nothing else."""
    sent = an_order(
        currency="EUR",
        priority="high",
        notes="Second floor,\nring twice",
        shippingAddress={"street": "1 Main St", "city": "Springfield"},
        billingAddress={"poBox": "7"},
    )
    accepted = account.post(sent)

    response = read(account, get_order(accepted.body["orderId"]))

    items = [
        {**sent["items"][0], "price": Decimal("29.99"), "subtotal": Decimal("59.98")},
        {**sent["items"][1], "price": Decimal("49.99"), "subtotal": Decimal("49.99")},
    ]
    assert response.status == 200
    assert json.loads(response.text, parse_float=Decimal) == {
        **sent,
        "orderId": accepted.body["orderId"],
        "items": items,
        "totalAmount": Decimal("109.97"),
        "status": "PROCESSING",
        "createdAt": accepted.body["createdAt"],
        "requestId": "req-1",
    }


def test_missing_fields_are_absent(account: MockAccount) -> None:
    """An order without customer ID, notes or addresses is shown without them."""
    store(account, a_stored_order("A-1", customer_id=None))

    assert set(read(account, get_order("A-1")).body) == {
        *(
            "orderId",
            "customerName",
            "customerEmail",
            "items",
            "totalAmount",
            "currency",
            "status",
            "createdAt",
        ),
        "requestId",
    }


def test_accepted_order_can_be_read_at_once(account: MockAccount) -> None:
    """An accepted order can be read at once, with one call."""
    order_id = account.post(an_order()).body["orderId"]

    assert read(account, get_order(order_id)).status == 200
    (call,) = account.connection.calls
    assert (call.operation, call.parameters["ConsistentRead"]) == ("GetItem", True)


def test_unknown_order_is_not_found(account: MockAccount) -> None:
    """An unknown order ID is a 404."""
    response = read(account, get_order("A-1"))

    assert (response.status, response.body) == (404, _NOT_FOUND)
    assert account.operations == ["GetItem"]


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(-100_000, 404), (-1, 404), (0, 404), (100, 200)],
    ids=["past", "just", "now", "not yet"],
)
def test_expired_order_is_not_found(account: MockAccount, seconds: int, status: int) -> None:
    """An expired order is a 404, although DynamoDB has not deleted it yet."""
    store(account, a_stored_order("A-1", expiresAt=in_seconds(seconds)))

    assert read(account, get_order("A-1")).status == status


def test_order_without_expiry_stays(account: MockAccount) -> None:
    """An order without `expiresAt` does not expire."""
    store(account, a_stored_order("A-1", expiresAt=None))

    assert read(account, get_order("A-1")).status == 200


@pytest.mark.parametrize(
    "order_id",
    [
        "",
        "a" * 129,
        "-a",
        "a b",
        "a/b",
        "é",
        "a\n",
        "a\x00",
        "%41",
        "jane.roe@example.com",
        "\ufffd",
    ],
)
def test_invalid_order_id_is_not_found(account: MockAccount, order_id: str) -> None:
    """An invalid order ID is a 404 without a call, and is not logged."""
    response = read(account, get_order(order_id))

    assert (response.status, response.body) == (404, _NOT_FOUND)
    assert account.operations == []
    assert [line for line in account.console.logs if "orderId" in line] == []


@pytest.mark.parametrize("order_id", ["a" * 128, "0", "Web.2026:0001_a-b"])
def test_every_valid_id_can_be_read(account: MockAccount, order_id: str) -> None:
    """The shortest, the longest and the most unusual IDs can be read."""
    account.post(an_order(orderId=order_id))

    assert read(account, get_order(order_id)).body["orderId"] == order_id


def test_parameters_are_refused(account: MockAccount) -> None:
    """Every query parameter is refused by name."""
    response = read(account, get_order("A-1", query=[("fields", "items"), ("limit", "5")]))

    assert (response.status, response.fields) == (400, ["fields", "limit"])
    assert account.operations == []
