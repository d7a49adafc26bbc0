"""The page of the order form in a browser, and what a customer does there."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from playwright.sync_api import Browser, Locator, Page

    from tests.web.support.site import Site

PHONE: Final = {"width": 360, "height": 740}
_FAULT: Final = "FAULT:"

_RECORD_POLICY_VIOLATIONS: Final = f"""
  addEventListener("securitypolicyviolation", (event) =>
    console.error(`{_FAULT} ${{event.violatedDirective}} ${{event.blockedURI}}`));
"""


@dataclass
class OrderForm:
    """The order form, as a customer uses it."""

    page: Page
    origin: str

    def open(self) -> None:
        """Open the page, or open it again."""
        self.page.goto(self.origin)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until the page has its texts and rules."""
        self.page.locator("html[data-ready]").wait_for()

    def stop_clock(self) -> None:
        """Let time pass only by `page.clock.run_for`."""
        self.page.clock.install(time=0)
        self.page.clock.pause_at(60_000)

    def field(self, path: str) -> Locator:
        """A field by its path, such as `items[0].price`."""
        return self.page.locator(f'[id="{path}"]')

    def button(self, name: str) -> Locator:
        """A button by its name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def error(self, path: str) -> str | None:
        """The message at a field; None if there is none."""
        message = self.page.locator(f'[id="{path}-error"]')
        return message.text_content() if message.count() else None

    def errors(self) -> dict[str, str]:
        """The messages at all fields, by path."""
        messages: dict[str, str] = self.page.evaluate(
            """Object.fromEntries([...document.querySelectorAll(".error")].map(
                 (each) => [each.id.replace(/-error$/, ""), each.textContent]))"""
        )
        return messages

    def focused(self) -> str:
        """The ID of the element with the focus."""
        focused: str = self.page.evaluate("document.activeElement.id")
        return focused

    def fill(self, **changes: str) -> None:
        """Fill a valid order in, with other values for some fields of the order or its item."""
        values = {"customerName": "Jane Roe", "customerEmail": "jane.roe@example.com"}
        item = {"productId": "PROD-001", "quantity": "2", "price": "29.99"}
        for name, value in {**values, **item, **changes}.items():
            is_of_item = name in {*item, "productName"}
            self.field(f"items[0].{name}" if is_of_item else name).fill(value)

    def send(self) -> None:
        """Press the button."""
        self.button("Send order").click()

    def status(self, title: str) -> str:
        """Wait until the page says so about the order; return the sentence below."""
        self.page.locator("#status-title").get_by_text(title, exact=True).wait_for()
        return self.page.locator("#status-text").inner_text()

    def text_of(self, selector: str) -> str:
        """The visible text of an element."""
        return self.page.locator(selector).inner_text()

    @property
    def stored(self) -> dict[str, Any]:
        """The order as the device keeps it."""
        stored: dict[str, Any] = self.page.evaluate("JSON.parse(localStorage.getItem('order'))")
        return stored


@dataclass
class Shop(OrderForm):
    """The order form of a site that a test can change."""

    site: Site


@contextlib.contextmanager
def opened(
    browser: Browser, site: Site, origin: str, hosts: Collection[str], **options: Any
) -> Iterator[Shop]:
    """Yield the form, opened; fail if it violated its policy or asked a third party.

    Args:
        browser: The browser.
        site: What is served.
        origin: Where it is served.
        hosts: Hosts beside it that the page may ask.
        options: Of the browser's context, such as `color_scheme`.
    """
    context = browser.new_context(**{"viewport": PHONE, "locale": "en-GB", **options})
    context.add_init_script(_RECORD_POLICY_VIOLATIONS)
    messages: list[str] = []
    request_hosts: set[str] = set()
    page = context.new_page()
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(f"{_FAULT} {error}"))
    context.on("request", lambda request: request_hosts.add(urlsplit(request.url).netloc))
    shop = Shop(page, origin, site)
    shop.open()
    yield shop
    context.close()
    assert [message for message in messages if message.startswith(_FAULT)] == []
    assert request_hosts <= {urlsplit(origin).netloc, *hosts}
