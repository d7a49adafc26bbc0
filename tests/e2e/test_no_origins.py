"""Stacks that no page in a browser may call: they take orders, and send no CORS headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.support.local_deployment import (
    Deployment,
    check_curl_line,
    deploy_like_make_local,
    needs_curl,
)
from tests.e2e.support.variants import stop_workflows

if TYPE_CHECKING:
    import httpx

    from local.emulator.emulator import Emulator
    from tests.e2e.support.stack import LocalStack

_ORIGIN = "https://shop.shop-orders.net"

# Each kind of gateway: without authentication, and with API keys of which no client is named.
_AUTH = {"http": "none", "rest": "apiKey"}


@pytest.fixture(scope="module", params=_AUTH)
def deployment(emulator: Emulator, request: pytest.FixtureRequest) -> Deployment:
    """A stack with each kind of gateway, whose list of origins is empty."""
    config = {"gateway": request.param, "auth": _AUTH[request.param], "corsOrigins": []}
    return deploy_like_make_local(emulator, f"closed-{request.param}", **config)


@pytest.fixture(scope="module")
def closed(deployment: Deployment) -> LocalStack:
    """That stack, in which orders are stored and no more."""
    return stop_workflows(deployment.stack)


@needs_curl
def test_the_curl_line_sends_an_order(deployment: Deployment) -> None:
    """The curl line that `make local` prints has the key that it gave to the stack, if any."""
    check_curl_line(deployment)


@pytest.mark.parametrize(("path", "succeeds"), [("/orders", True), ("/nothing", False)])
def test_no_response_has_cors_headers(
    deployment: Deployment, closed: LocalStack, path: str, *, succeeds: bool
) -> None:
    """No response to any path lets a page read it."""
    response = closed.post(path=path, headers={"Origin": _ORIGIN, **deployment.caller.headers})
    assert response.is_success == succeeds
    assert _cors(response) == []


def test_no_preflight_is_allowed(closed: LocalStack) -> None:
    """A CORS preflight gets a response without allowed origins and methods."""
    headers = {"Origin": _ORIGIN, "Access-Control-Request-Method": "POST"}
    assert _cors(closed.send("OPTIONS", "/orders", headers=headers)) == []


def _cors(response: httpx.Response) -> list[str]:
    return [name for name in response.headers if name.startswith("access-control-")]
