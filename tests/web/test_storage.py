"""What the device keeps: damaged, forbidden, without room, or changed by another tab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

from tests.web.support.api import Pause

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.web.support.api import FakeApi
    from tests.web.support.page import Shop

_DAMAGED: Final = (
    "",
    "{",
    "null",
    "7",
    '"draft"',
    "[]",
    "{}",
    '{"state": "waiting"}',
    '{"state": "sent", "values": null}',
)

_NO_ROOM: Final = """
  Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
"""
# As browsers do that allow no site data.
_FORBIDDEN: Final = """
  for (const name of ["localStorage", "sessionStorage"]) {
    Object.defineProperty(window, name, {
      get() { throw new Error("forbidden"); },
    });
  }
"""


@pytest.mark.thorough
@pytest.mark.parametrize("content", _DAMAGED)
def test_a_damaged_order_is_replaced(shop: Shop, api: FakeApi, content: str) -> None:
    """If what the device has is no order, the form starts empty, and works."""
    shop.page.evaluate("(content) => localStorage.setItem('order', content)", content)
    shop.open()
    shop.fill()
    shop.send()
    shop.status("Sent")
    assert len(api.orders) == 1


@pytest.mark.thorough
def test_a_currency_that_is_gone_is_replaced(shop: Shop, api: FakeApi) -> None:
    """A draft in a currency that the API has no more is in that of a new order, and says so."""
    shop.fill()
    shop.page.evaluate(
        """localStorage.setItem("order", localStorage.getItem("order").replace("EUR", "OLD"))"""
    )
    shop.open()
    assert shop.field("customerName").input_value() == "Jane Roe"
    assert shop.text_of("#total") == "€59.98"
    shop.send()
    shop.status("Sent")
    assert api.bodies[0]["currency"] == "EUR"


def test_an_order_is_sent_without_room_on_the_device(shop: Shop, api: FakeApi) -> None:
    """A device without room sends the order as others do, and says that it has not saved it."""
    shop.page.context.add_init_script(_NO_ROOM)
    shop.open()
    shop.page.context.set_offline(True)
    shop.fill()
    shop.send()
    assert "no room to save it" in shop.status("Will be sent")
    shop.page.context.set_offline(False)
    shop.status("Sent")
    assert len(api.orders) == 1


@pytest.mark.thorough
def test_a_page_that_cannot_start_says_so(browser: Browser, shop: Shop) -> None:
    """A browser that allows no site data shows what to do, after a while, in place of the form."""
    page = browser.new_page()
    page.add_init_script(_FORBIDDEN)
    page.goto(shop.origin)
    message = page.locator("#failure")
    expect(message).to_have_css("opacity", "0")
    expect(message).to_have_css("opacity", "1", timeout=15_000)
    assert "site data" in message.inner_text()
    page.close()


@pytest.mark.thorough
def test_a_second_tab_cannot_change_an_order_that_is_sent(shop: Shop, api: FakeApi) -> None:
    """While one tab sends, the other says so and is disabled: no change is lost."""
    other = type(shop)(shop.page.context.new_page(), shop.origin, shop.site)
    other.open()
    api.script.append(Pause(stores=True))
    shop.fill()
    shop.send()
    other.status("Sending")
    expect(other.field("customerName")).to_be_disabled()
    expect(other.button("Send order")).to_be_disabled()


@pytest.mark.thorough
def test_an_order_that_another_tab_has_removed_stays_removed(shop: Shop, api: FakeApi) -> None:
    """An attempt that ends after the order was cleared elsewhere does not bring it back."""
    other = type(shop)(shop.page.context.new_page(), shop.origin, shop.site)
    other.open()
    api.script.append(Pause(stores=False))
    shop.fill()
    shop.send()
    shop.status("Sending")
    other.page.on("dialog", lambda dialog: dialog.accept())
    other.page.evaluate("import('/js/outbox.js').then((outbox) => outbox.clear())")
    key = other.stored["key"]
    api.script.append(Pause(stores=False))
    api.resumed.set()
    expect(shop.field("customerName")).to_have_value("")
    assert shop.stored["key"] == key
    assert shop.stored["values"] == {}


@pytest.mark.thorough
def test_a_page_from_the_back_forward_cache_is_current(shop: Shop) -> None:
    """A page that was frozen has missed what other tabs did; it catches up when it is shown."""
    shop.fill()
    # Another tab's change, of which a frozen page hears nothing.
    shop.page.evaluate(
        """localStorage.setItem("order", localStorage.getItem("order").replace("Jane", "Joan"))"""
    )
    shop.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(shop.field("customerName")).to_have_value("Joan Roe")
