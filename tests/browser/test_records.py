"""The pages of one order, one email and one audit record in a browser, and of a runbook."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.accessibility import violations

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

    from tests.browser.support.console import Console

_DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 900}
_PHONE: Final[ViewportSize] = {"width": 320, "height": 640}
_WIDTH = "element => element.getBoundingClientRect().width"

pytestmark = pytest.mark.thorough


def _check(console: Console) -> None:
    """Find no violation with everything open: in both themes, and on a phone without scrolling."""
    page = console.page
    for details in page.locator("details").all():
        details.locator("summary").click()
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert violations(page) == []
    page.set_viewport_size(_PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == _PHONE["width"]
    assert violations(page) == []
    page.set_viewport_size(_DESKTOP)


def test_the_pages_of_one_order_are_accessible(console: Console) -> None:
    """From an order to its email, its audit record and a runbook, axe finds no violation."""
    page = console.page
    console.open("/try")
    console.press("Send one")
    order_id = page.locator("#sent a.id").first.get_attribute("title")
    console.open(f"/orders/{order_id}")
    email = page.get_by_role("link", name=re.compile("The email to"))
    email.wait_for(timeout=60_000)
    _check(console)
    path = email.get_attribute("href")
    for view in ("", "/text", "/source"):
        console.open(f"{path}{view}")
        _check(console)
    console.open(f"/audit?order={order_id}")
    page.locator("#records td a").last.click()
    console.expect("ORDER_CREATED")
    _check(console)
    console.open("/alarms")
    page.get_by_role("link", name="Runbook of email-dead-letters").click()
    console.expect("orderctl dlq list")
    _check(console)


def test_an_email_is_seen_at_the_width_of_a_phone(console: Console) -> None:
    """The frame of an email takes the width of a phone by a key, and shows the email."""
    page = console.page
    console.open("/try")
    console.press("Send one")
    console.open("/mailbox")
    page.locator("#emails td a").first.wait_for(timeout=60_000)
    page.locator("#emails td a").first.click()
    frame = page.locator("iframe")
    frame.wait_for()
    assert frame.evaluate(_WIDTH) > 900
    page.get_by_label("Phone, 375 px").press("Space")
    assert frame.evaluate(_WIDTH) == 375
    page.frame_locator("iframe").get_by_text("thank you for your order").wait_for()
