"""An ASGI guard in front of the emulator, which by itself lets any web page on the machine drive it.

The emulator takes any signature as root's and answers every origin. So a request is let through only when it is
addressed to this machine by a loopback name (a page that re-binds its own name in DNS is not) and when no browser
sent it on behalf of another site. The deployed API's own invoke paths are for browsers: there its CORS decides.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    Scope: TypeAlias = MutableMapping[str, Any]
    Message: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_LOOPBACK_HOST = re.compile(r"(?:127\.0\.0\.1|\[::1\]|(?:[a-z0-9-]+\.)*localhost)(?::\d{1,5})?", re.IGNORECASE)
# Exactly what the emulator takes as an invocation; what merely begins so is dispatched to its control plane.
_INVOKE_PATH = re.compile(r"/_aws/execute-api/[A-Za-z0-9]+/[^/]+(?:/.*)?", re.DOTALL)
# Images and forms send no Origin, but every browser says with this header whose page made it ask.
_OWN_FETCH_SITES = {"same-origin", "none"}


class Guard:
    """Wraps an ASGI application and refuses what did not come from this machine's own programs."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on, or refuse it."""
        refusal = None if scope["type"] == "lifespan" else _refusal(scope["path"], list(scope["headers"]))
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal})
        else:
            await _forbid(send, refusal)


def _refusal(path: str, headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Say in one sentence why a request is refused, or nothing when it may pass."""
    fields: dict[str, list[str]] = {}
    for name, value in headers:
        fields.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1").strip())
    hosts = fields.get("host", [])
    if len(hosts) != 1 or not _LOOPBACK_HOST.fullmatch(hosts[0]):
        return "The embedded AWS answers only requests whose Host header is a loopback name."
    if _INVOKE_PATH.fullmatch(path):
        return None
    own_origin = f"http://{hosts[0]}".lower()
    foreign = any(origin.lower() != own_origin for origin in fields.get("origin", []))
    if foreign or not _OWN_FETCH_SITES.issuperset(fields.get("sec-fetch-site", [])):
        return "The embedded AWS answers no web page of another origin except through the deployed API."
    return None


async def _forbid(send: Send, reason: str) -> None:
    body = json.dumps({"message": reason}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
