"""The pages of the console with orders: accessible in both themes, and on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.support.console import PATHS, Console, opened
from tests.support.accessibility import violations
from tests.support.polling import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Screenshot
    from tests.browser.support.local_stack import LocalStack

pytestmark = pytest.mark.thorough

# Of these pages docs/console.md has an image, as high as the page needs.
_HEIGHTS = {"/": 1150, "/orders": 760, "/try": 760, "/api": 900, "/cost": 820}


@pytest.fixture(scope="module", autouse=True)
def _orders(browser: Browser, stack: LocalStack) -> None:
    """Eleven orders, which have arrived, and one that was refused."""
    before = len(stack.emails())
    with opened(browser, stack.console) as page:
        console = Console(page)
        console.open("/try")
        console.press("Send one")
        console.press("Send the invalid order")
        console.press("Send 10")
        console.expect("finished", seconds=60)
        eventually(lambda: len(stack.emails()) >= before + 11, "an email of each")


def _require_accessible(page: Page) -> None:
    """Axe finds no violation in either theme, nor on a phone, where nothing is cut off."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert violations(page) == [], theme
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert violations(page) == [], "320 px"


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_accessible(console: Console, screenshot: Screenshot, path: str) -> None:
    """Each page of the navigation can be used by everybody."""
    console.open(path)
    if path in _HEIGHTS:
        console.page.set_viewport_size({"width": 1280, "height": _HEIGHTS[path]})
        screenshot(console.page, f"console-{path.strip('/') or 'graph'}")
    _require_accessible(console.page)


def test_an_order_is_accessible(console: Console, screenshot: Screenshot) -> None:
    """The timeline of an order can be used by everybody, also with everything opened."""
    console.open("/orders")
    with console.page.expect_navigation():
        console.page.locator("#orders a.id").first.click()
    console.expect("The email to")
    screenshot(console.page, "console-order")
    for details in console.page.locator("details").all():
        details.evaluate("(details) => (details.open = true)")
    _require_accessible(console.page)


def test_an_email_is_accessible(console: Console, screenshot: Screenshot) -> None:
    """The page of an email can be used by everybody, in each of its views."""
    console.open("/mailbox")
    with console.page.expect_navigation():
        console.page.locator("#emails tbody a").first.click()
    console.page.frame_locator("iframe").get_by_text("thank you for your order").wait_for()
    screenshot(console.page, "console-email")
    path = console.page.url
    for view in ("", "/text", "/source"):
        console.page.goto(f"{path}{view}")
        _require_accessible(console.page)


def test_a_response_of_the_api_is_accessible(console: Console) -> None:
    """The API explorer can be used by everybody, also with a response."""
    console.open("/api")
    console.press("Send")
    console.expect("200 OK")
    _require_accessible(console.page)
