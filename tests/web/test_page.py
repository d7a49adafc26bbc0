"""The page itself: size, languages, accessibility, layout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

import pytest

from tests.support.accessibility import violations
from tests.web.support.page import opened
from tests.web.support.server import serve
from tests.web.support.site import WEB

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.web.support.page import Shop
    from tests.web.support.site import Site

_MAX_BYTES: Final = 50_000
_SIZES: Final = ((320, 640), (1280, 900))
_SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")


def test_the_form_is_small() -> None:
    """All files together have less than 50 KB, without compression."""
    assert sum(path.stat().st_size for path in WEB.rglob("*") if path.is_file()) < _MAX_BYTES


@pytest.mark.thorough
def test_the_page_is_accessible(shop: Shop) -> None:
    """No state violates what axe checks, and nothing is wider than a window of 320 pixels."""
    _assert_accessible(shop)
    shop.page.get_by_text("Delivery and notes").click()
    shop.fill(customerName="J", price="0")
    shop.field("items").click()
    shop.send()
    shop.status("Not sent")
    _assert_accessible(shop)
    shop.button("Remove item 2").click()
    shop.fill()
    shop.page.context.set_offline(True)
    shop.send()
    shop.status("Will be sent")
    _assert_accessible(shop)
    shop.page.context.set_offline(False)
    shop.status("Sent")
    _assert_accessible(shop)


def _assert_accessible(shop: Shop) -> None:
    for width, height in _SIZES:
        shop.page.set_viewport_size({"width": width, "height": height})
        assert shop.page.evaluate("document.documentElement.scrollWidth") == width
        for scheme in _SCHEMES:
            shop.page.emulate_media(color_scheme=scheme)
            assert violations(shop.page) == []


def test_the_form_works_by_keyboard(shop: Shop) -> None:
    """Every control is reached by Tab in the order of the page, and Enter sends the order."""
    keyboard = shop.page.keyboard
    reached = []
    for _ in range(12):
        keyboard.press("Tab")
        reached.append(
            shop.focused() or shop.page.evaluate("document.activeElement.ariaLabel ?? ''")
        )
    assert reached == [
        "customerName",
        "customerEmail",
        "currency",
        "Remove item 1",
        "items[0].productId",
        "items[0].productName",
        "Fewer of item 1",
        "items[0].quantity",
        "More of item 1",
        "items[0].price",
        "items",
        "",
    ]
    shop.fill()
    shop.field("customerName").press("Enter")
    shop.status("Sent")


@pytest.mark.thorough
def test_a_field_with_the_focus_is_not_covered(shop: Shop) -> None:
    """The bar with the total does not cover the field that has the focus."""
    for _ in range(4):
        shop.field("items").click()
    shop.field("customerName").focus()
    for _ in range(34):
        shop.page.keyboard.press("Tab")
        covered = shop.page.evaluate(
            """() => {
              const { bottom } = document.activeElement.getBoundingClientRect();
              const bar = document.querySelector("#checkout");
              const isInside = bar.contains(document.activeElement);
              return !isInside && bottom > bar.getBoundingClientRect().top;
            }"""
        )
        assert not covered


@pytest.mark.thorough
def test_another_language_is_one_more_file(browser: Browser, site: Site, endpoint: str) -> None:
    """The first of the user's languages that has a file is the page's; numbers are as there."""
    texts = json.loads((WEB / "texts" / "en.json").read_text(encoding="utf-8"))
    site.files["texts/de.json"] = json.dumps({**texts, "title": "Neue Bestellung"}).encode()
    hosts = {urlsplit(endpoint).netloc}
    with (
        serve(site.respond) as origin,
        opened(browser, site, origin, hosts, locale="de-DE") as shop,
    ):
        assert shop.page.get_by_role("heading", level=1).inner_text() == "Neue Bestellung"
        assert shop.page.locator("html").get_attribute("lang") == "de"
        shop.fill(price="1,5")
        assert shop.text_of("#total").replace("\xa0", " ") == "3,00 €"
        shop.send()
        shop.status("Sent")


@pytest.mark.thorough
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_long_words_fit_on_a_phone(
    browser: Browser, site: Site, endpoint: str, direction: str
) -> None:
    """With words of twice the length, and the largest amount, nothing is wider than the window."""
    texts = json.loads((WEB / "texts" / "en.json").read_text(encoding="utf-8"))
    longer = {**_doubled(texts), "direction": direction}
    site.files["texts/de.json"] = json.dumps(longer).encode()
    hosts = {urlsplit(endpoint).netloc}
    with (
        serve(site.respond) as origin,
        opened(browser, site, origin, hosts, locale="de-DE") as shop,
    ):
        shop.page.set_viewport_size({"width": 320, "height": 640})
        shop.fill(quantity="1000", price="999999,9899", customerName="")
        shop.field("send").click()
        assert shop.errors()
        assert shop.page.evaluate("document.documentElement.scrollWidth") == 320


def _doubled(texts: Any) -> Any:
    if isinstance(texts, dict):
        return {name: _doubled(each) for name, each in texts.items()}
    return " ".join(word if "{" in word else 2 * word for word in texts.split())


@pytest.mark.thorough
def test_english_is_the_fallback(browser: Browser, site: Site, endpoint: str) -> None:
    """A language without a file gets English, offline too, and its keyboards' separator."""
    hosts = {urlsplit(endpoint).netloc}
    with (
        serve(site.respond) as origin,
        opened(browser, site, origin, hosts, locale="fr-FR") as shop,
    ):
        assert shop.page.locator("html").get_attribute("lang") == "en"
        shop.fill(price="1,5")
        assert shop.text_of("#total") == "€3.00"
        shop.page.evaluate("navigator.serviceWorker.ready")
        shop.page.context.set_offline(True)
        shop.open()
        assert shop.text_of("#total") == "€3.00"


@pytest.mark.thorough
def test_the_default_currency_is_the_documents(shop: Shop) -> None:
    """Without a currency in the configuration, the document's default is chosen."""
    del shop.site.config["currency"]
    shop.open()
    assert shop.field("currency").input_value() == "USD"


@pytest.mark.thorough
def test_a_slow_network_does_not_delay_the_form(shop: Shop) -> None:
    """If the site does not respond, the page comes from the cache after three seconds."""
    shop.page.evaluate("navigator.serviceWorker.ready")
    shop.open()
    shop.site.resumed.clear()
    try:
        shop.open()
        shop.page.wait_for_function("performance.now() < 8000")
    finally:
        shop.site.resumed.set()
