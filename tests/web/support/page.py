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

_FAULT: Final = "FAULT:"
PHONE: Final = {"width": 360, "height": 740}

_RECORD_POLICY_VIOLATIONS: Final = """
  addEventListener("securitypolicyviolation", (event) =>
    console.error(`FAULT: ${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Shop:
    """The order form, as a customer uses it."""

    page: Page
    origin: str
    site: Site

    def open(self) -> None:
        """Open the page, or open it again."""
        self.page.goto(self.origin)
        self.page.locator("html[data-ready]").wait_for()

    def field(self, path: str) -> Locator:
        """A field by its path, such as `items[0].price`."""
        return self.page.locator(f'[id="{path}"]')

    def error(self, path: str) -> str | None:
        """The message at a field; None if there is none."""
        message = self.page.locator(f'[id="{path}-error"]')
        return message.text_content() if message.count() else None

    def fill(self, **changes: str) -> None:
        """Fill a valid order in, with other values for some fields of the order or its item."""
        values = {"customerName": "Jane Roe", "customerEmail": "jane.roe@example.com"}
        item = {"productId": "PROD-001", "quantity": "2", "price": "29.99"}
        for name, value in {**values, **item, **changes}.items():
            self.field(f"items[0].{name}" if name in item else name).fill(value)

    def send(self) -> None:
        """Press the button."""
        self.page.get_by_role("button", name="Send order").click()

    def expect_status(self, title: str) -> str:
        """Wait until the page states what became of the order; return the sentence below."""
        self.page.locator("#status-title", has_text=title).wait_for()
        return self.page.locator("#status-text").inner_text()

    @property
    def stored(self) -> dict[str, Any]:
        """The order as the device keeps it."""
        stored: dict[str, Any] = self.page.evaluate("JSON.parse(localStorage.getItem('order'))")
        return stored


@contextlib.contextmanager
def opened(browser: Browser, origin: str, hosts: Collection[str], **options: Any) -> Iterator[Page]:
    """Yield a page that has loaded; fail if it violated its policy or asked a third party."""
    context = browser.new_context(**{"viewport": PHONE, "locale": "en-GB", **options})
    context.add_init_script(_RECORD_POLICY_VIOLATIONS)
    page = context.new_page()
    messages: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(f"{_FAULT} {error}"))
    context.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.goto(origin)
    page.locator("html[data-ready]").wait_for()
    yield page
    context.close()
    assert [message for message in messages if message.startswith(_FAULT)] == []
    assert asked <= {urlsplit(origin).netloc, *hosts}
