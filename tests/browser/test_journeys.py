"""A customer's order on the phone, and where it is seen on the console."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Screenshot
    from tests.browser.support.console import Console
    from tests.web.support.page import OrderForm

pytestmark = pytest.mark.slow


def test_an_order_from_a_phone_arrives(
    form: OrderForm, console: Console, screenshot: Screenshot
) -> None:
    """The order is an email in the mailbox and an audit record, each of which appears by itself."""
    recipient = f"jane.{uuid4().hex[:8]}@example.com"
    console.open("/mailbox")
    form.fill(customerEmail=recipient, productName="Cast iron teapot")
    form.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    screenshot(form.page, "form")
    form.send()
    order_id = re.search(r"Order (\S+), total", form.status("Sent"))
    assert order_id
    screenshot(form.page, "exercise-1-start")
    console.expect(recipient, seconds=60)
    console.page.get_by_role("row", name=recipient).get_by_role("link").click()
    console.expect(f"Order Confirmation - Order #{order_id[1]}")
    console.open("/audit")
    console.expect(order_id[1][:8], seconds=60)
    console.open(f"/orders/{order_id[1]}")
    console.expect("done", within="#order", seconds=60)
    assert console.page.get_by_role("link", name=f"The email to {recipient}").count() == 1


def test_violations_are_shown_at_their_fields(form: OrderForm) -> None:
    """What only the API knows is shown at the field, as what the form itself knows."""
    form.fill(customerEmail="jane.doe@", quantity="0")
    form.send()
    form.status("Not sent")
    assert form.errors() == {
        "customerEmail": "Must be a valid email address",
        "items[0].quantity": "Must be at least 1",
    }
    assert form.focused() == "customerEmail"
    form.fill(customerName="www.example.com")
    form.send()
    form.field("customerName-error").wait_for()
    assert form.errors() == {"customerName": "Must not contain a web address"}
    form.fill()
    form.send()
    form.status("Sent")
