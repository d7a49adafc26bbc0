"""Tests: a customer's orders, page by page."""

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
    """A customer's orders come newest first, and nobody else's come with them."""
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


def test_listed_order_is_the_order_that_is_read_alone(account: MockAccount) -> None:
    """An order looks the same in its customer's list as under its own path."""
    order_id = account.post(
        an_order(notes="n", priority="high", shippingAddress={"city": "S"})
    ).body["orderId"]
    event = {"routeKey": "GET /orders/{orderId}", "pathParameters": {"orderId": order_id}}
    alone = account.send(get_orders("CUST-12345").through_http_api() | event, "lookup").body
    del alone["requestId"]

    assert read(account, "CUST-12345").body["orders"] == [alone]


def test_customer_without_orders_has_an_empty_list(account: MockAccount) -> None:
    """A customer of whom nothing is known has no orders, which is no error."""
    response = read(account, "CUST-1")

    assert (response.status, response.body["orders"]) == (200, [])


def test_page_has_twenty_orders_by_default(account: MockAccount) -> None:
    """Without a limit a page has twenty orders, and a token for the rest."""
    store(account, *(a_stored_order(f"A-{day}", day=day) for day in range(1, 24)))

    assert [len(listed(page)) for page in read_pages(account, "CUST-1")] == [20, 3]
    assert [len(listed(page)) for page in read_pages(account, "CUST-1", limit=100)] == [23]


@pytest.mark.parametrize("limit", ["1", "9", "10", "99", "100"])
def test_limit_is_the_most_that_a_page_reads(account: MockAccount, limit: str) -> None:
    """Every limit from 1 to 100 is passed on to the one call that a page costs."""
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
    """A limit that is no integer from 1 to 100 is refused by name."""
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
def test_garbage_is_no_token(account: MockAccount, garbage: str) -> None:
    """A token that no answer gave is refused by name."""
    response = read(account, "CUST-1", nextToken=garbage)

    assert (response.status, response.fields) == (400, ["nextToken"])
    assert account.operations == []


def test_everything_wrong_with_a_query_is_told_at_once(account: MockAccount) -> None:
    """One answer names every parameter that is unknown or wrong, and no log line or metric says what it was."""
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
def test_parameter_given_twice_is_refused(account: MockAccount, again: tuple[str, str]) -> None:
    """Whichever gateway it came through, a limit that is given twice is none."""
    request = get_orders("CUST-1", ("limit", "5"), again)

    for event in (request.through_http_api(), request.through_rest_api()):
        assert account.send(event, "lookup").fields == ["limit"]


@pytest.mark.parametrize(
    "customer_id", ["c", "Zoë Ørsted", "a?c=d&e#f", "100%", "%41", "a+b", "auth0|5fe4", "x" * 128]
)
def test_any_customer_s_list_can_be_read(account: MockAccount, customer_id: str) -> None:
    """Whatever ID a customer's orders were taken with, their list is found under it, through both kinds of gateway."""
    account.post(an_order(customerId=customer_id))
    request = get_orders(customer_id)

    for event in (request.through_http_api(), request.through_rest_api()):
        assert [order["customerId"] for order in account.send(event, "lookup").body["orders"]] == [
            customer_id
        ]


@pytest.mark.parametrize(
    "customer_id", ["", " ", " c", "c\n", "x" * 129, "a\x00b", "\u2028", "\ud800"]
)
def test_id_that_no_customer_can_have_is_not_found(account: MockAccount, customer_id: str) -> None:
    """What is no customer's ID by the rules is a 404 without a call to AWS, and is not logged."""
    assert read(account, customer_id).status == 404
    assert account.operations == []
    assert [line for line in account.console.logs if "customerId" in line] == []


def test_expired_orders_are_left_out(account: MockAccount) -> None:
    """A page leaves out what has expired, and is shorter for it, or empty, while the walk goes on."""
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


def test_token_goes_on_where_its_order_was(account: MockAccount) -> None:
    """A walk loses nothing when the order that its token points to is deleted meanwhile, and sees no newer order."""
    store(account, *(a_stored_order(f"A-{day}", day=day) for day in (1, 2, 3)))
    first = read(account, "CUST-1", limit=2)
    account.dynamodb.delete_item(TableName="orders", Key={"orderId": {"S": "A-2"}})
    store(account, a_stored_order("A-4", day=4))

    assert listed(read(account, "CUST-1", nextToken=first.body["nextToken"])) == ["A-1"]


def test_token_opens_no_other_customer_s_list(account: MockAccount) -> None:
    """A token shows neither customer nor content, and under another customer's path it shows that customer's orders."""
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


def test_page_ends_where_dynamodb_stops_reading(account: MockAccount) -> None:
    """A page of large orders ends at DynamoDB's 1 MB, and the walk still sees them all."""
    store(
        account,
        *(a_stored_order(f"A-{day}", day=day % 28 + 1, notes="n" * 60_000) for day in range(25)),
    )

    pages = read_pages(account, "CUST-1", limit=100)

    assert len(pages) > 1
    assert sorted(order for page in pages for order in listed(page)) == sorted(
        f"A-{day}" for day in range(25)
    )
