"""The console in a browser, and what an operator does there."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from local.console.app import PAGES

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

PATHS: Final = tuple(link.path for link, _ in PAGES if link)
_DESKTOP: Final = {"width": 1280, "height": 900}


@dataclass
class Console:
    """A window of the console."""

    page: Page

    def open(self, path: str) -> None:
        """Open a page by its path."""
        self.page.goto(path)
        self.page.get_by_role("main").wait_for()

    def press(self, name: str) -> None:
        """Press a button by its exact name, and wait for the next page."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()

    def expect(
        self, text: str | re.Pattern[str], *, within: str = "main", seconds: float = 15
    ) -> Locator:
        """Wait until the page shows a text, without a reload, and return its element."""
        element = self.page.locator(within).get_by_text(text).first
        element.wait_for(timeout=seconds * 1000)
        return element


@contextmanager
def opened(
    browser: Browser,
    url: str,
    *,
    hosts: Collection[str] = (),
    script: str = "",
    **options: Any,
) -> Iterator[Page]:
    """Yield a page that has opened a URL; fail if it had an error or asked another host.

    Args:
        browser: The browser.
        url: The URL.
        hosts: Hosts that it may ask beside its own.
        script: JavaScript that runs at the beginning of every page.
        options: As of Playwright's `new_context`.
    """
    base = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    context = browser.new_context(base_url=base, **{"viewport": _DESKTOP, **options})
    context.add_init_script(script)
    page = context.new_page()
    problems: list[str] = []
    request_hosts: set[str] = set()

    def report(message: ConsoleMessage) -> None:
        """Keep what the browser reports, but for responses of other hosts that refuse an order."""
        if urlsplit(message.location["url"]).netloc not in hosts:
            problems.append(message.text)

    page.on("console", report)
    page.on("pageerror", lambda error: problems.append(str(error)))
    context.on("request", lambda request: request_hosts.add(urlsplit(request.url).netloc))
    page.goto(url)
    yield page
    context.close()
    assert problems == []
    assert request_hosts <= {urlsplit(url).netloc, *hosts}
