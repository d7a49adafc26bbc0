"""Access control for the console: its token, its cookie, and the headers of every response.

A request is served only if

- its one `Host` is the console's own address, which excludes DNS rebinding;
- no browser sent it for another origin, not even for a page of another port of this machine;
- it has the token, at first in the URL that the terminal shows, then in a cookie;
- it is a GET, or it has the console's own `Origin`.
"""

from __future__ import annotations

import hmac
import os
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READS = {"GET", "HEAD"}
# Values of Sec-Fetch-Site: "none" is an address that somebody has typed or pasted.
_OWN_FETCH_SITES = {None, "same-origin", "none"}
_WHERE_THE_URL_IS = """\
Open the console by the URL that `make local` has printed. `.venv/bin/python -m local outputs` shows
it again: consoleUrl.
"""
_POLICY = """\
default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not "no-referrer": with it browsers send "null" as the Origin of forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def stored_token(folder: Path) -> str:
    """Return the token in a private file, so that the console's URL is the same at every start."""
    path = folder / "console-token"
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        path.chmod(0o600)
        if token := path.read_text(encoding="ascii"):
            return token
        path.unlink()  # another start was killed before it wrote
        return stored_token(folder)
    token = secrets.token_urlsafe(24)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token)
    return token


class Guard:
    """Wraps the console's application; only a browser that has the token reaches it."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            response = self._response(Request(scope)) or self._app
            await response(scope, receive, _with_headers(send))
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": "No WebSocket."})

    def _response(self, request: Request) -> Response | None:
        """Return a refusal or a redirect, or None where the application responds."""
        if refusal := _refusal(request):
            return PlainTextResponse(f"{refusal}\n", HTTPStatus.FORBIDDEN)
        # Cookies know no port: another stack's console has a cookie of its own.
        cookie = f"console-{request.url.port}"
        if request.method in _READS and self._is_token(request.query_params.get("token")):
            url = request.url.remove_query_params("token").replace(scheme="", netloc="")
            response = RedirectResponse(f"{url}" or "/", HTTPStatus.SEE_OTHER)
            token = self._token.decode()
            response.set_cookie(cookie, token, httponly=True, samesite="strict")
            return response
        if self._is_token(request.cookies.get(cookie)):
            return None
        return PlainTextResponse(_WHERE_THE_URL_IS, HTTPStatus.FORBIDDEN)

    def _is_token(self, text: str | None) -> bool:
        return hmac.compare_digest((text or "").encode(), self._token)


def _refusal(request: Request) -> str | None:
    """Return why another site's request is refused, or None."""
    server = request.scope["server"]
    hosts = request.headers.getlist("host")
    if len(hosts) != 1 or hosts[0] not in (f"127.0.0.1:{server[1]}", f"localhost:{server[1]}"):
        return f"The Host header must be 127.0.0.1:{server[1]} or localhost:{server[1]}."
    own = f"http://{hosts[0]}"
    origin = request.headers.get("origin")
    if origin not in (None, own) or (request.headers.get("sec-fetch-site") not in _OWN_FETCH_SITES):
        return "The console accepts requests of its own pages only; open its URL in a new tab."
    if request.method not in _READS and origin != own:
        return f"A {request.method} request must have the Origin {own}."
    return None


def _with_headers(send: Send) -> Send:
    """Add the security headers to a response, which may have set its own, such as a frame's."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
