"""Sending an order: attempts, retries, the idempotency key, and what the page says."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from handlers.http.response import Response, unavailable
from tests.web.support.api import Pause

if TYPE_CHECKING:
    from tests.web.support.api import FakeApi
    from tests.web.support.page import Shop

BUSY = Response(429, {"message": "Too Many Requests"}, {"Retry-After": "7"})
BROKEN = Response(500, {"error": "Internal server error", "message": "Failed to process order"})


def test_an_order_is_sent(shop: Shop, api: FakeApi) -> None:
    """A valid order reaches the API exactly, and the page shows its ID and total."""
    shop.fill(productName="Widget", price="29.9950")
    shop.field("items").click()
    shop.field("items[1].productId").fill(" PROD-002 ")
    shop.field("items[1].price").fill("0.01")
    shop.send()
    text = shop.status("Sent")
    (order,) = api.orders.values()
    assert order.record["orderId"] in text
    assert "€60.00" in text
    assert "jane.roe@example.com" in text
    assert api.bodies == [
        {
            "customerName": "Jane Roe",
            "customerEmail": "jane.roe@example.com",
            "currency": "EUR",
            "items": [
                {
                    "productId": "PROD-001",
                    "productName": "Widget",
                    "quantity": 2,
                    "price": Decimal("29.9950"),
                },
                {"productId": "PROD-002", "quantity": 1, "price": Decimal("0.01")},
            ],
        }
    ]


@pytest.mark.thorough
def test_a_new_order_has_a_key_of_its_own(shop: Shop, api: FakeApi) -> None:
    """After an order is sent, the next one starts empty, with the focus, under another key."""
    shop.fill()
    shop.send()
    shop.status("Sent")
    shop.button("New order").click()
    assert shop.focused() == "customerName"
    assert shop.field("customerName").input_value() == ""
    shop.fill()
    shop.send()
    shop.status("Sent")
    assert len(set(api.keys)) == 2
    assert len(api.orders) == 2


@pytest.mark.thorough
def test_optional_fields_are_sent(shop: Shop, api: FakeApi) -> None:
    """Notes keep their line breaks, an address has the lines that are filled in."""
    shop.fill()
    shop.page.get_by_text("Delivery and notes").click()
    shop.field("notes").fill(" Ring twice\nthen wait ")
    shop.field("shippingAddress.city").fill("Bremen")
    shop.field("customerId").fill("CUST-1")
    shop.send()
    shop.status("Sent")
    (body,) = api.bodies
    assert body["notes"] == " Ring twice\nthen wait "
    assert body["shippingAddress"] == {"city": "Bremen"}
    assert body["customerId"] == "CUST-1"


@pytest.mark.thorough
def test_a_queued_order_is_sent(shop: Shop, api: FakeApi) -> None:
    """202 is a success like 200."""
    body = {"orderId": "order-1", "totalAmount": Decimal("59.98"), "currency": "EUR"}
    api.script.append(Response(202, body))
    shop.fill()
    shop.send()
    assert "order-1" in shop.status("Sent")


@pytest.mark.thorough
@pytest.mark.parametrize("failure", [unavailable(), BUSY, BROKEN], ids=["503", "429", "500"])
def test_failures_are_repeated_under_one_key(shop: Shop, api: FakeApi, failure: Response) -> None:
    """A 5xx or 429 is repeated after `Retry-After` or a backoff, twice at most, under one key."""
    shop.stop_clock()
    api.script.extend([failure, failure])
    shop.fill()
    shop.send()
    wait = int(failure.headers.get("Retry-After", 0))
    for number, backoff in ((2, 1), (3, 2)):
        delay = max(backoff, wait)
        unit = "second" if delay == 1 else "seconds"
        shop.page.get_by_text(f"Attempt {number} of 3 follows in {delay} {unit}.").wait_for()
        shop.page.clock.run_for(delay * 1000 - 1)
        assert len(api.requests) == number - 1
        shop.page.clock.run_for(1)
    shop.status("Sent")
    assert len(api.requests) == 3
    assert len(set(api.keys)) == 1


@pytest.mark.parametrize("stores", [True, False])
def test_a_paused_api_gets_one_order(shop: Shop, api: FakeApi, *, stores: bool) -> None:
    """An attempt ends after 30 s; retries end in one order, whether or not the first was stored."""
    shop.stop_clock()
    api.script.append(Pause(stores=stores))
    shop.fill()
    shop.send()
    assert api.paused.wait(30)
    assert shop.status("Sending") == "Attempt 1 of 3."
    shop.page.clock.run_for(29_999)
    assert shop.status("Sending") == "Attempt 1 of 3."
    shop.page.clock.run_for(1)
    shop.page.get_by_text(
        "The service did not respond within 30 seconds. Attempt 2 of 3"
    ).wait_for()
    shop.page.clock.run_for(1000)
    shop.status("Sent")
    assert len(api.requests) == 2
    assert len(api.orders) == 1


@pytest.mark.thorough
def test_an_order_without_an_outcome_waits(shop: Shop, api: FakeApi) -> None:
    """After three attempts the order is kept, and sent again by itself a minute later."""
    shop.stop_clock()
    api.script.extend([BROKEN] * 3)
    shop.fill()
    shop.send()
    for seconds in (1, 2):
        shop.page.get_by_text(f"follows in {seconds}").wait_for()
        shop.page.clock.run_for(seconds * 1000)
    text = shop.status("Will be sent")
    assert text.startswith("The service is unavailable.")
    assert "60 seconds" in text
    assert shop.focused() == "status"
    shop.page.clock.run_for(60_000)
    shop.status("Sent")
    assert len(api.requests) == 4
    assert len(set(api.keys)) == 1


@pytest.mark.thorough
def test_a_long_retry_after_is_not_sat_out(shop: Shop, api: FakeApi) -> None:
    """If the API wants more than 30 s, the order waits as long as the API says."""
    api.script.append(Response(429, {"message": "Too Many Requests"}, {"Retry-After": "300"}))
    shop.fill()
    shop.send()
    assert "300 seconds" in shop.status("Will be sent")
    assert len(api.requests) == 1
    shop.button("Send now").click()
    shop.status("Sent")


@pytest.mark.thorough
def test_a_reload_keeps_the_key_of_an_order_that_is_being_sent(shop: Shop, api: FakeApi) -> None:
    """A page that is reloaded while it sends goes on by itself, and the order is stored once."""
    api.script.append(Pause(stores=True))
    shop.fill()
    shop.send()
    assert api.paused.wait(30)
    shop.open()
    shop.status("Sent")
    assert len(set(api.keys)) == 1
    assert len(api.orders) == 1


def test_an_edited_order_that_was_already_received_is_a_conflict(shop: Shop, api: FakeApi) -> None:
    """Changes to an order that was stored meanwhile are not sent, unless as a new order."""
    shop.stop_clock()
    # Longer than the form waits, so there is one attempt.
    late = Response(503, {"message": "Service unavailable"}, {"Retry-After": "60"})
    api.script.extend([Pause(stores=True), late])
    shop.fill()
    shop.send()
    assert api.paused.wait(30)
    shop.status("Sending")
    shop.page.clock.run_for(30_000)
    shop.page.get_by_text("Attempt 2 of 3 follows").wait_for()
    shop.page.clock.run_for(1000)
    shop.status("Will be sent")
    shop.button("Edit the order").click()
    shop.field("items[0].quantity").fill("3")
    shop.send()
    assert "earlier version" in shop.status("Not sent")
    assert len(api.orders) == 1
    shop.field("items[0].quantity").fill("4")
    shop.button("Send as a new order").click()
    shop.status("Sent")
    assert [order.record["items"][0]["quantity"] for order in api.orders.values()] == [2, 4]


@pytest.mark.thorough
def test_a_refused_order_is_not_repeated(shop: Shop, api: FakeApi) -> None:
    """Another 4xx is the outcome: not sent, with the API's message."""
    api.script.append(Response(403, {"error": "Forbidden", "message": "You are not authorized"}))
    shop.fill()
    shop.send()
    shop.status("Not sent")
    assert "You are not authorized" in shop.text_of("#status-problems")
    assert len(api.requests) == 1
    assert shop.field("customerName").is_enabled()


@pytest.mark.thorough
def test_two_tabs_send_one_order(shop: Shop, api: FakeApi) -> None:
    """A second tab says that the order is sent, and sends it no second time."""
    other = type(shop)(shop.page.context.new_page(), shop.origin, shop.site)
    other.open()
    shop.fill()
    shop.send()
    shop.status("Sent")
    other.status("Sent")
    assert len(api.requests) == 1
