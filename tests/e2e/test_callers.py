"""Who may order, and who may read which orders, with every kind of authorization that a gateway has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from local.customers import Customers
from tests.support.callers import signed, user
from tests.support.polling import eventually
from tests.support.stack import sample_order
from tests.support.variants import deployed

if TYPE_CHECKING:
    from botocore.credentials import Credentials

    from tests.support.stack import LocalStack


@pytest.fixture(scope="module")
def with_keys(stack: LocalStack) -> LocalStack:
    """A stack whose clients have API keys."""
    return deployed(stack.emulator, "keys", gateway="rest", auth="apiKey", apiKeys=["app", "partner"])


@pytest.fixture(scope="module")
def customers(stack: LocalStack) -> Customers:
    """Customers with tokens."""
    return Customers(stack.emulator)


@pytest.fixture(scope="module")
def with_tokens(stack: LocalStack, customers: Customers) -> LocalStack:
    """A stack whose callers are customers with tokens."""
    jwt = {"issuer": customers.issuer, "audiences": [customers.audience]}
    return deployed(stack.emulator, "tokens", auth="jwt", jwt=jwt)


@pytest.fixture(scope="module", params=["http", "rest"])
def with_signatures(stack: LocalStack, request: pytest.FixtureRequest) -> LocalStack:
    """A stack whose callers sign their requests, with each kind of gateway."""
    return deployed(stack.emulator, f"signed-{request.param}", gateway=request.param, auth="iam")


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _anonymous_order(**changes: Any) -> dict[str, Any]:
    return sample_order(customerId=None, **changes)


@pytest.mark.parametrize("key", [None, "wrong"])
def test_without_its_key_a_client_gets_nothing(with_keys: LocalStack, key: str | None) -> None:
    """A request without an API key, or with a wrong one, is refused in the API's own words."""
    headers = {} if key is None else {"x-api-key": key}
    for answer in (with_keys.post(headers=headers), with_keys.get("/orders/any", headers=headers)):
        assert answer.status_code == 403
        assert answer.json().keys() == {"error", "message", "requestId"}
        assert answer.headers["X-Request-Id"] == answer.json()["requestId"]


def test_every_client_has_a_key_of_its_own(with_keys: LocalStack) -> None:
    """Each client's key lets it order, and read every order."""
    keys = with_keys.outputs["apiKeys"]
    assert keys.keys() == {"app", "partner"}
    assert len(set(keys.values())) == 2
    order_id = with_keys.post(headers={"x-api-key": keys["app"]}).json()["orderId"]
    answer = with_keys.get(f"/orders/{order_id}", headers={"x-api-key": keys["partner"]})
    assert (answer.status_code, answer.json()["orderId"]) == (200, order_id)


def test_a_customers_orders_come_in_pages(with_keys: LocalStack) -> None:
    """A customer's orders are listed newest first, page by page, each once, and nobody else's."""
    key = {"x-api-key": with_keys.outputs["apiKeys"]["app"]}
    customer = f"CUST-{uuid4()}"
    made = [with_keys.post(sample_order(customerId=customer), headers=key).json()["orderId"] for _ in range(5)]
    with_keys.post(headers=key)
    listed: list[str] = []
    page = with_keys.get(f"/customers/{customer}/orders?limit=2", headers=key).json()
    while True:
        listed += [order["orderId"] for order in page["orders"]]
        if "nextToken" not in page:
            break
        path = f"/customers/{customer}/orders?limit=2&nextToken={page['nextToken']}"
        page = with_keys.get(path, headers=key).json()
    assert listed == made[::-1]


def test_without_a_token_nobody_gets_in(with_tokens: LocalStack) -> None:
    """Without a token, or with one that nobody signed, neither ordering nor reading is possible."""
    for headers in ({}, _bearer("e30.e30.e30")):
        assert with_tokens.post(headers=headers).status_code == 401
        assert with_tokens.get("/orders/any", headers=headers).status_code == 401


def test_customers_see_their_own_orders_only(with_tokens: LocalStack, customers: Customers) -> None:
    """A customer reads and lists the orders that they made; another's look as if they were not there."""
    jane, john = (_bearer(customers.token(f"{name}-{uuid4()}")) for name in ("jane", "john"))
    order_id = with_tokens.post(_anonymous_order(), headers=jane).json()["orderId"]
    mine = with_tokens.get(f"/orders/{order_id}", headers=jane)
    assert (mine.status_code, mine.json()["orderId"]) == (200, order_id)
    assert not mine.json().keys() & {"fingerprint", "expiresAt", "correlationId"}
    customer = mine.json()["customerId"]
    listed = with_tokens.get(f"/customers/{customer}/orders", headers=jane).json()["orders"]
    assert [order["orderId"] for order in listed] == [order_id]

    assert with_tokens.get(f"/orders/{order_id}", headers=john).status_code == 404
    assert with_tokens.get(f"/customers/{customer}/orders", headers=john).status_code == 403


