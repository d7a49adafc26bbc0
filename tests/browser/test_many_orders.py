"""A thousand orders, while pages of the console are open."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import pytest

from tests.browser.support.console import opened
from tests.support.polling import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.support.console import Console
    from tests.browser.support.local_stack import LocalStack

_LONGEST_TASK_MS: Final = 200
_SECONDS: Final = 300
# https://developer.mozilla.org/docs/Web/API/PerformanceLongTaskTiming
_RECORD_LONG_TASKS: Final = """
  window.longTasks = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries()))
    .observe({ type: "longtask", buffered: true });
"""


def _longest_task(page: Page) -> float:
    """The milliseconds of the longest task since the page was opened."""
    longest: float = page.evaluate("Math.max(0, ...longTasks.map((task) => task.duration))")
    return longest


def _listed(page: Page) -> int:
    """The number of orders or emails that a page states."""
    texts = page.locator("main section .muted[role=status]").all_inner_texts()
    return int(texts[0].split()[0].replace(",", "")) if texts else 0


def _await_listed(page: Page, count: int) -> None:
    # More where an email of another test's order has arrived meanwhile.
    eventually(lambda: _listed(page) >= count, f"{page.url}: {count}", timeout=_SECONDS)


@pytest.mark.thorough
def test_a_thousand_orders_do_not_stall_the_pages(
    browser: Browser, stack: LocalStack, console: Console
) -> None:
    """While 1000 orders travel, no page is busy for 200 ms, and each shows them all in the end."""
    with ExitStack() as open_pages:
        pages = {
            path: open_pages.enter_context(
                opened(browser, stack.console, script=_RECORD_LONG_TASKS)
            )
            for path in ("/", "/orders", "/mailbox")
        }
        for path, page in pages.items():
            page.goto(path)
        before = {path: _listed(pages[path]) for path in ("/orders", "/mailbox")}
        console.page.add_init_script(_RECORD_LONG_TASKS)
        console.open("/try")
        console.press("Send 1000")
        console.expect("finished", seconds=_SECONDS)
        assert console.page.get_by_label("1000 of 1000 orders").count() == 1
        console.page.get_by_text("Accepted", exact=True).locator("+ dd", has_text="1000").wait_for()
        for path, count in before.items():
            _await_listed(pages[path], count + 1000)
        longest = {path: _longest_task(page) for path, page in pages.items()}
        longest["/try"] = _longest_task(console.page)
    assert max(longest.values()) < _LONGEST_TASK_MS, longest
