"""Pages of a customer's orders."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.lookups import a_stored_order, get_orders, in_seconds, read_pages, store
from tests.support.requests import an_order

if TYPE_CHECKING:
    from tests.support.mock_account import ApiResponse, MockAccount


def read(
    account: MockAccount, customer_id: str, *query: tuple[str, str], **parameters: Any
) -> ApiResponse:
    """A page of a customer's orders."""
    return account.send(get_orders(customer_id, *query, **parameters).through_http_api(), "lookup")


def listed(response: ApiResponse) -> list[str]:
    """The IDs of the orders on a page."""
    return [order["orderId"] for order in response.body["orders"]]


def token(text: str) -> str:
    """A text as a token would hold it."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_orders_are_listed_newest_first(account: MockAccount) -> None:
    """A customer's orders are listed newest first, without those of others."""
    store(
        account,
        *(a_stored_order(f"A-{day}", day=day) for day in (2, 3, 1)),
        a_stored_order("B-1", customer_id="CUST-2"),
        a_stored_order("C-1", customer_id=None),
    )

    response = read(account, "CUST-1")

    assert (response.status, listed(response)) == (200, ["A-3", "A-2", "A-1"])
    assert set(response.body) == {"orders", "requestId"}
    assert account.operations == ["Query"]


def test_listed_order_equals_the_single_order(account: MockAccount) -> None:
    """An order is the same in the list and by its ID."""
    order_id = account.post(
        an_order(notes="n", priority="high", shippingAddress={"city": "S"})
    ).body["orderId"]
    event = {"routeKey": "GET /orders/{orderId}", "pathParameters": {"orderId": order_id}}
    alone = account.send(get_orders("CUST-12345").through_http_api() | event, "lookup").body
    del alone["requestId"]

    assert read(account, "CUST-12345").body["orders"] == [alone]


def test_customer_without_orders_has_an_empty_list(account: MockAccount) -> None:
    """An unknown customer has an empty list."""
    response = read(account, "CUST-1")

    assert (response.status, response.body["orders"]) == (200, [])


def test_page_has_twenty_orders_by_default(account: MockAccount) -> None:
    """Without `limit` a page has twenty orders, and a token for the rest."""
    store(account, *(a_stored_order(f"A-{day}", day=day) for day in range(1, 24)))

    assert [len(listed(page)) for page in read_pages(account, "CUST-1")] == [20, 3]
    assert [len(listed(page)) for page in read_pages(account, "CUST-1", limit=100)] == [23]


@pytest.mark.parametrize("limit", ["1", "9", "10", "99", "100"])
def test_limit_is_passed_on(account: MockAccount, limit: str) -> None:
    """Every limit from 1 to 100 is passed to the one call of a page."""
    assert read(account, "CUST-1", limit=limit).status == 200
    (call,) = account.connection.calls
    assert call.parameters["Limit"] == int(limit)


@pytest.mark.parametrize(
    "limit",
    [
        "",
        "0",
        "101",
        "1000",
        "-1",
        "+5",
        "05",
        " 5",
        "5 ",
        "5\n",
        "1.0",
        "1e1",
        "five",
        "5,6",
        "\u0665",
        "1" * 500,
    ],
)
def test_other_limits_are_refused(account: MockAccount, limit: str) -> None:
    """Any other limit is refused by name."""
    response = read(account, "CUST-1", limit=limit)

    assert (response.status, response.fields) == (400, ["limit"])
    assert account.operations == []


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "=",
        "a",
        "%%%",
        "é",
        "x" * 5_000,
        token(""),
        token("2026-01-15T10:30:00.123Z"),
        token("2026-01-15T10:30:00.123Z "),
        token("2026-01-15T10:30:00.123Z A 1"),
        token("2026-01-15T10:30:00.123Z " + "A" * 129),
        token("2026-01-15T10:30:00.123Z A-1\n"),
        token("2026-01-15T10:30:00+00:00 A-1"),
        token('{"orderId":{"S":"A-1"}}'),
        base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode(),
        token("2026-01-15T10:30:00.123Z A-1") + " ",
        token("2026-01-15T10:30:00.123Z A-1") + "!!!!",
        token("2026-01-15T10:30:00.123Z A-1") + "," + token("2026-01-15T10:30:00.123Z A-1"),
    ],
)
def test_invalid_token_is_refused(account: MockAccount, garbage: str) -> None:
    """A token that no response returned is refused by name."""
    response = read(account, "CUST-1", nextToken=garbage)

    assert (response.status, response.fields) == (400, ["nextToken"])
    assert account.operations == []


