"""Customers with tokens order and read their own orders, and no others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from local.calls import caller_of
from local.deployment import overrides
from tests.e2e.support.local_deployment import (
    Deployment,
    check_curl_line,
    deploy_like_make_local,
    needs_curl,
)
from tests.e2e.support.smoke import check_smoke_test
from tests.e2e.support.variants import deploy_variant, stop_workflows, texts
from tests.support.polling import eventually
from tests.support.requests import sample_order
from tests.support.stacks import SHIPPED, load

if TYPE_CHECKING:
    from local.customers import Customers
    from local.emulator.emulator import Emulator
    from tests.e2e.support.stack import LocalStack

# `make local` puts the emulator's own issuer in its place.
_JWT = {"issuer": "https://login.shop-orders.net/", "audiences": ["orders"]}


@pytest.fixture(scope="module")
def deployment(emulator: Emulator) -> Deployment:
    """A stack whose callers have tokens, which the emulator issues."""
    return deploy_like_make_local(emulator, "tokens", auth="jwt", jwt=_JWT)


@pytest.fixture(scope="module")
def with_tokens(deployment: Deployment) -> LocalStack:
    """That stack."""
    return deployment.stack


@pytest.fixture(scope="module")
def customers(deployment: Deployment) -> Customers:
    """Its customers."""
    assert deployment.customers is not None
    return deployment.customers


@pytest.fixture
def jane(customers: Customers) -> dict[str, str]:
    """The headers of a new customer."""
    return _bearer(customers.token(f"jane-{uuid4()}"))


@pytest.fixture
def john(customers: Customers) -> dict[str, str]:
    """The headers of another new customer."""
    return _bearer(customers.token(f"john-{uuid4()}"))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _order(**changes: Any) -> dict[str, Any]:
    """An order without a customerId, which the token has."""
    return sample_order(customerId=None, **changes)


@needs_curl
def test_the_curl_line_sends_an_order(deployment: Deployment) -> None:
    """The curl line that `make local` prints has a token."""
    check_curl_line(deployment)


def test_a_foreign_issuer_is_named(emulator: Emulator) -> None:
    """The stack `local` keeps its issuer: the curl line has a variable, a note names the issuer."""
    shipped = load(SHIPPED["local"])
    own = texts(shipped, {"auth": "jwt", "jwt": _JWT})
    settings = replace(shipped, config={**shipped.config, **own})
    assert not overrides.needs_customers(settings)
    caller = caller_of(emulator, settings, {"ordersUrl": "http://127.0.0.1:1/$default/orders"})
    assert '-H "Authorization: Bearer $TOKEN"' in caller.curl
    assert str(_JWT["issuer"]) in caller.note


def test_the_smoke_test_sends_a_token(deployment: Deployment, customers: Customers) -> None:
    """A smoke test passes with the token that it is given."""
    check_smoke_test(deployment.stack, credential=customers.token(f"smoke-{uuid4()}"))


def test_requests_without_a_token_are_refused(with_tokens: LocalStack) -> None:
    """Without a token, or with one that nobody signed, orders are neither taken nor shown."""
    for headers in ({}, _bearer("e30.e30.e30")):
        assert with_tokens.post(headers=headers).status_code == 401
        assert with_tokens.get("/orders/any", headers=headers).status_code == 401


def test_customers_see_their_own_orders_only(
    with_tokens: LocalStack, jane: dict[str, str], john: dict[str, str]
) -> None:
    """A customer reads and lists their own orders; another's order is not found."""
    order_id = with_tokens.post(_order(), headers=jane).json()["orderId"]
    own = with_tokens.get(f"/orders/{order_id}", headers=jane)
    assert (own.status_code, own.json()["orderId"]) == (200, order_id)
    assert not own.json().keys() & {"fingerprint", "expiresAt", "correlationId"}
    path = f"/customers/{own.json()['customerId']}/orders"
    orders = with_tokens.get(path, headers=jane).json()["orders"]
    assert [order["orderId"] for order in orders] == [order_id]

    assert with_tokens.get(f"/orders/{order_id}", headers=john).status_code == 404
    assert with_tokens.get(path, headers=john).status_code == 403


def test_customers_order_in_their_own_name_only(
    with_tokens: LocalStack, jane: dict[str, str], john: dict[str, str]
) -> None:
    """Another customer's ID is refused, and two customers with one key have an order each."""
    response = with_tokens.post(sample_order(customerId="somebody-else"), headers=jane)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == ["customerId"]
    key = str(uuid4())
    responses = [with_tokens.post(_order(), key=key, headers=headers) for headers in (jane, john)]
    assert [response.status_code for response in responses] == [200, 200]
    assert len({response.json()["orderId"] for response in responses}) == 2


def test_customers_choose_their_own_order_ids(
    with_tokens: LocalStack, jane: dict[str, str], john: dict[str, str]
) -> None:
    """Two customers choose the same orderId, and each has an order, an email and a list."""
    order_id = f"shared-{uuid4()}"
    for headers, name in ((jane, "Jane Roe"), (john, "John Doe")):
        order = _order(orderId=order_id, customerName=name)
        responses = [with_tokens.post(order, key=order_id, headers=headers) for _ in range(2)]
        assert [response.status_code for response in responses] == [200, 200]
        assert [response.json()["orderId"] for response in responses] == [order_id, order_id]
        assert "Idempotent-Replayed" in responses[1].headers
        order = with_tokens.get(f"/orders/{order_id}", headers=headers).json()
        assert (order["orderId"], order["customerName"]) == (order_id, name)
        page = with_tokens.get(f"/customers/{order['customerId']}/orders", headers=headers).json()
        assert [order["orderId"] for order in page["orders"]] == [order_id]
    eventually(lambda: len(with_tokens.emails(order_id)) == 2, "both emails")


def test_a_queued_order_is_its_callers(
    emulator: Emulator, customers: Customers, jane: dict[str, str], john: dict[str, str]
) -> None:
    """A queued order belongs to its token's customer; without a token nothing is queued."""
    jwt = {"issuer": customers.issuer, "audiences": [customers.audience]}
    config = {"auth": "jwt", "jwt": jwt, "ingestion": "queued"}
    queued = stop_workflows(deploy_variant(emulator, "tokens-queued", **config))
    assert queued.post(_order()).status_code == 401
    response = queued.post(_order(), headers=jane)
    assert response.status_code == 202
    path = f"/orders/{response.json()['orderId']}"
    eventually(lambda: queued.get(path, headers=jane).is_success, "the order")
    assert queued.get(path, headers=john).status_code == 404
