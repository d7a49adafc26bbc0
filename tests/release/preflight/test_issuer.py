"""The issuer's OpenID configuration: what API Gateway needs of it, and reading it."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from infra.config.objects import Jwt
from release.preflight import issuer

if TYPE_CHECKING:
    from collections.abc import Iterator

_ISSUER: Final = "https://login.shop-orders.net"
_JWT: Final = Jwt(issuer=_ISSUER, audiences=["shop"])
_DOCUMENT: Final = {
    "issuer": _ISSUER,
    "jwks_uri": f"{_ISSUER}/keys",
    "token_endpoint": f"{_ISSUER}/token",
    "authorization_endpoint": f"{_ISSUER}/authorize",
}


@pytest.mark.parametrize(
    ("content", "storefront", "state", "shows"),
    [
        (_DOCUMENT, True, "ok", "and its keys"),
        ({**_DOCUMENT, "issuer": f"{_ISSUER}/"}, False, "failed", "names the issuer"),
        ({**_DOCUMENT, "jwks_uri": None}, False, "failed", "lacks jwks_uri"),
        ({"issuer": _ISSUER, "jwks_uri": "x"}, False, "ok", "and its keys"),
        ({"issuer": _ISSUER, "jwks_uri": "x"}, True, "failed", "lacks token_endpoint"),
        ([], False, "failed", "names the issuer"),
    ],
)
def test_a_document_is_judged(content: Any, storefront: bool, state: str, shows: str) -> None:  # noqa: FBT001 (a table)
    """The issuer must be the configured one, and name what API Gateway and browsers use."""

    def read(url: str) -> bytes:
        assert url == f"{_ISSUER}/.well-known/openid-configuration"
        return json.dumps(content).encode()

    finding = issuer.judge(_JWT, storefront=storefront, read=read)
    assert finding.state == state
    assert shows in finding.detail


def test_what_is_no_json_has_failed() -> None:
    """A page in place of the document is a failed check."""
    finding = issuer.judge(_JWT, storefront=False, read=lambda _: b"<html>")
    assert (finding.state, "holds no JSON" in finding.detail) == ("failed", True)


def test_an_issuer_that_does_not_answer_has_failed() -> None:
    """A network error is a failed check that names the URL."""

    def read(_url: str) -> bytes:
        raise TimeoutError("timed out")

    finding = issuer.judge(_JWT, storefront=False, read=read)
    assert finding.state == "failed"
    assert f"{_ISSUER}/.well-known/openid-configuration cannot be read" in finding.detail


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/long")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        if self.path == "/slow":
            with contextlib.suppress(OSError):  # until the client gives it up
                while True:
                    self.wfile.write(b"x")
                    time.sleep(0.01)
            return
        self.wfile.write(b"x" * 100_000)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def _server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_a_document_is_read_up_to_a_limit() -> None:
    """Of an endless document, the start is read, and no redirect is followed."""
    with _server() as url:
        assert len(issuer.read(f"{url}/long")) == 64 * 1024
        with pytest.raises(OSError, match="302"):
            issuer.read(f"{url}/moved")


def test_a_slow_document_is_not_waited_for() -> None:
    """A document that arrives byte by byte ends in a timeout of the whole."""
    with _server() as url, pytest.raises(TimeoutError, match="takes too long"):
        issuer.read(f"{url}/slow", seconds=0.1)
