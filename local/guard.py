"""An ASGI guard in front of the emulator: loopback names, no foreign web pages, and signatures.

The emulator by itself answers every origin, and takes every request that names its root's key for root's. So a request
is let through only when

- it is addressed to this machine by a loopback name (a page that re-binds its own name in DNS is not);
- no browser sent it on behalf of another site;
- it is signed with the run's root key, or, where AWS's own services answer, with a key that the emulator has issued.

The deployed API's own invoke paths are for every client: there its CORS and its authorizer decide. See ADR 33.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote
from xml.sax.saxutils import escape

from local.signatures import Request, SignatureError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from local.signatures import Verifier

    Scope: TypeAlias = MutableMapping[str, Any]
    Message: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
    # Whether the emulator would take a request for its root's.
    ClaimsRoot: TypeAlias = Callable[[Request], bool]

_LOOPBACK = r"(?:127\.0\.0\.1|\[::1\]|localhost)"
_LOOPBACK_HOST = re.compile(
    rf"(?:{_LOOPBACK}|(?:[a-z0-9-]+\.)*localhost)(?::\d{{1,5}})?", re.IGNORECASE
)
_PLAIN_HOST = re.compile(rf"{_LOOPBACK}(?::\d{{1,5}})?", re.IGNORECASE)
# Exactly what the emulator takes as an invocation; what merely begins so is dispatched to its control plane.
_INVOKE_PATH = re.compile(r"/_aws/execute-api/[A-Za-z0-9]+/.*", re.DOTALL)
# The emulator's own paths, such as the mailbox's, which no policy of a role covers.
_OWN_PATHS = "/_"
_TO_S3 = re.compile(r"(?:/|%2F)s3(?:/|%2F)aws4_request|[?&]?AWSAccessKeyId=")
# Images and forms send no Origin, but every browser says with this header whose page made it ask.
_OWN_FETCH_SITES = {"same-origin", "none"}


class Guard:
    """Wraps an ASGI application and refuses what did not come from the user's own programs."""

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
                receive = await self._verified(scope, request, receive)
        except SignatureError as refusal:
            await _refuse(scope["type"], request, refusal, send)
        else:
            await self._app(scope, receive, send)

    def _needs_signature(self, path: str, request: Request) -> bool:
        """Whether only a signature lets the request through.

        Raises:
            SignatureError: nothing lets it through.
        """
        hosts = [host.strip() for host in request.values("host")]
        if len(hosts) != 1 or not _LOOPBACK_HOST.fullmatch(hosts[0]):
            raise _denied(
                "The embedded AWS answers only requests whose Host header is a loopback name."
            )
        # By a name below localhost the emulator may dispatch to another service than by the path.
        if _INVOKE_PATH.fullmatch(path) and _PLAIN_HOST.fullmatch(hosts[0]):
            return self._claims_root(request)
        own_origin = f"http://{hosts[0]}".lower()
        foreign = any(origin.strip().lower() != own_origin for origin in request.values("origin"))
        if foreign or not _OWN_FETCH_SITES.issuperset(
            site.strip() for site in request.values("sec-fetch-site")
        ):
            raise _denied(
                "The embedded AWS answers no web page of another origin except through the deployed API."
            )
        return True

    async def _verified(self, scope: Scope, request: Request, receive: Receive) -> Receive:
        """Verify the signature, and return what gives the emulator the body that was verified."""
        signature = self._verifier.prepare(request)
        if scope["path"].startswith(_OWN_PATHS) and not self._verifier.is_root(
            signature.access_key_id
        ):
            raise _denied("The emulator's own paths are for the root key alone.")
        if scope["type"] == "websocket":
            signature.verify(request, b"")
            return receive
        messages, body = await _body(receive)
        signature.verify(request, body)
        return _replay(messages, receive)


def _request(scope: Scope) -> Request:
    path = scope.get("raw_path") or quote(scope["path"]).encode()
    query = scope.get("query_string", b"").decode("utf-8", "replace")
    return Request.of(scope.get("method", "GET"), path.decode("latin-1"), query, scope["headers"])


async def _body(receive: Receive) -> tuple[list[Message], bytes]:
    """Read a request to its end, or until the client is gone."""
    messages: list[Message] = []
    while not messages or (
        messages[-1]["type"] == "http.request" and messages[-1].get("more_body", False)
    ):
        messages.append(await receive())
    return messages, b"".join(message.get("body", b"") for message in messages)


def _replay(messages: list[Message], receive: Receive) -> Receive:
    left = iter(messages)

    async def again() -> Message:
        message = next(left, None)
        return await receive() if message is None else message

    return again


def _denied(sentence: str) -> SignatureError:
    return SignatureError("AccessDeniedException", sentence)


async def _refuse(kind: str, request: Request, refusal: SignatureError, send: Send) -> None:
    """Answer with 403 in the form that the client's SDK reads, be it JSON or XML."""
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": str(refusal)})
        return
    error = f"<Error><Code>{refusal.code}</Code><Message>{escape(str(refusal))}</Message></Error>"
    if _TO_S3.search(request.query) or _TO_S3.search(request.headers.get("authorization", "")):
        content_type, text = b"text/xml", error
    elif request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        content_type, text = b"text/xml", f"<ErrorResponse>{error}</ErrorResponse>"
    else:
        content_type, text = (
            b"application/json",
            json.dumps({"__type": refusal.code, "message": str(refusal)}),
        )
    body = text.encode()
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"x-amzn-errortype", refusal.code.encode()),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
