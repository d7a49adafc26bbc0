"""The console's pages about orders, on a deployed stack."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from local.calls import Caller
from local.console.app import create_app
from local.faults import Fault, Faults
from local.monitoring.activity import Activity
from tests.e2e.support import variants
from tests.local.console.support import TOKEN, Browser
from tests.support.polling import eventually
from tests.support.stacks import SHIPPED, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.emulator import Emulator
    from tests.e2e.support.stack import LocalStack

_ROW = re.compile('<tr data-key="([^"]+)">(.*?)</tr>', re.DOTALL)
_HOP = re.compile("<h3>([^<]+)</h3>(.*?)</li>", re.DOTALL)
_TIMED = ("API request", "Published", "Emailed", "Audited")
_DURATION = re.compile(r"invocation [0-9.]+ m?s")


class Operator:
    """Somebody who looks at the console of a stack."""

    def __init__(self, stack: LocalStack, browser: Browser, faults: Faults) -> None:
        self.stack = stack
        self.browser = browser
        self.faults = faults

    def row(self, order_id: str) -> str:
        """The row of an order in the list, or nothing."""
        rows: dict[str, str] = dict(_ROW.findall(self.browser.get("/orders").text))
        return rows.get(order_id, "")

    def await_state(self, order_id: str, state: str) -> None:
        """Wait until the list shows an order in a state."""
        eventually(lambda: f">{state}</span>" in self.row(order_id), f"{order_id} is {state}")

    def await_page(self, order_id: str, text: str) -> str:
        """Wait until the page of an order has a text, and return the page."""

        def page() -> str:
            html = self.browser.get(f"/orders/{order_id}").text
            return html if text in html else ""

        return eventually(page, f"{text} on the page of {order_id}")


@pytest.fixture(scope="module", params=["direct", "queued"])
def operator(emulator: Emulator, request: pytest.FixtureRequest) -> Iterator[Operator]:
    """An operator of a stack with one kind of ingestion."""
    ingestion = request.param
    stack = variants.deploy_variant(emulator, f"console-{ingestion}", ingestion=ingestion)
    activity = Activity(emulator.client, lambda: stack.outputs["functionNames"])
    faults = Faults({**stack.outputs, **emulator.connection})
    deployment: Any = SimpleNamespace(
        emulator=emulator,
        outputs=stack.outputs,
        settings=load(SHIPPED["local"]),
        problem=None,
        resources=(),
        caller=Caller(url=stack.outputs["ordersUrl"]),
    )
    app = create_app(deployment=deployment, activity=activity, faults=lambda: faults, token=TOKEN)
    browser = Browser(app)
    browser.open()
    activity.start()
    yield Operator(stack, browser, faults)
    activity.stop()


def test_an_order_is_followed_to_its_email(operator: Operator) -> None:
    """An order appears in the list, and its page has every hop with duration and log lines."""
    stack, browser = operator.stack, operator.browser
    order_id = stack.post().json()["orderId"]

    operator.await_state(order_id, "done")

    def timed_hops() -> dict[str, str]:
        """The hops by their titles, once each function's invocation has its duration."""
        hops = dict(_HOP.findall(browser.get(f"/orders/{order_id}").text))
        return hops if all(_DURATION.search(hops[hop]) for hop in _TIMED) else {}

    hops = eventually(timed_hops, "durations of the hops")
    assert list(hops) == ["API request", "Stored", "Published", "Emailed", "Audited"]
    assert all("1 log line" in hops[hop] for hop in _TIMED)
    (email,) = re.findall(r'href="(/mailbox/\d+)"', hops["Emailed"])
    assert order_id in browser.get(email).text
    assert order_id in browser.get(f"{email}/text").text
    assert stack.await_audit(order_id)["auditId"] in browser.get(f"/audit?order={order_id}").text


@pytest.mark.thorough
def test_broken_emails_are_found_and_repaired(operator: Operator) -> None:
    """A refused email becomes a dead letter with its reason; redriven, it is sent once."""
    stack, browser = operator.stack, operator.browser
    operator.faults.inject(Fault(hop="email:ses", effect="refuse"))
    try:
        # Longer than an attempt: it has failed, and is logged, before the dead letter is there.
        with stack.retries("email", seconds=60, receives=1):
            order_id = stack.post().json()["orderId"]
            operator.await_state(order_id, "dead-lettered")
    finally:
        operator.faults.remove("email:ses")
    page = operator.await_page(order_id, "Last error:")
    (message_id,) = re.findall(r'name="messages" value="([^"]+)"', page)
    assert message_id in browser.get("/dead-letters").text
    eventually(lambda: "SendEmail" in browser.get("/dead-letters").text, "the reason")

    result = browser.post("/dead-letters/email/redrive", messages=message_id, order=order_id)

    assert "1 message moved back." in result.text
    operator.await_state(order_id, "done")
    assert len(stack.emails(order_id)) == 1
    assert message_id not in browser.get("/dead-letters").text


def test_sending_again_and_replaying_send_nothing_twice(operator: Operator) -> None:
    """The same request again, and a replay, end in one email and one audit record."""
    stack, browser = operator.stack, operator.browser
    order_id = stack.post().json()["orderId"]
    operator.await_state(order_id, "done")

    again = browser.post("/send-again", order=order_id).text
    replayed = browser.post("/replay", order=order_id).text

    assert "known already" in again or "responded with 202" in again
    assert "1 order published again." in replayed
    stack.await_earlier_orders()
    assert (len(stack.emails(order_id)), len(stack.audit_records(order_id))) == (1, 1)
