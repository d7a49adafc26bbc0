"""Chromium from the distribution's packages, driven by Playwright.

A `conftest.py` makes the fixtures known: `from tests.support.browser import browser, chromium`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error, sync_playwright

from tooling.chromium import INSTALL, find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser; without one, tests that need it are skipped."""
    executable = find()
    if executable is None:
        pytest.skip(f"There is no Chromium; {INSTALL}")
    return executable


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A headless browser, which runs for the tests of a file.

    While it runs, so does an event loop in this thread: the tests of other files need their own.
    """
    with sync_playwright() as playwright:
        try:
            running = playwright.chromium.launch(executable_path=chromium)
        except Error as error:
            pytest.skip(f"{chromium} does not start ({_reason(error)}); {INSTALL}")
        yield running
        running.close()


def _reason(error: Error) -> str:
    return error.message.strip().splitlines()[0]
