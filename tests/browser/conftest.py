"""One local stack and one browser for all journeys of a test process."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from tests.browser.support import local_stack
from tests.browser.support.console import Console, opened
from tests.support.browser import browser, chromium
from tests.web.support.page import PHONE, OrderForm
from tooling.chromium import picture
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.support.local_stack import LocalStack

    Screenshot: TypeAlias = Callable[[Page, str], None]

__all__ = ["browser", "chromium"]

_IMAGES = ROOT / "docs" / "images"


@pytest.fixture(scope="package")
def stack(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A running local stack; without a browser none is started."""
    assert chromium
    with local_stack.running(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def console(browser: Browser, stack: LocalStack) -> Iterator[Console]:
    """The console in a window of a desktop; no page of it may have an error."""
    with opened(browser, stack.console) as page:
        yield Console(page)


@pytest.fixture
def form(browser: Browser, stack: LocalStack) -> Iterator[OrderForm]:
    """The order form on a phone; it asks the API and nothing else, and has no error."""
    hosts = {stack.api_host}
    with opened(browser, stack.storefront, hosts=hosts, viewport=PHONE, locale="en-GB") as page:
        order_form = OrderForm(page, stack.storefront)
        order_form.wait_until_ready()
        yield order_form


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Screenshot:
    """Writes what a window shows to an image of the documents, if the option says so."""

    def write(page: Page, name: str) -> None:
        if request.config.getoption("--write-screenshots"):
            _IMAGES.joinpath(f"{name}.webp").write_bytes(picture(page))

    return write
