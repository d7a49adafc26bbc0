"""What every response of the API has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import httpx

# Where the pages come from that a stack allows: of the local stack, its storefront's.
ORIGIN: Final = "http://shop.example.com"


def check_body(response: httpx.Response, status: int) -> dict[str, Any]:
    """Check that a response has this status and what every response has, and return its body."""
    body: dict[str, Any] = response.json()
    assert response.status_code == status
    assert body["requestId"] == response.headers["X-Request-Id"]
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] in ("*", ORIGIN)
    return body