def test_all_violations_of_a_query_are_listed(account: MockAccount) -> None:
    """One response lists every unknown or invalid parameter; log and metrics hold no values."""
    query = (
        ("jane.roe@example.com", "jane"),
        ("limit", "jane"),
        ("nextToken", "jane"),
        ("Limit", "5"),
    )

    response = read(account, "CUST-1", *query)

    assert (response.status, response.body["error"]) == (400, "Validation failed")
    assert sorted(response.fields) == ["Limit", "jane.roe@example.com", "limit", "nextToken"]
    assert sorted(account.console.metric("ValidationErrors"), key=str) == [
        (count, {"environment": "test", "service": "lookup", "field": field})
        for count, field in ((1, "limit"), (1, "nextToken"), (2, "?"))
    ]
    assert "jane" not in account.console.getvalue()


@pytest.mark.parametrize("again", [("limit", "6"), ("limit", "5")])
def test_repeated_limit_is_refused(account: MockAccount, again: tuple[str, str]) -> None:
    """A repeated limit is refused on both kinds of gateway."""
    request = get_orders("CUST-1", ("limit", "5"), again)

    for event in (request.through_http_api(), request.through_rest_api()):
        assert account.send(event, "lookup").fields == ["limit"]


@pytest.mark.parametrize(
    "customer_id", ["c", "Zoë Ørsted", "a?c=d&e#f", "100%", "%41", "a+b", "auth0|5fe4", "x" * 128]
)
def test_any_customer_s_list_can_be_read(account: MockAccount, customer_id: str) -> None:
    """Every valid customer ID has a list, through both kinds of gateway."""
    account.post(an_order(customerId=customer_id))
    request = get_orders(customer_id)

    for event in (request.through_http_api(), request.through_rest_api()):
        assert [order["customerId"] for order in account.send(event, "lookup").body["orders"]] == [
            customer_id
        ]


@pytest.mark.parametrize(
    "customer_id", ["", " ", " c", "c\n", "x" * 129, "a\x00b", "\u2028", "\ud800"]
)
def test_invalid_customer_id_is_not_found(account: MockAccount, customer_id: str) -> None:
    """An invalid customer ID is a 404 without a call, and is not logged."""
    assert read(account, customer_id).status == 404
    assert account.operations == []
    assert [line for line in account.console.logs if "customerId" in line] == []


def test_expired_orders_are_left_out(account: MockAccount) -> None:
    """A page omits expired orders, may be shorter or empty, and the next pages follow."""
    expired = in_seconds(-1)
    store(
        account,
        a_stored_order("A-6", day=6),
        a_stored_order("A-5", day=5, expiresAt=expired),
        a_stored_order("A-4", day=4, expiresAt=expired),
        a_stored_order("A-3", day=3, expiresAt=expired),
        a_stored_order("A-2", day=2, expiresAt=None),
    )

    assert [listed(page) for page in read_pages(account, "CUST-1", limit=2)] == [
        ["A-6"],
        [],
        ["A-2"],
    ]


def test_token_survives_the_deletion_of_its_order(account: MockAccount) -> None:
    """A token is valid after its order is deleted, and lists no newer order."""
    store(account, *(a_stored_order(f"A-{day}", day=day) for day in (1, 2, 3)))
    first = read(account, "CUST-1", limit=2)
    account.dynamodb.delete_item(TableName="orders", Key={"orderId": {"S": "A-2"}})
    store(account, a_stored_order("A-4", day=4))

    assert listed(read(account, "CUST-1", nextToken=first.body["nextToken"])) == ["A-1"]


def test_token_opens_no_other_customer_s_list(account: MockAccount) -> None:
    """A token holds no customer and no content, and lists orders of the customer in the path."""
    store(account, *(a_stored_order(f"A-{day}", day=day) for day in (1, 2, 3)))
    store(
        account, *(a_stored_order(f"B-{day}", day=day, customer_id="CUST-2") for day in (1, 2, 3))
    )
    token = read(account, "CUST-1", limit=2).body["nextToken"]

    assert re.fullmatch("[A-Za-z0-9_-]+", token)
    assert base64.urlsafe_b64decode(token + "==").decode() == "2026-01-02T10:30:00.123Z A-2"
    assert set(listed(read(account, "CUST-2", nextToken=token))) <= {"B-2", "B-1"}
    start = account.connection.calls[0].parameters["ExclusiveStartKey"]
    assert start["customerId"] == {"S": "CUST-2"}


def test_page_ends_at_one_megabyte(account: MockAccount) -> None:
    """A page of large orders ends at DynamoDB's 1 MB, and all pages list every order."""
    store(
        account,
        *(a_stored_order(f"A-{day}", day=day % 28 + 1, notes="n" * 60_000) for day in range(25)),
    )

    pages = read_pages(account, "CUST-1", limit=100)

    assert len(pages) > 1
    assert sorted(order for page in pages for order in listed(page)) == sorted(
        f"A-{day}" for day in range(25)
    )
