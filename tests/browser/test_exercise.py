"""What a newcomer and an operator do: order, break the emails, see it, repair, and redrive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import pytest

from tests.support.polling import never

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
    console.open(f"/orders/{delivered}")
    console.expect(f"The email to {recipient}", seconds=_SECONDS)

    console.open("/faults")
    console.press("Inject at email:ses")
    console.expect("Injected: email:ses refuse.")
    screenshot(page, "exercise-2-break")
    form.button("New order").click()
    broken, _ = _order(form)

    console.open("/alarms")
    alarm = page.locator("#alarms li", has_text="email-dead-letters").get_by_text("ALARM")
    alarm.wait_for(timeout=_SECONDS * 1000)
    screenshot(page, "exercise-3-alarm")
    console.open("/")
    console.expect("fault: refuse")
    screenshot(page, "exercise-3-graph")
    console.open("/dead-letters")
    dead_letter = page.locator("#email li", has_text=broken[:8])
    dead_letter.get_by_text("Rate exceeded").wait_for(timeout=_SECONDS * 1000)
    screenshot(page, "exercise-4-reason")
    console.open(f"/orders/{broken}")
    console.expect("Last error:")

    console.open("/faults")
    console.press("Remove the fault at email:ses")
    screenshot(page, "exercise-5-repair")
    console.open("/dead-letters")
    console.press("Redrive all dead letters of email")
    console.open(f"/orders/{broken}")
    console.expect("The email to", seconds=_SECONDS).scroll_into_view_if_needed()
    screenshot(page, "exercise-6-redrive")
    console.open("/alarms")
    alarm.wait_for(state="detached", timeout=_SECONDS * 1000)
    console.open(f"/orders/{broken}")
    console.press("Replay")
    console.open("/mailbox")
    console.expect(recipient)
    screenshot(page, "exercise-7-replay")
    never(lambda: len(stack.emails(broken)) > 1, "a second email", during=3)
    assert [len(stack.emails(order_id)) for order_id in (delivered, broken)] == [1, 1]


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
    console.press("Remove the fault at orders")
    form.button("Send now").click()
    form.status("Sent")
    console.open("/mailbox")
    console.expect(recipient, seconds=_SECONDS)
    assert console.page.get_by_role("row", name=recipient).count() == 1
