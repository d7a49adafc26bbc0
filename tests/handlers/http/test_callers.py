"""Callers with a token order and read for one customer only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.functions import ENVIRONMENT
from tests.support.lookups import a_stored_order, get_orders, store, with_token
from tests.support.requests import an_order, http_request

if TYPE_CHECKING:
    from tests.handlers.support.token_client import TokenClient
    from tests.support.mock_account import ApiResponse, MockAccount

_ALICE, _BOB = {"sub": "alice", "scope": "orders"}, {"sub": "bob", "scope": "orders"}

_FORBIDDEN = {"error": "Forbidden", "message": "You are not authorized to access this resource"}

# API Gateway writes every claim as text; any other type is an error.
_NO_CUSTOMER: list[dict[str, Any]] = [
    {},
    {"scope": "orders"},
    {"sub": ""},
    {"sub": " "},
    {"sub": " alice"},
    {"sub": "alice\n"},
    {"sub": "al\x00ice"},
    {"sub": "a" * 129},
    {"sub": "\ud800"},
    {"sub": None},
    {"sub": 7},
    {"sub": True},
    {"sub": ["alice"]},
    {"sub": {"alice": "alice"}},
]
nobodies = pytest.mark.parametrize("claims", [None, *_NO_CUSTOMER], ids=str)


def test_order_belongs_to_its_caller(client: TokenClient) -> None:
    """An order is stored under the token's customer, with or without `customerId`."""
    for order in (an_order(customerId=None), an_order(customerId="alice")):
        assert client.post(_ALICE, order).status == 200

    assert [order["customerId"] for order in client.account.orders()] == ["alice", "alice"]


def test_null_is_no_other_customer(client: TokenClient) -> None:
    """A `customerId` of null means the caller."""
    assert client.post(_ALICE, an_order(customerId=None) | {"customerId": None}).status == 200
    assert [order["customerId"] for order in client.account.orders()] == ["alice"]


def test_customer_id_is_trimmed_before_the_comparison(client: TokenClient) -> None:
    """`customerId` is compared without the blanks around it."""
    assert client.post(_ALICE, an_order(customerId=" alice ")).status == 200
    assert [order["customerId"] for order in client.account.orders()] == ["alice"]


def test_customer_is_the_same_in_nfc_and_nfd(client: TokenClient) -> None:
    """Token, order and path may spell the customer in NFC or NFD."""
    composed, decomposed = "zo\u00eb", "zoe\u0308"
    assert client.post({"sub": decomposed}, an_order(customerId=composed)).status == 200
    assert client.post({"sub": composed}, an_order(customerId=decomposed)).status == 200

    for claim, path in ((composed, decomposed), (decomposed, composed)):
        listed = client.orders({"sub": claim}, path).body["orders"]
        assert [order["customerId"] for order in listed] == [composed, composed]
        assert client.order({"sub": claim}, listed[0]["orderId"]).status == 200


@pytest.mark.parametrize("named", ["bob", "ALICE", "", 7, {"is": "alice"}, ["alice"]])
def test_another_customer_id_is_refused(client: TokenClient, named: Any) -> None:
    """A caller cannot place an order for another customer."""
    response = client.post(_ALICE, an_order(customerId=named))

    assert response.status == 400
    assert set(response.fields) == {"customerId"}
    assert client.account.orders() == []
    assert client.orders(_BOB, "bob").body["orders"] == []


def test_another_customer_id_is_listed_with_other_violations(client: TokenClient) -> None:
    """The response lists another customer's ID with all other violations."""
    response = client.post(
        _ALICE, an_order(customerId="bob", customerName="J", notes=5), key="a key"
    )

    assert response.status == 400
    assert sorted(response.fields) == ["Idempotency-Key", "customerId", "customerName", "notes"]


def test_key_is_scoped_to_the_caller(client: TokenClient) -> None:
    """Two callers with one key have two orders; one caller who repeats it has a replay."""
    order = an_order(customerId=None)
    hers, his, hers_again = (
        client.post(claims, order, key="key-1") for claims in (_ALICE, _BOB, _ALICE)
    )

    assert (hers.status, his.status, hers_again.status) == (200, 200, 200)
    assert "Idempotent-Replayed" not in {**hers.headers, **his.headers}
    assert hers_again.headers["Idempotent-Replayed"] == "true"
    assert hers_again.body["orderId"] == hers.body["orderId"] != his.body["orderId"]
    assert {order["orderId"]: order["customerId"] for order in client.account.orders()} == {
        hers.body["orderId"]: "alice",
        his.body["orderId"]: "bob",
    }


def test_key_of_a_caller_differs_from_the_key_without_a_caller(client: TokenClient) -> None:
    """A caller's key leads to another order than the same key without a token."""
    before = client.account.post(an_order(), key="key-1")

    assert (
        client.post(_ALICE, an_order(customerId=None), key="key-1").body["orderId"]
        != before.body["orderId"]
    )
    assert client.account.post(an_order(), key="key-1").body["orderId"] == before.body["orderId"]


def test_other_content_under_a_caller_s_key_is_a_conflict(client: TokenClient) -> None:
    """Other content under a caller's key is a conflict."""
    client.post(_ALICE, an_order(customerId=None), key="key-1")
    response = client.post(_ALICE, an_order(customerId=None, notes="another"), key="key-1")

    assert (response.status, response.fields) == (409, ["Idempotency-Key"])


