"""OrderIds and idempotency keys are scoped to the caller."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from handlers.order.scope import scoped_order_id
from tests.support.deliveries import failures, queue_batch, stream_batch, stream_record
from tests.support.functions import ORDER_QUEUE
from tests.support.lookups import a_stored_order, store
from tests.support.mock_account import as_image
from tests.support.requests import an_order, http_request, rest_request

if TYPE_CHECKING:
    from tests.handlers.support.token_client import TokenClient
    from tests.support.mock_account import ApiResponse, MockAccount

_ALICE, _BOB = {"sub": "alice"}, {"sub": "bob"}
_ORDER = an_order(customerId=None)


def _comparable(response: ApiResponse) -> tuple[int, list[str], dict[str, Any]]:
    """A response without the parts that differ between any two requests."""
    body = {
        name: value
        for name, value in response.body.items()
        if name not in {"requestId", "createdAt", "messageId"}
    }
    return response.status, sorted(response.headers), body


def _store_queued(client: TokenClient) -> list[str]:
    """Let the processor store the queued orders, and return the messages that failed."""
    messages = client.account.receive(ORDER_QUEUE)
    return failures(client.account.invoke("processor", queue_batch(*messages))) if messages else []


@pytest.mark.parametrize(
    "changes", [{}, {"notes": "for bob"}], ids=["same content", "other content"]
)
@pytest.mark.parametrize("key", [None, "A-1"], ids=["no key", "equal key"])
def test_an_order_id_is_scoped_to_the_caller(
    client: TokenClient, changes: dict[str, str], key: str | None
) -> None:
    """Two customers with one orderId both have their order, and read their own."""
    unused = client.post(_BOB, {**_ORDER, **changes, "orderId": "A-2"})
    hers = client.post(_ALICE, {**_ORDER, "orderId": "A-1"})
    his = client.post(_BOB, {**_ORDER, **changes, "orderId": "A-1"}, key=key)

    assert (hers.status, his.status) == (200, 200)
    assert hers.body["orderId"] == his.body["orderId"] == "A-1"
    assert _comparable(his)[:2] == _comparable(unused)[:2]
    for claims, name in ((_ALICE, "alice"), (_BOB, "bob")):
        assert (
            client.order(claims, "A-1").body["orderId"],
            client.order(claims, "A-1").body["customerId"],
        ) == (
            "A-1",
            name,
        )
        assert "A-1" in {order["orderId"] for order in client.orders(claims, name).body["orders"]}


def test_a_chosen_order_id_is_idempotent(client: TokenClient) -> None:
    """A repeated orderId is a replay with the same content, and a conflict with other content."""
    first, again, other = (
        client.post(_ALICE, {**_ORDER, "orderId": "A-1", **changes})
        for changes in ({}, {}, {"notes": "other"})
    )

    assert (first.status, again.status, other.status) == (200, 200, 409)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.body["orderId"] == "A-1"
    assert other.fields == ["orderId"]
    assert len(client.account.orders()) == 1


@pytest.mark.parametrize("function", ["orders", "intake"])
def test_the_id_that_a_key_leads_to_cannot_be_taken(client: TokenClient, function: str) -> None:
    """The UUID of another customer's key as an orderId neither blocks nor reveals it."""
    success = 200 if function == "orders" else 202
    derived = client.post(_BOB, _ORDER, key="key-1", function=function).body["orderId"]
    _store_queued(client)
    unused = client.post(_ALICE, {**_ORDER, "orderId": "unused"}, function=function)
    taken = client.post(_ALICE, {**_ORDER, "orderId": derived}, function=function)
    assert taken.status == unused.status == success
    assert {**_comparable(taken)[2], "orderId": ""} == {**_comparable(unused)[2], "orderId": ""}
    assert _store_queued(client) == []
    assert client.order(_BOB, derived).body["customerId"] == "bob"
    assert client.order(_ALICE, derived).body["customerId"] == "alice"

    client.account.clear()
    assert (
        client.post(
            _ALICE, {**_ORDER, "orderId": derived, "notes": "first"}, function=function
        ).status
        == success
    )
    assert client.post(_BOB, _ORDER, key="key-1", function=function).body["orderId"] == derived
    assert _store_queued(client) == []
    assert sorted(order["customerId"] for order in client.account.orders()) == ["alice", "bob"]


