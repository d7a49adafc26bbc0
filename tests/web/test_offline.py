"""Without a network: the draft stays, and the order is sent when the device is online."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.web.support.site import WEB

if TYPE_CHECKING:
    from tests.web.support.api import FakeApi
    from tests.web.support.page import Shop


def _install(shop: Shop) -> None:
    shop.page.evaluate("navigator.serviceWorker.ready")


def test_an_order_is_sent_when_the_device_is_online(shop: Shop, api: FakeApi) -> None:
    """Offline, an order waits; it is sent without the customer when the network is back."""
    _install(shop)
    shop.page.context.set_offline(True)
    shop.open()
    shop.fill()
    shop.send()
    assert "offline" in shop.status("Will be sent")
    expect(shop.field("customerName")).to_be_disabled()
    shop.open()
    shop.status("Will be sent")
    assert api.requests == []
    shop.page.context.set_offline(False)
    shop.status("Sent")
    assert len(api.requests) == 1


@pytest.mark.thorough
def test_a_draft_survives_a_reload(shop: Shop) -> None:
    """What was typed is there after a reload, with its key, online or not."""
    _install(shop)
    shop.fill(customerName="J")
    shop.field("items").click()
    shop.field("items[1].price").fill("5")
    key = shop.stored["key"]
    shop.page.context.set_offline(True)
    shop.open()
    assert shop.field("customerName").input_value() == "J"
    assert shop.field("items[1].price").input_value() == "5"
    assert shop.text_of("#total") == "€64.98"
    assert shop.stored["key"] == key


@pytest.mark.thorough
def test_an_order_that_waits_can_be_edited(shop: Shop, api: FakeApi) -> None:
    """A waiting order becomes a draft again, under its key, and is not sent by itself."""
    shop.page.context.set_offline(True)
    shop.fill()
    shop.send()
    shop.status("Will be sent")
    key = shop.stored["key"]
    shop.button("Edit the order").click()
    assert shop.focused() == "customerName"
    shop.page.context.set_offline(False)
    shop.field("items[0].quantity").fill("5")
    assert api.requests == []
    shop.send()
    shop.status("Sent")
    assert api.keys == [key]
    assert api.bodies[0]["items"][0]["quantity"] == 5


def test_all_files_are_available_offline(shop: Shop) -> None:
    """The service worker keeps every file that the page loads."""
    _install(shop)
    cached = shop.page.evaluate(
        """caches.open("order-form").then((cache) => cache.keys())
             .then((requests) => requests.map(({ url }) => new URL(url).pathname.slice(1)))"""
    )
    files = {path.relative_to(WEB).as_posix() for path in WEB.rglob("*") if path.is_file()}
    names = {name or "index.html" for name in cached}
    unused = {"404.html", "service-worker.js", "manifest.json", "icons/icon-192.png"}
    assert names == files - unused | {"config.json", "openapi.json"}


@pytest.mark.thorough
def test_the_app_can_be_installed(shop: Shop) -> None:
    """The browser finds nothing that prevents an installation."""
    _install(shop)
    session = shop.page.context.new_cdp_session(shop.page)
    problems = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A test's context is an incognito window.
    assert [each["errorId"] for each in problems if each["errorId"] != "in-incognito"] == []
    assert session.send("Page.getAppManifest")["errors"] == []
