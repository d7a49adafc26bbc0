"""Who may use the console."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from local.console.access import stored_token
from tests.local.console.support import ORIGIN, TOKEN, Browser

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.applications import Starlette

PATHS = ["/", "/orders", "/static/console.css", "/events", "/nowhere"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], "ü"])
def test_nothing_is_served_without_the_token(app: Starlette, path: str, token: str | None) -> None:
    """Without the token every path responds with where to find the URL, and nothing else."""
    response = Browser(app).get(path if token is None else f"{path}?token={token}")
    assert response.status_code == 403
    assert response.text.startswith("Open the console by the URL that `make local` has printed")
    assert "set-cookie" not in response.headers


def test_the_token_becomes_a_cookie(app: Starlette) -> None:
    """The URL's token is a private cookie from then on, and in no address, title or history."""
    browser = Browser(app)
    response = browser.get(f"/orders?a=%26&token={TOKEN}")
    (redirect,) = response.history
    assert redirect.status_code == 303
    assert redirect.headers["location"] == "/orders?a=%26"
    attributes = redirect.headers["set-cookie"].lower()
    assert "httponly" in attributes
    assert "samesite=strict" in attributes
    assert response.status_code == 200
    assert TOKEN not in response.text


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1:4568.evil.example",
        "console:4568",
        "",
    ],
)
def test_other_hosts_are_refused(browser: Browser, host: str) -> None:
    """DNS rebinding reaches nothing, even with the cookie."""
    response = browser.get("/", Host=host)
    assert response.status_code == 403
    assert response.text.startswith("The Host header must be")


def test_localhost_is_the_same_host(app: Starlette) -> None:
    """The console has two addresses, and a browser needs the token at each."""
    response = Browser(app).get(f"/?token={TOKEN}", Host="localhost:4568")
    assert response.history[0].status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:4567"},
        {"Origin": "https://127.0.0.1:4568"},
        {"Origin": "http://localhost:4568"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_origins_are_refused(browser: Browser, method: str, headers: dict[str, str]) -> None:
    """No page of another site or port can read or change anything, even with the cookie."""
    response = browser.request(method, "/", **headers)
    assert response.status_code == 403
    assert response.text.startswith("The console accepts requests of its own pages only")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_changes_need_the_origin(browser: Browser, method: str) -> None:
    """What is not a GET needs the console's own Origin, which every browser sends."""
    response = browser.request(method, "/")
    assert response.status_code == 403
    assert "must have the Origin" in response.text
    assert browser.request(method, "/", Origin=ORIGIN).status_code == 405


@pytest.mark.parametrize("path", [*PATHS[:3], "/nowhere"])
def test_every_response_has_the_security_headers(browser: Browser, path: str) -> None:
    """No inline script or style runs, nothing is loaded from elsewhere, framed or cached."""
    headers = browser.get(path, Sec_Fetch_Site="same-origin").headers
    policy = dict(
        directive.split(" ", 1) for directive in headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src", "form-action")} == {
        "'self'"
    }
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_token_is_private_and_stays(tmp_path: Path) -> None:
    """The console's URL is the same at every start, and other users cannot read its token."""
    token = stored_token(tmp_path / ".local")
    assert stored_token(tmp_path / ".local") == token
    assert len(token) >= 32
    file = tmp_path / ".local" / "console-token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stored_token(tmp_path / "other") != token


def test_an_empty_token_is_replaced(tmp_path: Path) -> None:
    """A file that a killed start has left empty does not let everybody in."""
    (tmp_path / "console-token").touch(mode=0o600)
    assert len(stored_token(tmp_path)) >= 32
