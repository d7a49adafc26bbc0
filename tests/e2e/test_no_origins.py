"""Stacks that no page in a browser may call: they deploy, take orders, and send no CORS headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.variants import deployed

if TYPE_CHECKING:
    from tests.support.stack import LocalStack

_ORIGIN = "https://shop.shop-orders.net"


@pytest.fixture(scope="module", params=["http", "rest"])
def closed(request: pytest.FixtureRequest, stack: LocalStack) -> LocalStack:
    """A stack with either kind of gateway, whose list of origins is empty."""
    return deployed(stack.emulator, f"closed-{request.param}", gateway=request.param, corsOrigins=[])


def _cors(response: httpx.Response) -> list[str]:
    return [name for name in response.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", ["/orders", "/nothing"])
def test_no_response_has_cors_headers(closed: LocalStack, path: str) -> None:
    """No response, for any request and path, lets a page read it."""
    response = closed.post(path=path, headers={"Origin": _ORIGIN})
    assert response.status_code == (200 if path == "/orders" else response.status_code)
    assert _cors(response) == []


def test_no_preflight_is_allowed(closed: LocalStack) -> None:
    """A preflight gets a response without allowed origins and methods."""
    asked = {"Origin": _ORIGIN, "Access-Control-Request-Method": "POST"}
    response = httpx.options(closed.outputs["ordersUrl"], headers=asked, timeout=30, trust_env=False)
    assert _cors(response) == []
