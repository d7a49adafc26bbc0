"""Clients with API keys: who may order and read, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.e2e.support.local_deployment import Deployment, deploy_like_make_local, needs_curl, paste
from tests.e2e.support.responses import check_body
from tests.e2e.support.stack import sample_order
from tests.e2e.support.variants import deployed, stop_workflows
from tests.support.polling import eventually

if TYPE_CHECKING:
    from local.emulator import Emulator
    from tests.e2e.support.stack import LocalStack

# More at once than the other tests send, and not much more a second.
_THROTTLING = {"rateLimit": 1, "burstLimit": 20}


@pytest.fixture(scope="module")
def deployment(emulator: Emulator) -> Deployment:
    """A stack whose clients have a key each, and are soon throttled."""
    config = {
        "gateway": "rest",
        "auth": "apiKey",
        "apiKeys": ["app", "partner"],
        "throttling": _THROTTLING,
    }
    return deploy_like_make_local(emulator, "keys", **config)


@pytest.fixture(scope="module")
def with_keys(deployment: Deployment) -> LocalStack:
    """That stack, in which orders are stored and read, and no more."""
    return stop_workflows(deployment.stack)


@needs_curl
def test_the_curl_line_sends_an_order(deployment: Deployment, with_keys: LocalStack) -> None:
    """Pasted into a shell, the line that `make local` prints carries a client's key."""
    assert paste(deployment.caller.curl)["totalAmount"] == 109.97
    assert with_keys.emulator.key.secret_access_key not in deployment.caller.curl


@pytest.mark.parametrize("key", [None, "wrong", "wrong" * 8])
def test_without_its_key_a_client_gets_nothing(with_keys: LocalStack, key: str | None) -> None:
    """A request without an API key, or with a wrong one, is refused in the API's own words, which name the header."""
    headers = {} if key is None else {"x-api-key": key}
    for answer in (with_keys.post(headers=headers), with_keys.get("/orders/any", headers=headers)):
        body = check_body(answer, 403)
        assert body.keys() == {"error", "message", "requestId"}
        assert "X-Api-Key" in body["message"]


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
    made = [
        with_keys.post(sample_order(customerId=customer), headers=key).json()["orderId"]
        for _ in range(5)
    ]
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


def test_a_key_that_is_used_too_often_has_to_wait(with_keys: LocalStack) -> None:
    """A client beyond its limit gets a 429 that says when to come again."""
    # Neither the key nor the path is another test's, so that none of them has to wait.
    key = {"x-api-key": with_keys.outputs["apiKeys"]["partner"]}
    answers = (
        with_keys.post(path="/order", headers=key) for _ in range(5 * _THROTTLING["burstLimit"])
    )
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert check_body(refused, 429)["error"] == "Too many requests"
    assert refused.headers["Retry-After"] == "1"


def test_a_client_with_a_key_queues_orders(emulator: Emulator) -> None:
    """Where orders are queued, a client's key lets it order and read, and without one nothing is queued."""
    config = {"gateway": "rest", "auth": "apiKey", "apiKeys": ["app"], "ingestion": "queued"}
    queued = stop_workflows(deployed(emulator, "keys-queued", **config))
    key = {"x-api-key": queued.outputs["apiKeys"]["app"]}
    assert queued.post().status_code == 403
    order_id = queued.post(headers=key).json()["orderId"]
    eventually(
        lambda: queued.get(f"/orders/{order_id}", headers=key).status_code == 200,
        "the order",
        timeout=30,
    )
