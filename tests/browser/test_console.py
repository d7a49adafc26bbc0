"""The console of a local stack in a browser: every page is accessible, and shows orders live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.support.console import PATHS
from tests.support.accessibility import violations

if TYPE_CHECKING:
    from tests.browser.support.console import Console


@pytest.mark.thorough
@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_accessible(console: Console, path: str) -> None:
    """Axe finds no violation on a page with an order, in either theme and on a phone."""
    console.open("/try")
    console.press("Send one")
    console.open(path)
    for theme in ("light", "dark"):
        console.page.emulate_media(color_scheme=theme)
        assert violations(console.page) == []
    console.page.set_viewport_size({"width": 320, "height": 640})
    assert console.page.evaluate("document.documentElement.scrollWidth") == 320
    assert violations(console.page) == []
