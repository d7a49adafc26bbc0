"""The page "Try": what it sends to the API, and what it shows of the responses."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from local.calls import Caller
from local.console.batches import Batch
from tests.local.console.api import serving_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.local.console.api import FakeApi
    from tests.local.console.support import Browser, FakeDeployment


@pytest.fixture
def api(deployment: FakeDeployment) -> Iterator[FakeApi]:
    """The deployed API."""
    with serving_api() as api:
        deployment.caller = Caller(url=f"{api.url}/orders", headers={"X-Api-Key": "key"})
        yield api


def test_an_order_is_sent_and_shown(browser: Browser, api: FakeApi) -> None:
    """One sample order is sent with the stack's credentials, and shown with its response."""
    page = browser.post("/try/order").text
    (request,) = api.received
    assert (request.method, request.path) == ("POST", "/orders")
    assert request.headers["X-Api-Key"] == "key"
    assert request.key
    assert "200 OK" in page
    assert request.order["customerEmail"] in page
    assert "curl -i http://127.0.0.1:" in page
    assert 'href="/orders/order-1"' in page


def test_a_repeated_order_has_the_same_key(browser: Browser, api: FakeApi) -> None:
    """The same request is sent again, and a replay is shown as one."""
    assert "replay" not in browser.post("/try/order").text
    api.respond(200, {"orderId": "order-1"}, Idempotent_Replayed="true")
    page = browser.post("/try/1/repeat").text
    first, second = api.received
    assert (first.key, first.body) == (second.key, second.body)
    assert "replay: no second order" in page


def test_an_unknown_request_is_not_repeated(browser: Browser, api: FakeApi) -> None:
    """A number that the console has not, or no longer, sends nothing."""
    assert "no longer has this request" in browser.post("/try/7/repeat").text
    assert api.received == []


def test_every_violation_is_shown(browser: Browser, api: FakeApi) -> None:
    """An invalid order has the chosen violations, and each error of the response is shown."""
    errors = [
        {"field": "customerName", "message": "Must be present"},
        {"field": "items[0].price", "message": "Must be <b>greater</b>"},
    ]
    api.respond(400, {"error": "Validation failed", "errors": errors})
    page = browser.post("/try/invalid", violation="name").text
    assert "customerName" not in api.received[0].order
    assert "400 Bad Request" in page
    assert re.search(r"customerName</dt><dd>Must be present", page)
    assert re.search(r"items\[0\]\.price</dt><dd>Must be &lt;b&gt;greater", page)


def test_without_a_violation_nothing_is_sent(browser: Browser, api: FakeApi) -> None:
    """An invalid order needs at least one violation."""
    assert "choose at least one violation" in browser.post("/try/invalid").text
    assert api.received == []


def test_no_response_is_shown_as_such(browser: Browser, deployment: FakeDeployment) -> None:
    """An API that cannot be reached is no error of the console."""
    deployment.caller = Caller(url="http://127.0.0.1:9/orders")
    assert "No response: All connection attempts failed" in browser.post("/try/order").text


@pytest.mark.usefixtures("api")
def test_only_the_newest_requests_are_kept(browser: Browser) -> None:
    """The page stays short."""
    for _ in range(22):
        page = browser.post("/try/order").text
    numbers = [int(number) for number in re.findall(r'id="attempt-(\d+)"', page)]
    assert numbers == list(range(22, 2, -1))


@pytest.mark.parametrize("size", ["0", "11", "1001", "many", ""])
def test_a_batch_has_one_of_the_sizes(browser: Browser, api: FakeApi, size: str) -> None:
    """No other number of orders can be sent."""
    assert "a batch has 10 or 1000 orders" in browser.post("/try/batch", orders=size).text
    assert api.received == []


@pytest.mark.usefixtures("api")
def test_a_batch_is_sent_in_the_background(browser: Browser) -> None:
    """The page is there while orders are sent, with the progress and a button that cancels."""
    page = browser.post("/try/batch", orders="1000").text
    assert "1000 orders are being sent." in page
    assert "of 1000 orders" in page
    assert 'action="/try/batch/cancel"' in page


def _batch(api: FakeApi, total: int) -> Batch:
    return Batch(total, caller=Caller(url=api.url), changed=lambda: None, first_pause_seconds=0.001)


def test_a_batch_counts_every_order(api: FakeApi) -> None:
    """Each order has a key of its own, and counts as accepted, refused or failed."""
    api.respond(400, {})
    api.respond(500, {})
    batch = _batch(api, 30)
    asyncio.run(batch.run())
    assert (batch.accepted, batch.refused, batch.failed, batch.retries) == (28, 1, 1, 0)
    assert (batch.done, batch.is_running) == (30, False)
    assert sorted(batch.problems) == [("400 Bad Request", 1), ("500 Internal Server Error", 1)]
    assert len({request.key for request in api.received}) == 30


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_retry_has_the_same_key(api: FakeApi, status: int) -> None:
    """A throttled or unavailable API gets the same order again, which counts once."""
    api.respond(status)
    api.respond(status)
    batch = _batch(api, 1)
    asyncio.run(batch.run())
    assert (batch.accepted, batch.retries) == (1, 2)
    first, *others = api.received
    assert {(each.key, each.body) for each in others} == {(first.key, first.body)}
    assert len(others) == 2


def test_retries_end(api: FakeApi) -> None:
    """An order that is never accepted has failed after six attempts."""
    for _ in range(6):
        api.respond(503)
    batch = _batch(api, 1)
    asyncio.run(batch.run())
    assert (batch.failed, batch.retries, len(api.received)) == (1, 5, 6)
    assert len({request.key for request in api.received}) == 1


def test_a_retry_waits_as_long_as_the_api_says(api: FakeApi) -> None:
    """`Retry-After` is the least pause."""
    api.respond(503, Retry_After="1")
    batch = _batch(api, 1)
    asyncio.run(batch.run())
    assert batch.accepted == 1
    assert batch.seconds >= 1


def test_a_cancelled_batch_sends_no_further_order(api: FakeApi) -> None:
    """What was sent remains and is counted; the rest is not sent."""

    async def scenario() -> Batch:
        ten, ended = asyncio.Event(), asyncio.Event()

        def changed() -> None:
            if batch.accepted >= 10:
                ten.set()
            if not batch.is_running:
                ended.set()

        batch = Batch(10_000, caller=Caller(url=api.url), changed=changed)
        batch.start()
        await ten.wait()
        batch.cancel()
        await ended.wait()
        return batch

    batch = asyncio.run(scenario())
    assert batch.is_cancelled
    assert 10 <= batch.accepted <= len(api.received) < 10_000
