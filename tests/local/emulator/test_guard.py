"""The guard in front of the emulator."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local.emulator.guard import Guard
from local.emulator.signatures import Verifier
from tooling.signing import AccessKey, SignatureAuth

if TYPE_CHECKING:
    from local.emulator.guard import Receive, Scope, Send
    from local.emulator.signatures import Request

_INVOKE = "/_aws/execute-api/abc123/$default/orders"
_KEY = AccessKey.generate()
_ROLES_KEY = AccessKey(access_key_id="ASIAROLE", secret_access_key="of-a-role")


def _issued(access_key_id: str, session_token: str) -> str | None:
    del session_token
    return _ROLES_KEY.secret_access_key if access_key_id == _ROLES_KEY.access_key_id else None


def _claims_root(request: Request) -> bool:
    return "Credential=test/" in request.headers.get("authorization", "")


async def _emulator(scope: Scope, receive: Receive, send: Send) -> None:
    """The guarded application, which returns 200 and the body."""
    assert scope["type"] == "http"
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


_GUARD = Guard(_emulator, Verifier(_KEY, _issued), _claims_root)


def _ask(
    path: str = "/",
    host: str = "127.0.0.1:4566",
    *,
    key: AccessKey | None = _KEY,
    body: bytes = b"sent",
    **headers: str,
) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(_GUARD)
        auth = SignatureAuth(key) if key else None
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:4566", auth=auth
        ) as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.post(path, headers={"Host": host, **named}, content=body)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:4566",
        "localhost:4566",
        "LOCALHOST",
        "[::1]:4566",
        "s3.localhost:4566",
    ],
)
def test_loopback_hosts_pass(host: str) -> None:
    """A program on this machine reaches the emulator by any loopback name."""
    assert _ask(host=host).status_code == 200


@pytest.mark.parametrize("path", ["/", "/_ministack/reset", _INVOKE])
@pytest.mark.parametrize(
    "host",
    [
        "shop.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:4566",
        "evillocalhost",
        "192.168.1.2",
        "",
    ],
)
def test_foreign_hosts_are_refused(path: str, host: str) -> None:
    """DNS rebinding is refused on every path, also on the API's."""
    response = _ask(path, host)
    assert response.status_code == 403
    assert "Host" in response.json()["message"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:3000", "http://127.0.0.1:4567"]
)
def test_foreign_origins_are_refused_on_the_control_plane(origin: str) -> None:
    """No web page can use the emulator, not even one of another local server."""
    assert _ask("/_ministack/reset", Origin=origin).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_requests_of_another_sites_page_are_refused_without_an_origin(
    site: str,
) -> None:
    """Images and forms, which have no Origin, cannot call an API with a query string."""
    assert _ask("/?Action=DeleteTopic", Sec_Fetch_Site=site).status_code == 403


def test_own_origin_passes() -> None:
    """Pages of the emulator may call it."""
    assert _ask(Origin="http://127.0.0.1:4566", Sec_Fetch_Site="same-origin").status_code == 200


@pytest.mark.parametrize(
    "path", [_INVOKE, "/_aws/execute-api/abc123/v1", "/_aws/execute-api/abc123/v1/orders/1"]
)
def test_every_origin_passes_on_the_invoke_paths(path: str) -> None:
    """The deployed API is open to browsers: its CORS configuration decides."""
    response = _ask(path, key=None, Origin="https://shop.example", Sec_Fetch_Site="cross-site")
    assert (response.status_code, response.content) == (200, b"sent")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/_ministack/ses/messages",
        "/_ministack/health",
        "/_local/faults",
        "/_localstack/health",
        "/health",
        "/bucket/key",
    ],
)
def test_everything_else_needs_a_signature(path: str) -> None:
    """Another user of the machine, who has no key, is refused."""
    refused = _ask(path, key=None)
    assert (refused.status_code, refused.json()["__type"]) == (403, "MissingAuthenticationToken")
    signed = _ask(path)
    assert (signed.status_code, signed.content) == (200, b"sent")


@pytest.mark.parametrize("path", [_INVOKE, "/_ministack/ses/messages", "/"])
@pytest.mark.parametrize("name", ["test", "123456789012", "AKIAUNKNOWN"])
def test_the_emulators_own_root_keys_are_unknown(path: str, name: str) -> None:
    """The emulator's built-in root keys are refused, also on the API's paths."""
    key = AccessKey(access_key_id=name, secret_access_key="test")
    response = _ask(path, key=key)
    is_root_key = path != _INVOKE or name == "test"
    assert response.status_code == (403 if is_root_key else 200)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/_ministack/ses/messages", 403),
        ("/_aws/sqs/x", 403),
        ("/_local/faults", 403),
    ],
)
def test_roles_reach_services_alone(path: str, status: int) -> None:
    """An issued key does not open the emulator's own paths, which no policy covers."""
    assert _ask(path, key=_ROLES_KEY).status_code == status


def test_an_invoke_path_below_another_name_needs_a_signature() -> None:
    """The emulator would choose a service by the host's first label."""
    assert _ask(_INVOKE, "bucket.s3.localhost:4566", key=None).status_code == 403


def test_a_refusal_has_the_format_of_the_service() -> None:
    """Services with XML get XML, the others JSON."""
    form = _ask(key=None, Content_Type="application/x-www-form-urlencoded; charset=utf-8")
    assert form.text.startswith("<ErrorResponse><Error><Code>MissingAuthenticationToken</Code>")
    assert _ask(key=None).headers["x-amzn-errortype"] == "MissingAuthenticationToken"


@pytest.mark.parametrize("path", ["/restapis/abc123/v1/_user_request_/orders", "/restapis/abc123"])
def test_the_other_path_to_a_rest_api_is_for_programs_alone(path: str) -> None:
    """It has a prefix of the control plane, and is in no output of a stack."""
    assert _ask(path, Origin="https://shop.example").status_code == 403
    assert _ask(path, Sec_Fetch_Site="cross-site").status_code == 403
    assert _ask(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/_aws/execute-api/abc123", "/_aws/execute-api//x/y", "/x/_aws/execute-api/a/b"]
)
def test_similar_paths_are_no_invoke_paths(path: str) -> None:
    """The emulator chooses a service for such paths by their headers."""
    assert _ask(path, Origin="https://evil.example").status_code == 403


def test_two_hosts_are_refused() -> None:
    """The emulator might read the second Host header."""
    assert (
        _connect("http", [(b"host", b"localhost"), (b"host", b"evil.example")])[0]["status"] == 403
    )


def test_foreign_websockets_are_closed() -> None:
    """A WebSocket, which has no CORS, is closed for another origin and without a signature."""
    assert _connect("websocket", [(b"host", b"localhost")])[0]["code"] == 1008
    assert (
        _connect("websocket", [(b"host", b"localhost"), (b"origin", b"https://evil.example")])[0][
            "code"
        ]
        == 1008
    )


def _connect(kind: str, headers: list[tuple[bytes, bytes]]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError

    asyncio.run(_GUARD({"type": kind, "path": "/", "headers": headers}, receive, send))
    return sent