@pytest.mark.parametrize("function", ["orders", "intake"])
@nobodies
def test_token_without_a_customer_cannot_order(
    client: TokenClient, claims: dict[str, Any] | None, function: str
) -> None:
    """Without a usable claim every order is forbidden."""
    for order in (an_order(), an_order(customerId=None), "{"):
        assert_forbidden(client, client.post(claims, order, function=function))
    assert client.account.orders() == []


@nobodies
def test_token_without_a_customer_cannot_read(
    client: TokenClient, claims: dict[str, Any] | None
) -> None:
    """Without a usable claim every read is forbidden, whether the order exists or not."""
    store(
        client.account,
        a_stored_order("A-1", customer_id=None),
        a_stored_order("A-2", customer_id="alice"),
    )

    for order_id in ("A-1", "A-2", "A-3", "-"):
        assert_forbidden(client, client.order(claims, order_id))
    for customer_id in ("alice", "", "None", "7", "a" * 129):
        assert_forbidden(client, client.orders(claims, customer_id, limit="x"))


def assert_forbidden(client: TokenClient, response: ApiResponse) -> None:
    """The response is a 403 in the API's format, without a call and a failure metric."""
    assert response.status == 403
    assert response.body == _FORBIDDEN | {"requestId": response.headers["X-Request-Id"]}
    assert client.account.operations == []
    assert client.account.console.log("Request forbidden")["level"] == "WARNING"
    assert (
        client.account.console.metric("OrdersFailed")
        == client.account.console.metric("LookupsFailed")
        == []
    )


@pytest.mark.parametrize("customer_id", ["bob", "Alice", "alice ", "", None])
def test_order_of_another_customer_is_not_found(
    client: TokenClient, customer_id: str | None
) -> None:
    """Another customer's order, or one without a customer, has the response of a missing one."""
    store(client.account, a_stored_order("A-1", customer_id=customer_id or None))

    another, none = client.order(_ALICE, "A-1"), client.order(_ALICE, "A-2")

    assert (another.status, none.status) == (404, 404)
    assert {**another.body, "requestId": ""} == {**none.body, "requestId": ""}
    assert another.headers.keys() == none.headers.keys()
    assert client.account.operations == ["GetItem"] * 2


def test_own_orders_can_be_read(client: TokenClient) -> None:
    """A caller reads its own orders, alone and in its list, and the log has the caller."""
    order_id = client.post(_ALICE, an_order(customerId=None)).body["orderId"]
    client.post(_BOB, an_order(customerId=None))

    assert client.order(_ALICE, order_id).body["customerId"] == "alice"
    assert client.account.console.log("Order read")["customerId"] == "alice"
    assert [order["orderId"] for order in client.orders(_ALICE, "alice").body["orders"]] == [
        order_id
    ]


@pytest.mark.parametrize("customer_id", ["bob", "carol", "ALICE", "alice ", "", "a" * 129])
def test_list_of_another_customer_is_forbidden(client: TokenClient, customer_id: str) -> None:
    """Another customer's list is forbidden, whether the customer exists or not."""
    client.post(_BOB, an_order(customerId=None))

    assert_forbidden(client, client.orders(_ALICE, customer_id))
    assert_forbidden(client, client.orders(_ALICE, customer_id, limit="x"))
    assert client.account.console.log("Request forbidden")["customerId"] == "alice"
    assert (
        customer_id not in {"bob", "carol"} or customer_id not in client.account.console.getvalue()
    )


def test_page_token_of_another_customer_lists_own_orders(client: TokenClient) -> None:
    """Another customer's `nextToken` is only a point in time of the caller's own list."""
    store(
        client.account,
        *(a_stored_order(f"A-{day}", customer_id="alice", day=day) for day in (1, 2, 3)),
    )
    store(
        client.account,
        *(a_stored_order(f"B-{day}", customer_id="bob", day=day) for day in (1, 2, 3)),
    )
    token = client.orders(_BOB, "bob", limit=2).body["nextToken"]

    shown = client.orders(_ALICE, "alice", nextToken=token).body["orders"]

    assert {order["customerId"] for order in shown} == {"alice"}


def test_claims_are_ignored_without_a_customer_claim(account: MockAccount) -> None:
    """Without `CUSTOMER_CLAIM` an order's customer is the client's `customerId`."""
    event = with_token(http_request(an_order(customerId="carol")), _ALICE)

    assert account.send(event).status == 200
    assert account.orders()[0]["customerId"] == "carol"
    assert (
        account.send(get_orders("carol", claims=_ALICE).through_http_api(), "lookup").body["orders"]
        != []
    )


@pytest.mark.parametrize(
    ("handler", "variable"),
    [
        *((name, "CUSTOMER_CLAIM") for name in ("orders", "intake", "lookup")),
        *(("orders", name) for name in ("CONTACT", "CORS_ORIGINS", "ORDER_RETENTION_DAYS")),
        *(("email", name) for name in ("CONFIRMATIONS_PER_HOUR", "EMAIL_CONFIGURATION_SET")),
    ],
)
def test_functions_do_not_start_without_a_variable(
    account: MockAccount, handler: str, variable: str
) -> None:
    """A function has no default for a variable, and does not start without it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(ENVIRONMENT, variable)
        patch.delenv(variable)
        with pytest.raises(KeyError, match=variable):
            account.functions.load(handler)
