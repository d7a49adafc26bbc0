"""Customers with tokens: what they order and read, and that nobody else does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from local import overrides
from local.calls import caller_of
from tests.e2e.support.local_deployment import (
    FOREIGN_ISSUER,
    Deployment,
    deploy_like_make_local,
    needs_curl,
    paste,
)
from tests.e2e.support.stack import sample_order
from tests.e2e.support.variants import deployed, stop_workflows, texts
from tests.support.polling import eventually
from tests.support.stacks import SHIPPED, load

if TYPE_CHECKING:
    from local.customers import Customers
    from local.emulator import Emulator
    from tests.e2e.support.stack import LocalStack


@pytest.fixture(scope="module")
def deployment(emulator: Emulator) -> Deployment:
    """A stack whose callers are customers with tokens, which the emulator issues instead of the stack's own issuer."""
    return deploy_like_make_local(emulator, "tokens", auth="jwt", jwt=FOREIGN_ISSUER)


@pytest.fixture(scope="module")
def with_tokens(deployment: Deployment) -> LocalStack:
    """That stack."""
    return deployment.stack


@pytest.fixture(scope="module")
def customers(deployment: Deployment) -> Customers:
    """Its customers."""
    assert deployment.customers is not None
    return deployment.customers


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _anonymous_order(**changes: Any) -> dict[str, Any]:
    return sample_order(customerId=None, **changes)


@needs_curl
def test_the_curl_line_sends_an_order(deployment: Deployment) -> None:
    """Pasted into a shell, the line that `make local` prints carries a token."""
    assert paste(deployment.caller.curl)["totalAmount"] == 109.97
    assert deployment.stack.emulator.key.secret_access_key not in deployment.caller.curl


def test_a_foreign_issuers_token_is_asked_for(emulator: Emulator) -> None:
    """The stack `local` is left as it is: its line has a place for a token, and a note says whose."""
    shipped = load(SHIPPED["local"])
    own = texts(shipped, {"auth": "jwt", "jwt": FOREIGN_ISSUER})
    settings = replace(shipped, config={**shipped.config, **own})
    assert not overrides.needs_customers(settings)
    caller = caller_of(emulator, settings, {"ordersUrl": "http://127.0.0.1:1/$default/orders"})
    assert '-H "Authorization: Bearer $TOKEN"' in caller.curl
    assert FOREIGN_ISSUER["issuer"] in caller.note


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
    answers = [
        with_tokens.post(_anonymous_order(), key=key, headers=caller) for caller in (jane, john)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len({answer.json()["orderId"] for answer in answers}) == 2


def test_customers_choose_their_own_order_ids(
    with_tokens: LocalStack, customers: Customers
) -> None:
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
        listed = with_tokens.get(f"/customers/{found['customerId']}/orders", headers=caller).json()[
            "orders"
        ]
        assert [order["orderId"] for order in listed] == [chosen]
    eventually(lambda: len(with_tokens.emails(chosen)) == 2, "both emails", timeout=20)


def test_a_queued_order_is_its_callers(emulator: Emulator, customers: Customers) -> None:
    """Where orders are queued, a token decides whose they are all the same, and without one nothing is queued."""
    jwt = {"issuer": customers.issuer, "audiences": [customers.audience]}
    queued = stop_workflows(
        deployed(emulator, "tokens-queued", auth="jwt", jwt=jwt, ingestion="queued")
    )
    jane, john = (_bearer(customers.token(f"{name}-{uuid4()}")) for name in ("jane", "john"))
    assert queued.post(_anonymous_order()).status_code == 401
    answer = queued.post(_anonymous_order(), headers=jane)
    assert answer.status_code == 202
    path = f"/orders/{answer.json()['orderId']}"
    eventually(
        lambda: queued.get(path, headers=jane).status_code == 200,
        "the order, to its caller",
        timeout=30,
    )
    assert queued.get(path, headers=john).status_code == 404
