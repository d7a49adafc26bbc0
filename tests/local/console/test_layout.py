"""The layout of every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.console.app import PAGES

if TYPE_CHECKING:
    from tests.local.console.support import Browser, FakeDeployment

LINKS = [link for link, _ in PAGES if link]


@pytest.mark.parametrize("path", [link.path for link in LINKS])
def test_every_page_has_the_navigation_and_its_own_link_marked(browser: Browser, path: str) -> None:
    """Each page of the navigation exists, links to all others, and marks its own link."""
    page = browser.get(path)
    assert page.status_code == 200, page.text
    assert page.text.count('aria-current="page"') == 1
    assert f'href="{path}" aria-current="page"' in page.text
    for link in LINKS:
        assert f'href="{link.path}"' in page.text


@pytest.mark.parametrize("path", ["/", "/orders", "/nowhere"])
def test_a_problem_is_shown_on_every_page(
    browser: Browser, deployment: FakeDeployment, path: str
) -> None:
    """A change that does not run stands on every page, as text."""
    deployment.problem = "handlers/email/handler.py:12: SyntaxError: <b>"
    assert "handlers/email/handler.py:12: SyntaxError: &lt;b&gt;" in browser.get(path).text
    deployment.problem = None
    assert "SyntaxError" not in browser.get(path).text


def test_an_unknown_page_is_not_found(browser: Browser) -> None:
    """An unknown path has the layout, and the status that says so."""
    page = browser.get("/nowhere")
    assert page.status_code == 404
    assert "Not found" in page.text
