"""Chromium from the distribution's packages, driven by Playwright.

A `conftest.py` makes the fixtures known: `from tests.support.browser import browser`.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import Error, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

# As Debian, Ubuntu and Google name it.
_EXECUTABLES: Final = ("chromium", "chromium-browser", "google-chrome")
_INSTALL: Final = "install it with: apt-get install chromium"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running headless browser; without one, tests that need it are skipped."""
    executable = next(filter(None, map(shutil.which, _EXECUTABLES)), None)
    if executable is None:
        pytest.skip(f"There is no Chromium; {_INSTALL}")
    with sync_playwright() as playwright:
        try:
            running = playwright.chromium.launch(executable_path=executable)
        except Error as error:
            pytest.skip(f"{executable} does not start ({_reason(error)}); {_INSTALL}")
        yield running
        running.close()


def _reason(error: Error) -> str:
    return error.message.strip().splitlines()[0]
