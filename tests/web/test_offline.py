"""Without a network: the draft stays, and the order is sent when the device is online."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.web.support.server import Reply
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


@pytest.mark.thorough
def test_an_error_of_the_site_does_not_replace_a_file(shop: Shop) -> None:
    """If the site responds to its files with 502, the page comes from the cache."""
    _install(shop)
    shop.open()
    shop.site.failure = Reply(502, b"<p>Bad gateway", {"Content-Type": "text/html"})
    shop.open()
    assert shop.page.get_by_role("heading", level=1).inner_text() == "New order"


@pytest.mark.thorough
def test_a_full_cache_does_not_hide_a_new_version(shop: Shop) -> None:
    """If the device has no room for a file, the page gets it all the same."""
    _install(shop)
    worker = shop.page.context.service_workers[0]
    worker.evaluate("void (Cache.prototype.put = () => Promise.reject(new DOMException('full')))")
    texts = json.loads((WEB / "texts" / "en.json").read_text(encoding="utf-8"))
    shop.site.files["texts/en.json"] = json.dumps({**texts, "title": "New version"}).encode()
    shop.open()
    assert shop.page.get_by_role("heading", level=1).inner_text() == "New version"


@pytest.mark.thorough
def test_an_order_is_sent_through_the_service_worker(shop: Shop, api: FakeApi) -> None:
    """An API on the form's own origin gets orders, which the cache of files has no part in."""
    _install(shop)
    shop.site.config["ordersUrl"] = f"{shop.origin}/orders"
    shop.site.api = api.respond
    shop.open()
    shop.fill()
    shop.send()
    shop.status("Sent")
    assert len(api.requests) == 1


@pytest.mark.thorough
def test_an_order_can_be_sent_if_the_browser_is_wrong_about_the_network(
    shop: Shop, api: FakeApi
) -> None:
    """A browser may report no network where there is one: the button sends all the same."""
    shop.page.context.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false })"
    )
    shop.open()
    shop.fill()
    shop.send()
    shop.status("Will be sent")
    assert api.requests == []
    shop.button("Send now").click()
    shop.status("Sent")
