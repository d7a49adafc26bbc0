"""The order form in a browser, with a fake API on another origin."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.support.browser import browser, chromium
from tests.web.support.api import FakeApi
from tests.web.support.page import Shop, opened
from tests.web.support.server import serve
from tests.web.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

__all__ = ["browser", "chromium"]


@pytest.fixture
def api() -> Iterator[FakeApi]:
    """The API; no test leaves a request without a response behind."""
    fake = FakeApi()
    yield fake
    fake.resumed.set()


@pytest.fixture
def endpoint(api: FakeApi) -> Iterator[str]:
    """Where the API is."""
    with serve(api.respond) as origin:
        yield origin


@pytest.fixture
def site(endpoint: str) -> Site:
    """The form of a stack without authorization."""
    return Site({"ordersUrl": f"{endpoint}/orders", "auth": "none", "currency": "EUR"}, [endpoint])


@pytest.fixture
def shop(browser: Browser, site: Site, endpoint: str) -> Iterator[Shop]:
    """The order form on a phone, opened."""
    hosts = {urlsplit(endpoint).netloc}
    with serve(site.respond) as origin, opened(browser, site, origin, hosts) as form:
        yield form