def test_nobody_orders_in_anothers_name(with_tokens: LocalStack, customers: Customers) -> None:
    """An order under another customer's ID is refused, and two customers with one key have an order each."""
    jane, john = (_bearer(customers.token(f"{name}-{uuid4()}")) for name in ("jane", "john"))
    answer = with_tokens.post(sample_order(customerId="somebody-else"), headers=jane)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["customerId"]
    key = str(uuid4())
    answers = [with_tokens.post(_anonymous_order(), key=key, headers=caller) for caller in (jane, john)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len({answer.json()["orderId"] for answer in answers}) == 2


def test_customers_choose_their_own_order_ids(with_tokens: LocalStack, customers: Customers) -> None:
    """Two customers choose the same orderId, and each has an order, an email and a list under it."""
    jane, john = (_bearer(customers.token(f"{name}-{uuid4()}")) for name in ("jane", "john"))
    chosen = f"shared-{uuid4()}"
    for caller, name in ((jane, "Jane Roe"), (john, "John Doe")):
        order = {**_anonymous_order(), "orderId": chosen, "customerName": name}
        answers = [with_tokens.post(order, key=chosen, headers=caller) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert [answer.json()["orderId"] for answer in answers] == [chosen, chosen]
        assert "Idempotent-Replayed" in answers[1].headers
        found = with_tokens.get(f"/orders/{chosen}", headers=caller).json()
        assert (found["orderId"], found["customerName"]) == (chosen, name)
        listed = with_tokens.get(f"/customers/{found['customerId']}/orders", headers=caller).json()["orders"]
        assert [order["orderId"] for order in listed] == [chosen]
    eventually(lambda: len(with_tokens.emails(chosen)) == 2, "both emails", timeout=20)


def test_a_queued_order_is_its_callers(stack: LocalStack, customers: Customers) -> None:
    """Where orders are queued, a token decides whose they are all the same, and without one nothing is queued."""
    jwt = {"issuer": customers.issuer, "audiences": [customers.audience]}
    queued = deployed(stack.emulator, "tokens-queued", auth="jwt", jwt=jwt, ingestion="queued")
    jane, john = (_bearer(customers.token(f"{name}-{uuid4()}")) for name in ("jane", "john"))
    assert queued.post(_anonymous_order()).status_code == 401
    answer = queued.post(_anonymous_order(), headers=jane)
    assert answer.status_code == 202
    path = f"/orders/{answer.json()['orderId']}"
    eventually(lambda: queued.get(path, headers=jane).status_code == 200, "the order, to its caller", timeout=30)
    assert queued.get(path, headers=john).status_code == 404


def test_a_client_with_a_key_queues_orders(stack: LocalStack) -> None:
    """Where orders are queued, a client's key lets it order and read, and without one nothing is queued."""
    config = {"gateway": "rest", "auth": "apiKey", "apiKeys": ["app"], "ingestion": "queued"}
    queued = deployed(stack.emulator, "keys-queued", **config)
    key = {"x-api-key": queued.outputs["apiKeys"]["app"]}
    assert queued.post().status_code == 403
    order_id = queued.post(headers=key).json()["orderId"]
    eventually(lambda: queued.get(f"/orders/{order_id}", headers=key).status_code == 200, "the order", timeout=30)


def test_unsigned_requests_are_refused(with_signatures: LocalStack) -> None:
    """A request without a signature is refused, whether it orders or reads."""
    assert with_signatures.post().status_code == 403
    assert with_signatures.get("/orders/any").status_code == 403


def test_who_may_invoke_the_api_orders_and_reads(with_signatures: LocalStack) -> None:
    """An IAM user whose policy allows the API orders and reads; one whose policy does not is refused."""
    allowed = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    friend = user(with_signatures.emulator, allowed)
    order_id = _post_signed(with_signatures, friend).json()["orderId"]
    path = f"/orders/{order_id}"
    url = with_signatures.outputs["apiEndpoint"] + path
    answer = with_signatures.get(path, headers=signed("GET", url, friend))
    assert (answer.status_code, answer.json()["orderId"]) == (200, order_id)

    stranger = user(with_signatures.emulator)
    assert _post_signed(with_signatures, stranger).status_code == 403
    assert with_signatures.get(path, headers=signed("GET", url, stranger)).status_code == 403


def test_a_key_is_its_principals_own(with_signatures: LocalStack) -> None:
    """Two IAM users who send one idempotency key have an order each."""
    allowed = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    users, key = [user(with_signatures.emulator, allowed) for _ in range(2)], str(uuid4())
    answers = [_post_signed(with_signatures, each, key=key) for each in (*users, users[0])]
    first, second, again = (answer.json()["orderId"] for answer in answers)
    assert first == again != second


def _post_signed(stack: LocalStack, credentials: Credentials, *, key: str | None = None) -> httpx.Response:
    url, body = stack.outputs["ordersUrl"], json.dumps(sample_order())
    headers = {**signed("POST", url, credentials, body), "Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = key
    return httpx.post(url, content=body, headers=headers, timeout=30, trust_env=False)
