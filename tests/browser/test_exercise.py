"""What a newcomer and an operator do: order, break the emails, see it, repair, and redrive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import pytest

from tests.support.polling import eventually

if TYPE_CHECKING:
    from tests.browser.conftest import Screenshot
    from tests.browser.support.console import Console
    from tests.browser.support.local_stack import LocalStack
    from tests.web.support.page import OrderForm

pytestmark = pytest.mark.thorough

# A message is received three times, two seconds apart, before it is a dead letter.
_SECONDS: Final = 60


def _order(form: OrderForm) -> tuple[str, str]:
    """Order by the form; return the order's ID and the email address."""
    recipient = f"jane.{uuid4().hex[:8]}@example.com"
    form.fill(customerEmail=recipient)
    form.send()
    order_id = re.search(r"Order (\S+), total", form.status("Sent"))
    assert order_id
    return order_id[1], recipient


def test_emails_are_broken_and_repaired(
    form: OrderForm, console: Console, stack: LocalStack, screenshot: Screenshot
) -> None:
    """A fault fills the dead-letter queue and fires an alarm; in the end each order has one email.

    It is the exercise of docs/exercise.md, in its order.
    """
    page = console.page
    delivered, recipient = _order(form)
    screenshot(form.page, "form-sent")
    console.open(f"/orders/{delivered}")
    console.expect(f"The email to {recipient}", seconds=_SECONDS)
    screenshot(page, "console-order")
    page.get_by_role("link", name=f"The email to {recipient}").click()
    screenshot(page, "console-email")

    console.open("/faults")
    console.press("Inject at email:ses")
    console.expect("Injected: email:ses refuse.")
    screenshot(page, "exercise-fault")
    form.button("New order").click()
    broken, _ = _order(form)
    console.open(f"/orders/{broken}")
    console.expect("Last error:", seconds=_SECONDS)
    screenshot(page, "exercise-failed-order")
    console.open("/dead-letters")
    letter = page.locator("#email li", has_text=broken[:8])
    letter.wait_for(timeout=_SECONDS * 1000)
    screenshot(page, "exercise-dead-letter")
    console.open("/alarms")
    alarm = page.locator("#alarms li", has_text="email-dead-letters").get_by_text("ALARM")
    alarm.wait_for(timeout=_SECONDS * 1000)
    screenshot(page, "exercise-alarm")
    console.open("/")
    screenshot(page, "exercise-graph")

    console.open("/faults")
    console.press("Take back the fault at email:ses")
    console.open("/dead-letters")
    console.press("Redrive all dead letters of email")
    console.open(f"/orders/{broken}")
    console.expect("The email to", seconds=_SECONDS)
    screenshot(page, "exercise-emailed")
    console.press("Replay")
    console.open("/alarms")
    alarm.wait_for(state="detached", timeout=_SECONDS * 1000)
    screenshot(page, "exercise-alarm-ok")
    for order_id in (delivered, broken):
        eventually(lambda order_id=order_id: stack.emails(order_id), f"the email of {order_id}")
        assert len(stack.emails(order_id)) == 1


def test_a_paused_workflow_keeps_its_messages(form: OrderForm, console: Console) -> None:
    """While the email workflow is paused, an order is stored and waits; resumed, it is emailed."""
    console.open("/faults")
    console.press("Pause email")
    console.expect("email is paused")
    order_id, _ = _order(form)
    console.open(f"/orders/{order_id}")
    console.page.locator('[data-key="audited"]', has_text="done").wait_for()
    assert console.page.get_by_text("The email to").count() == 0
    console.open("/faults")
    console.press("Resume email")
    console.open(f"/orders/{order_id}")
    console.expect("The email to", seconds=_SECONDS)


def test_an_api_that_fails_gets_one_order(form: OrderForm, console: Console) -> None:
    """What the form has sent three times in vain, and once more after the repair, is one order."""
    console.open("/faults")
    console.press("Inject at orders")
    recipient = f"jane.{uuid4().hex[:8]}@example.com"
    form.fill(customerEmail=recipient)
    form.send()
    form.status("Will be sent")
    console.press("Take back the fault at orders")
    form.button("Send now").click()
    form.status("Sent")
    console.open("/mailbox")
    console.expect(recipient, seconds=_SECONDS)
    assert console.page.get_by_role("row", name=recipient).count() == 1
