"""Access control for the emulator: an ASGI guard that refuses web pages and unsigned requests.

The emulator by itself accepts every origin, and every request that names its root key. The guard
lets a request through only if

- its host is a loopback name, which excludes DNS rebinding;
- no browser sent it for another site;
- it is signed with the run's root key, or, for AWS services, with a key that the emulator issued.

Invoke paths of the deployed API are open to every client: CORS and authorizer decide (ADR 33).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import quote

from local.emulator.error_response import send_error
from local.emulator.signatures import Request, Signature, SignatureError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from local.emulator.signatures import Verifier

    Scope: TypeAlias = MutableMapping[str, Any]
    Message: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
    # Whether the emulator would take a request's key for its root key.
    ClaimsRoot: TypeAlias = Callable[[Request], bool]

# Where the guarded application finds the `Verified` request in its scope.
VERIFIED = "local.verified"

_LOOPBACK = r"(?:127\.0\.0\.1|\[::1\]|localhost)"
_LOOPBACK_HOST = re.compile(
    rf"(?:{_LOOPBACK}|(?:[a-z0-9-]+\.)*localhost)(?::\d{{1,5}})?", re.IGNORECASE
)
_PLAIN_HOST = re.compile(rf"{_LOOPBACK}(?::\d{{1,5}})?", re.IGNORECASE)
# Exactly the emulator's invoke paths; other paths with this prefix reach its control plane.
_INVOKE_PATH = re.compile(r"/_aws/execute-api/[A-Za-z0-9]+/.*", re.DOTALL)
# The emulator's own paths, such as the mailbox, which no role's policy covers.
_OWN_PATHS = "/_"
# Values of Sec-Fetch-Site, which browsers also send for images and forms, without an Origin.
_OWN_FETCH_SITES = {"same-origin", "none"}


class Verified(NamedTuple):
    """A request, and its valid signature."""

    request: Request
    signature: Signature


class Guard:
    """Wraps an ASGI application; only programs of the user reach it."""

    def __init__(self, app: App, verifier: Verifier, claims_root: ClaimsRoot) -> None:
        self._app = app
        self._verifier = verifier
        self._claims_root = claims_root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request = _request(scope)
        try:
            if self._needs_signature(scope["path"], request):
                scope, receive = await self._verified(scope, request, receive)
        except SignatureError as refusal:
            await _refuse(scope["type"], request, refusal, send)
        else:
            await self._app(scope, receive, send)

    def _needs_signature(self, path: str, request: Request) -> bool:
        """Whether the request needs a signature.

        Raises:
            SignatureError: it is refused even with one.
        """
        hosts = [host.strip() for host in request.values("host")]
        if len(hosts) != 1 or not _LOOPBACK_HOST.fullmatch(hosts[0]):
            raise _denied(
                "The embedded AWS accepts only requests whose Host header is a loopback name."
            )
        # With a name below localhost, the emulator may choose another service than the path's.
        if _INVOKE_PATH.fullmatch(path) and _PLAIN_HOST.fullmatch(hosts[0]):
            return self._claims_root(request)
        own_origin = f"http://{hosts[0]}".lower()
        foreign = any(origin.strip().lower() != own_origin for origin in request.values("origin"))
        if foreign or not _OWN_FETCH_SITES.issuperset(
            site.strip() for site in request.values("sec-fetch-site")
        ):
            raise _denied(
                "The embedded AWS accepts no request of another origin's web page, "
                "except to the deployed API."
            )
        return True

    async def _verified(
        self, scope: Scope, request: Request, receive: Receive
    ) -> tuple[Scope, Receive]:
        """Verify the signature; return a scope with `Verified`, and what yields the body."""
        signature = self._verifier.prepare(request)
        if scope["path"].startswith(_OWN_PATHS) and not self._verifier.is_root(
            signature.access_key_id
        ):
            raise _denied("The emulator's own paths are for the root key alone.")
        scope = {**scope, VERIFIED: Verified(request, signature)}
        if scope["type"] == "websocket":
            signature.verify(request, b"")
            return scope, receive
        messages, body = await read_body(receive)
        signature.verify(request, body)
        return scope, replay(messages, receive)


def _request(scope: Scope) -> Request:
    path = scope.get("raw_path") or quote(scope["path"]).encode()
    query = scope.get("query_string", b"").decode("utf-8", "replace")
    return Request.of(scope.get("method", "GET"), path.decode("latin-1"), query, scope["headers"])


async def read_body(receive: Receive) -> tuple[list[Message], bytes]:
    """Read a request to its end, or until the client disconnects."""
    messages: list[Message] = []
    while not messages or (
        messages[-1]["type"] == "http.request" and messages[-1].get("more_body", False)
    ):
        messages.append(await receive())
    return messages, b"".join(message.get("body", b"") for message in messages)


def replay(messages: list[Message], receive: Receive) -> Receive:
    """Return a `receive` that yields messages again, and then what follows them."""
    remaining = iter(messages)

    async def next_message() -> Message:
        message = next(remaining, None)
        return await receive() if message is None else message

    return next_message


def _denied(sentence: str) -> SignatureError:
    return SignatureError("AccessDeniedException", sentence)


async def _refuse(kind: str, request: Request, refusal: SignatureError, send: Send) -> None:
    """Respond with 403, as JSON or XML, as the client's SDK expects it."""
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": str(refusal)})
        return
    await send_error(request, refusal.code, str(refusal), send)
