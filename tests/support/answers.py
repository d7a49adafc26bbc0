"""What every answer of the API has, whatever it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import httpx

# Where pages of a stack that names an origin come from.
ORIGIN: Final = "https://shop.example.com"


def checked(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The body of an answer that has this status, and what every answer has."""
    body: dict[str, Any] = answer.json()
    assert answer.status_code == status
    assert body["requestId"] == answer.headers["X-Request-Id"]
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", ORIGIN)
    return body