def test_queued_orders_with_one_id_are_both_stored(client: TokenClient) -> None:
    """Queued orders of two customers with one orderId are both stored."""
    for claims, notes in ((_ALICE, "a"), (_BOB, "b")):
        response = client.post(
            claims, {**_ORDER, "orderId": "A-1", "notes": notes}, function="intake"
        )
        assert (response.status, response.body["orderId"]) == (202, "A-1")

    assert _store_queued(client) == []
    assert [client.order(claims, "A-1").body["notes"] for claims in (_ALICE, _BOB)] == ["a", "b"]


def test_the_key_of_a_scoped_order_cannot_be_sent(client: TokenClient) -> None:
    """No request can name the key of another customer's order."""
    client.post(_BOB, {**_ORDER, "orderId": "A-1"})
    (stored,) = client.account.orders()
    assert stored["orderId"] == scoped_order_id("bob", "A-1")

    assert client.post(_ALICE, {**_ORDER, "orderId": stored["orderId"]}).status == 400
    assert client.order(_ALICE, stored["orderId"]).status == 404
    assert client.order(_BOB, stored["orderId"]).status == 404


def test_clients_see_nothing_of_the_scope(client: TokenClient) -> None:
    """Responses and lists have the chosen ID only."""
    posted = client.post(_ALICE, {**_ORDER, "orderId": "A-1"})
    (stored,) = client.account.orders()
    shown = [posted, client.order(_ALICE, "A-1"), client.orders(_ALICE, "alice")]

    assert stored["clientOrderId"] == "A-1"
    assert not [
        text
        for text in (response.text for response in shown)
        if "~" in text or "clientOrderId" in text
    ]


def test_pages_go_on_after_a_scoped_order(client: TokenClient) -> None:
    """A page may end with an order with a chosen ID."""
    for number in (1, 2, 3):
        client.post(_ALICE, {**_ORDER, "orderId": f"A-{number}"})
    first = client.orders(_ALICE, "alice", limit=2).body
    second = client.orders(_ALICE, "alice", limit=2, nextToken=first["nextToken"]).body

    assert sorted(order["orderId"] for page in (first, second) for order in page["orders"]) == [
        "A-1",
        "A-2",
        "A-3",
    ]


def test_another_customers_order_is_not_found(client: TokenClient) -> None:
    """Another customer's order and a missing one have the same response and the same calls."""
    plain = client.post(_BOB, _ORDER).body["orderId"]
    client.post(_BOB, {**_ORDER, "orderId": "B-1"})
    seen = [
        (_comparable(client.order(_ALICE, order_id)), client.account.operations)
        for order_id in (plain, "B-1", "B-2")
    ]

    assert seen == [seen[2]] * 3
    assert (seen[2][0][0], seen[2][1]) == (404, ["GetItem", "GetItem"])


def test_a_generated_id_costs_one_call(client: TokenClient) -> None:
    """An order with a generated ID is read with one call."""
    order_id = client.post(_ALICE, _ORDER).body["orderId"]

    assert client.order(_ALICE, order_id).status == 200
    assert client.account.operations == ["GetItem"]


def test_unscoped_orders_stay_readable(client: TokenClient) -> None:
    """An order that was stored without a scope belongs to its customer only."""
    store(client.account, a_stored_order("A-1", customer_id="alice"))

    assert client.order(_ALICE, "A-1").status == 200
    assert client.order(_BOB, "A-1").status == 404


def test_the_chosen_id_is_in_event_email_and_audit_record(client: TokenClient) -> None:
    """Event and audit record have key and chosen ID; the email shows the chosen one."""
    client.post(_ALICE, {**_ORDER, "orderId": "A-1"})
    (stored,) = client.account.orders()
    client.account.invoke("relay", stream_batch(stream_record(as_image(stored))))
    (body,) = client.account.receive("email")
    event = json.loads(body)
    assert (event["orderId"], event["clientOrderId"]) == (stored["orderId"], "A-1")

    client.account.invoke("audit", queue_batch(body))
    (record,) = client.account.audit_records()
    assert (record["orderId"], record["clientOrderId"]) == (stored["orderId"], "A-1")

    client.account.invoke("email", queue_batch(body))
    (sent,) = client.account.emails()
    content = json.dumps(sent)
    assert "Order #A-1" in content
    assert stored["orderId"] not in content


_KEY_1, _KEY_2 = (
    {"identity": {"apiKeyId": key, "apiKey": f"secret of {key}"}} for key in ("k1", "k2")
)
_USER = "arn:aws:iam::123456789012:user/shop"
_ROLE = "arn:aws:sts::123456789012:assumed-role/shop/{session}"


