"""Sending an order: attempts, retries, the idempotency key, and what the page says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.web.support.api import FakeApi
    from tests.web.support.page import Shop


def test_an_order_is_sent(shop: Shop, api: FakeApi) -> None:
    """A valid order reaches the API, and the page shows its ID and the exact total."""
    shop.fill()
    shop.send()
    text = shop.expect_status("Sent")
    (order,) = api.orders.values()
    assert order.record["orderId"] in text
    assert "€59.98" in text
    assert "jane.roe@example.com" in text
