"""Clients with API keys: who may order and read, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.e2e.support.local_deployment import (
    Deployment,
    check_curl_line,
    deploy_like_make_local,
    needs_curl,
)
from tests.e2e.support.responses import check_body
from tests.e2e.support.smoke import check_smoke_test
from tests.e2e.support.variants import deploy_variant, stop_workflows
from tests.support.polling import eventually
from tests.support.requests import sample_order

if TYPE_CHECKING:
    from local.emulator.emulator import Emulator
    from tests.e2e.support.stack import LocalStack

# A burst of more than the other tests send.
_THROTTLING = {"rateLimit": 1, "burstLimit": 20}


@pytest.fixture(scope="module")
def deployment(emulator: Emulator) -> Deployment:
    """A stack whose clients have a key each, and are soon throttled."""
    keys = {"auth": "apiKey", "apiKeys": ["app", "partner"], "throttling": _THROTTLING}
    return deploy_like_make_local(emulator, "keys", gateway="rest", **keys)


@pytest.fixture(scope="module")
def with_keys(deployment: Deployment) -> LocalStack:
    """That stack, in which orders are stored and read, and no more."""
    return stop_workflows(deployment.stack)


@needs_curl
def test_the_curl_line_sends_an_order(deployment: Deployment) -> None:
    """The curl line that `make local` prints has a client's key."""
    check_curl_line(deployment)


def test_the_smoke_test_reads_a_key(deployment: Deployment) -> None:
    """A smoke test passes with a key that it reads from API Gateway."""
    check_smoke_test(deployment.stack)


@pytest.mark.parametrize("key", [None, "wrong", "wrong" * 8])
def test_requests_without_a_key_are_refused(with_keys: LocalStack, key: str | None) -> None:
    """Without an API key, or with a wrong one, a request is refused with the header's name."""
    headers = {} if key is None else {"x-api-key": key}
    for response in (
        with_keys.post(headers=headers),
        with_keys.get("/orders/any", headers=headers),
    ):
        body = check_body(response, 403)
        assert body.keys() == {"error", "message", "requestId"}
        assert "X-Api-Key" in body["message"]


def test_every_client_has_a_key_of_its_own(with_keys: LocalStack) -> None:
    """Each client's key lets it order, and read every order."""
    keys = with_keys.outputs["apiKeys"]
    assert keys.keys() == {"app", "partner"}
    assert len(set(keys.values())) == 2
    order_id = with_keys.post(headers={"x-api-key": keys["app"]}).json()["orderId"]
    response = with_keys.get(f"/orders/{order_id}", headers={"x-api-key": keys["partner"]})
    assert (response.status_code, response.json()["orderId"]) == (200, order_id)


def test_a_customers_orders_come_in_pages(with_keys: LocalStack) -> None:
    """A customer's orders are listed newest first, page by page, each once, and no others."""
    key = {"x-api-key": with_keys.outputs["apiKeys"]["app"]}
    order = sample_order(customerId=f"CUST-{uuid4()}")
    order_ids = [with_keys.post(order, headers=key).json()["orderId"] for _ in range(5)]
    with_keys.post(headers=key)
    path = f"/customers/{order['customerId']}/orders?limit=2"
    page = with_keys.get(path, headers=key).json()
    orders = page["orders"]
    while "nextToken" in page:
        page = with_keys.get(f"{path}&nextToken={page['nextToken']}", headers=key).json()
        orders += page["orders"]
    assert [order["orderId"] for order in orders] == order_ids[::-1]


def test_a_throttled_key_gets_a_429(with_keys: LocalStack) -> None:
    """A client beyond its limit gets a 429 with `Retry-After`."""
    # No other test has this key and path, so none of them is throttled.
    key = {"x-api-key": with_keys.outputs["apiKeys"]["partner"]}
    responses = (with_keys.post(path="/order", headers=key) for _ in range(100))
    refusal = next(response for response in responses if response.status_code != 200)
    assert check_body(refusal, 429)["error"] == "Too many requests"
    assert refusal.headers["Retry-After"] == "1"


def test_a_client_with_a_key_queues_orders(emulator: Emulator) -> None:
    """Where orders are queued, a client with a key orders and reads; others queue nothing."""
    config = {"gateway": "rest", "auth": "apiKey", "apiKeys": ["app"], "ingestion": "queued"}
    queued = stop_workflows(deploy_variant(emulator, "keys-queued", **config))
    key = {"x-api-key": queued.outputs["apiKeys"]["app"]}
    assert queued.post().status_code == 403
    path = f"/orders/{queued.post(headers=key).json()['orderId']}"
    eventually(lambda: queued.get(path, headers=key).is_success, "the order")
