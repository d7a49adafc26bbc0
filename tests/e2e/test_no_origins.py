"""Stacks that no page in a browser may call: they deploy, take orders, and send no CORS headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.support.local_deployment import Deployment, deploy_like_make_local, needs_curl, paste
from tests.e2e.support.variants import stop_workflows

if TYPE_CHECKING:
    import httpx

    from local.emulator import Emulator
    from tests.e2e.support.stack import LocalStack

_ORIGIN = "https://shop.shop-orders.net"

# With either kind of gateway: without callers of its own, and with keys but no client's name.
_KINDS = {"http": {"auth": "none"}, "rest": {"auth": "apiKey"}}


@pytest.fixture(scope="module", params=_KINDS)
def deployment(emulator: Emulator, request: pytest.FixtureRequest) -> Deployment:
    """A stack with either kind of gateway, whose list of origins is empty."""
    gateway: str = request.param
    return deploy_like_make_local(
        emulator, f"closed-{gateway}", gateway=gateway, corsOrigins=[], **_KINDS[gateway]
    )


@pytest.fixture(scope="module")
def closed(deployment: Deployment) -> LocalStack:
    """That stack, in which orders are stored and no more."""
    return stop_workflows(deployment.stack)


@needs_curl
def test_the_curl_line_sends_an_order(deployment: Deployment, closed: LocalStack) -> None:
    """Pasted into a shell, the line that `make local` prints carries the key that it gave to the stack, if any."""
    assert paste(deployment.caller.curl)["totalAmount"] == 109.97
    assert closed.emulator.key.secret_access_key not in deployment.caller.curl


@pytest.mark.parametrize("path", ["/orders", "/nothing"])
def test_no_response_has_cors_headers(
    deployment: Deployment, closed: LocalStack, path: str
) -> None:
    """No response, for any request and path, lets a page read it."""
    response = closed.post(path=path, headers={"Origin": _ORIGIN, **deployment.caller.headers})
    assert response.status_code == (200 if path == "/orders" else response.status_code)
    assert _cors(response) == []


def test_no_preflight_is_allowed(closed: LocalStack) -> None:
    """A preflight gets a response without allowed origins and methods."""
    asked = {"Origin": _ORIGIN, "Access-Control-Request-Method": "POST"}
    assert _cors(closed.send("OPTIONS", "/orders", headers=asked)) == []


def _cors(response: httpx.Response) -> list[str]:
    return [name for name in response.headers if name.startswith("access-control-")]