def _rest_iam(arn: str) -> dict[str, Any]:
    return {"identity": {"userArn": arn, "user": "AIDAEXAMPLE", "caller": "AIDAEXAMPLE"}}


def _http_iam(arn: str) -> dict[str, Any]:
    return {
        "authorizer": {"iam": {"userArn": arn, "userId": "AIDAEXAMPLE", "callerId": "AIDAEXAMPLE"}}
    }


def _post_as(
    account: MockAccount, caller: dict[str, Any], key: str = "key-1", **changes: Any
) -> ApiResponse:
    make = http_request if "authorizer" in caller else rest_request
    event = make(an_order(**changes), headers={"Idempotency-Key": key})
    return account.send({**event, "requestContext": {**event["requestContext"], **caller}})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_KEY_1, _KEY_2),
        (_rest_iam(_USER), _rest_iam(_USER + "2")),
        (_http_iam(_USER), _http_iam(_USER + "2")),
        (_rest_iam(_USER), _rest_iam(_ROLE.format(session="s"))),
        (
            _http_iam(_ROLE.format(session="s")),
            _http_iam(_ROLE.format(session="s").replace("shop", "desk")),
        ),
        (
            {"authorizer": {"iam": {"userId": "AROA1:s", "userArn": None}}},
            {"authorizer": {"iam": {"userId": "AROA2:s", "userArn": None}}},
        ),
        (
            {
                "identity": {
                    "cognitoIdentityId": "id-1",
                    "userArn": _ROLE.format(session="CognitoIdentityCredentials"),
                }
            },
            {
                "identity": {
                    "cognitoIdentityId": "id-2",
                    "userArn": _ROLE.format(session="CognitoIdentityCredentials"),
                }
            },
        ),
        (_KEY_1, {}),
        (_rest_iam(_USER), {}),
    ],
    ids=[
        "API keys",
        "users",
        "users, HTTP",
        "user and role",
        "roles",
        "IDs of roles",
        "Cognito",
        "no key",
        "no IAM",
    ],
)
def test_a_key_is_scoped_to_the_client(
    account: MockAccount, one: dict[str, Any], other: dict[str, Any]
) -> None:
    """Two clients with one Idempotency-Key have an order each, and replay their own."""
    first, second = _post_as(account, one), _post_as(account, other, notes="other")
    assert (first.status, second.status) == (200, 200)
    assert first.body["orderId"] != second.body["orderId"]
    assert "Idempotent-Replayed" not in second.headers
    for caller, changes, order in ((one, {}, first), (other, {"notes": "other"}, second)):
        again = _post_as(account, caller, **changes)
        assert (again.body["orderId"], again.headers["Idempotent-Replayed"]) == (
            order.body["orderId"],
            "true",
        )


@pytest.mark.parametrize(
    ("one", "same"),
    [
        (_rest_iam(_ROLE.format(session="s1")), _rest_iam(_ROLE.format(session="s2"))),
        (_http_iam(_ROLE.format(session="s1")), _http_iam(_ROLE.format(session="s2"))),
        (_rest_iam(_ROLE.format(session="s1")), _http_iam(_ROLE.format(session="s2"))),
        (
            {"authorizer": {"iam": {"userId": "AROA:s1"}}},
            {"authorizer": {"iam": {"userId": "AROA:s2"}}},
        ),
        (_KEY_1, {"identity": {**_KEY_1["identity"], "sourceIp": "198.51.100.7"}}),
        ({}, {"identity": {"apiKeyId": None, "userArn": None, "cognitoIdentityId": None}}),
    ],
    ids=["REST sessions", "HTTP sessions", "both gateways", "IDs", "another address", "nobody"],
)
def test_a_key_outlives_a_session(
    account: MockAccount, one: dict[str, Any], same: dict[str, Any]
) -> None:
    """A client can repeat its key in another session, from another address or gateway."""
    first, again = _post_as(account, one), _post_as(account, same)

    assert again.body["orderId"] == first.body["orderId"]
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("caller", [_KEY_1, _rest_iam(_USER), _http_iam(_USER)])
def test_order_ids_of_clients_are_one_namespace(
    account: MockAccount, caller: dict[str, Any]
) -> None:
    """OrderIds of clients with API keys or signatures are not scoped."""
    make = http_request if "authorizer" in caller else rest_request
    event = make(an_order(orderId="A-1"))
    account.send({**event, "requestContext": {**event["requestContext"], **caller}})

    assert [(order["orderId"], order.get("clientOrderId")) for order in account.orders()] == [
        ("A-1", None)
    ]
