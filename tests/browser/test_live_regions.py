"""Live regions of the console, of a stack that is data: what changes appears, all else stays."""

from __future__ import annotations

import dataclasses
import itertools
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from local.console.app import create_app
from local.console.topics import Topics
from local.emulator.process import listen
from local.monitoring.activity import Event
from local.ports import url_of
from local.web_server import serving
from tests.browser.support.console import opened
from tests.local.console.canned import CannedAws, deployed
from tests.local.console.support import TOKEN, FakeActivity, FakeFaults
from tests.support.accessibility import violations
from tests.support.stacks import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

_EVENT = Event(
    at=datetime(2026, 1, 15, 10, 30, tzinfo=UTC),
    function="email",
    request_id="request",
    outcome="ok",
    order_id="order-0",
    message="Confirmation sent",
)
_LONG_TASKS = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longTasks.push(duration);
}).observe({ type: "longtask", buffered: true });
window.fetches = 0;
const { fetch } = window;
window.fetch = (...args) => { window.fetches += 1; return fetch(...args); };
"""


class Stack:
    """A console that can be stopped and started again, and what it shows."""

    def __init__(self) -> None:
        self.aws = CannedAws()
        self.activity = FakeActivity()
        self.topics = Topics()
        # Playwright has an event loop in this thread, and the program has one of its own.
        with ThreadPoolExecutor(1) as thread:
            self.deployment = thread.submit(deployed, SHIPPED["local"], self.aws).result()
        arguments: dict[str, Any] = {
            "deployment": self.deployment,
            "activity": self.activity,
            "faults": FakeFaults(),
        }
        self._app = create_app(token=TOKEN, topics=self.topics, **arguments)
        self._running = ExitStack()
        self._port = 0

    @property
    def url(self) -> str:
        """The console's URL with its token."""
        return f"http://127.0.0.1:{self._port}/?token={TOKEN}"

    def start(self) -> None:
        """Serve the console, at the same port as before."""
        listener = self._running.enter_context(listen(self._port))
        self._port = int(url_of(listener).rpartition(":")[2])
        self._running.enter_context(serving(self._app, listener))

    def stop(self) -> None:
        """Stop serving."""
        self._running.close()

    def log(self, number: int) -> None:
        """Log an event, the newest of all."""
        at = _EVENT.at + timedelta(seconds=number)
        self.activity.log(dataclasses.replace(_EVENT, at=at, order_id=f"order-{number}"))
        self.topics.publish("orders")


@pytest.fixture
def stack() -> Iterator[Stack]:
    """A running console."""
    stack = Stack()
    stack.start()
    yield stack
    stack.stop()


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    """The graph in a browser."""
    with opened(browser, stack.url) as page:
        yield page


def test_what_changes_appears_and_all_else_stays(page: Page, stack: Stack) -> None:
    """A new log line appears; focus, scroll position and open details stay where they are."""
    stack.log(1)
    page.goto("/nodes/function/email")
    page.get_by_text("Configuration", exact=True).click()
    page.get_by_role("link", name="order-1", exact=True).focus()
    page.evaluate("scrollTo(0, 150)")
    stack.log(2)
    page.get_by_role("link", name="order-2", exact=True).wait_for()
    assert page.evaluate("document.activeElement.textContent") == "order-1"
    assert page.evaluate("scrollY") == 150
    assert page.get_by_text('"handler": "handlers.email.handler.handle"').is_visible()


def test_the_graph_is_live(page: Page, stack: Stack) -> None:
    """A dead letter appears in the drawing without a reload, and so does a problem."""
    page.evaluate("window.isTheSame = true")
    stack.aws.messages["email-dead-letters"] = 17
    stack.topics.publish("queues")
    page.locator("svg:visible").get_by_text("17", exact=True).wait_for()
    stack.deployment.problem = "handlers/email/handler.py:3: SyntaxError: invalid syntax"
    stack.topics.publish("problem")
    page.get_by_role("alert").get_by_text("handler.py:3").wait_for()
    assert page.evaluate("window.isTheSame")


@pytest.mark.thorough
def test_a_lost_connection_is_reported_and_found_again(browser: Browser, stack: Stack) -> None:
    """While the console is away the page says so; then it shows what has changed since."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(stack.url)
    stack.stop()
    status = page.get_by_role("status").get_by_text("Connection lost, trying again …")
    status.wait_for()
    stack.log(1)
    stack.start()
    page.get_by_role("link", name="order-1", exact=True).wait_for()
    assert status.count() == 0
    context.close()


@pytest.mark.thorough
def test_a_thousand_events_do_not_stall_the_page(browser: Browser, stack: Stack) -> None:
    """With a thousand events in a few seconds no task takes 200 ms, and the last event appears."""
    with opened(browser, stack.url) as page:
        page.add_init_script(_LONG_TASKS)
        page.reload()
        for number in itertools.count(1):
            stack.log(number)
            if number % 50 == 0:
                page.wait_for_timeout(150)
            if number == 1000:
                break
        page.get_by_role("link", name="order-1000", exact=True).wait_for()
        assert max(page.evaluate("window.longTasks"), default=0) < 200
        assert 2 <= page.evaluate("window.fetches") <= 30


def test_the_notice_of_what_was_done_is_shown_once(page: Page) -> None:
    """After a reload the notice is gone: its text is not kept in the address."""
    page.goto("/?notice=Done")
    page.get_by_role("status").get_by_text("Done").wait_for()
    page.wait_for_function("!location.search")
    page.reload()
    assert page.get_by_text("Done").count() == 0


@pytest.mark.thorough
@pytest.mark.parametrize("path", ["/", "/nodes/function/email", "/nodes/queue/email"])
@pytest.mark.parametrize("width", [320, 1280])
def test_graph_and_nodes_are_accessible(page: Page, stack: Stack, path: str, width: int) -> None:
    """Axe finds no violation in either theme, and nothing is wider than the window."""
    stack.log(1)
    stack.deployment.problem = "handlers/email/handler.py:3: SyntaxError: invalid syntax"
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert violations(page) == []


def test_every_node_can_be_reached_by_the_keyboard(page: Page) -> None:
    """Tab moves through the nodes of the drawing, and Enter opens one."""
    page.locator("svg:visible a").first.focus()
    page.keyboard.press("Tab")
    target = page.evaluate("document.activeElement.getAttribute('href')")
    assert target.startswith("/nodes/")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{target}")
