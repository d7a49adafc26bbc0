"""Requests with values that are too long for a table, a URL, or a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from tests.local.console.support import Browser

_DIGITS = "9" * 5000
_LONG = "x" * 60_000


@pytest.mark.parametrize(
    "path",
    [
        *(f"/mailbox/{_DIGITS}{view}" for view in ("", "/text", "/source", "/frame")),
        *(f"/orders/{_LONG}", f"/audit/{_LONG}/time", f"/nodes/{_LONG}", f"/api/{_LONG}"),
    ],
    ids=lambda path: path[:20],
)
def test_what_cannot_exist_is_not_found(browser: Browser, path: str) -> None:
    """A name or number that nothing can have is not found, as any unknown one."""
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        (f"/try/{_DIGITS}/repeat", {}, 404),
        ("/replay", {"order": _LONG}, 400),
        ("/replay", {}, 400),
        ("/send-again", {"order": _LONG}, 400),
        ("/faults/inject", {"hop": "email", "effect": "delay", "seconds": _DIGITS}, 200),
        ("/faults/inject", {"hop": "email", "effect": _LONG}, 200),
        ("/faults/inject", {"hop": _LONG, "effect": "refuse"}, 200),
        (f"/faults/workflows/{_LONG}/pause", {}, 200),
        (f"/dead-letters/{_LONG}/redrive", {"all": "yes"}, 200),
        ("/dead-letters/email/redrive", {"order": _LONG}, 200),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_form_with_long_values(
    browser: Browser, path: str, fields: dict[str, str], status: int
) -> None:
    """It is refused with a page, and no redirect has a URL that browsers refuse."""
    response = browser.post(path, **fields)
    assert response.status_code == status
    assert all(len(_location(each)) < 8000 for each in response.history)


def _location(response: httpx.Response) -> str:
    return response.headers["location"]
