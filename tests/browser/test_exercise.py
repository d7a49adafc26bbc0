"""What an operator practises: break the emails, find out why, repair, and redrive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Screenshot
    from tests.browser.support.console import Console

# A message is received three times, two seconds apart, before it is a dead letter.
_DEAD_LETTER_SECONDS = 60

pytestmark = pytest.mark.thorough


def test_emails_are_broken_and_repaired(console: Console, screenshot: Screenshot) -> None:
    """A fault fills the dead-letter queue; once repaired and redriven, there is one email."""
    page = console.page
    console.open("/faults")
    console.press("Inject at email:ses")
    console.expect("Injected: email:ses refuse.")
    screenshot(page, "exercise-fault")
    console.open("/try")
    console.press("Send one")
    order_id = page.locator("#sent a.id").first.get_attribute("title")
    assert order_id
    recipient = re.search(r'"customerEmail": "([^"]+)"', page.locator("#sent").inner_html())
    console.open(f"/orders/{order_id}")
    console.expect("Last error:", seconds=_DEAD_LETTER_SECONDS)
    console.open("/dead-letters")
    letter = page.locator("#email li", has_text=order_id[:8])
    letter.wait_for(timeout=_DEAD_LETTER_SECONDS * 1000)
    screenshot(page, "exercise-dead-letter")
    console.open("/faults")
    console.press("Take back the fault at email:ses")
    console.open("/dead-letters")
    console.press("Redrive all dead letters of email")
    console.open(f"/orders/{order_id}")
    console.expect("The email to", seconds=_DEAD_LETTER_SECONDS)
    screenshot(page, "exercise-emailed")
    assert recipient
