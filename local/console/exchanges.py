"""Requests to the deployed API with their responses, as the console shows them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx
import simplejson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.calls import Call, Caller

# Longer than API Gateway waits for a function.
TIMEOUT_SECONDS: Final = 35
_LONGEST_BODY: Final = 100_000


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request as it was sent, and its response; `problem` is why there is none."""

    call: Call
    curl: str
    milliseconds: float
    status: int | None = None
    reason: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: str = ""
    problem: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the API has accepted the request."""
        return self.status is not None and httpx.codes.is_success(self.status)

    @property
    def is_replay(self) -> bool:
        """Whether the API says that an earlier request stored the order."""
        return dict(self.headers).get("idempotent-replayed") == "true"

    @property
    def order_id(self) -> str | None:
        """The ID of the order in the response."""
        body = _parsed(self.body)
        order_id = body.get("orderId") if isinstance(body, dict) else None
        return order_id if isinstance(order_id, str) else None

    @property
    def violations(self) -> list[tuple[str, str]]:
        """The fields that the API has refused, with its messages."""
        body = _parsed(self.body)
        errors = body.get("errors") if isinstance(body, dict) else None
        return [
            (str(error.get("field")), str(error.get("message")))
            for error in (errors if isinstance(errors, list) else [])
            if isinstance(error, dict)
        ]

    @property
    def retry_after_seconds(self) -> int:
        """How long the API asks a client to wait; 0 if it does not."""
        value = dict(self.headers).get("retry-after", "0")
        return int(value) if value.isascii() and value.isdigit() else 0

    @property
    def request_text(self) -> str:
        """The request's body, indented if it is JSON."""
        return indented(self.call.body or "")

    @property
    def response_text(self) -> str:
        """The response's body, indented if it is JSON, and cut if it is very long."""
        return indented(self.body)[:_LONGEST_BODY]


async def exchange(caller: Caller, call: Call, client: httpx.AsyncClient) -> Exchange:
    """Send a request with the stack's credentials; that nothing responds is a result as well."""
    curl, start = caller.curl_of(call), time.perf_counter()
    try:
        response = await caller.send_with(client, call)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeEncodeError) as error:
        problem = f"No response: {error or type(error).__name__}"
        return Exchange(call=call, curl=curl, milliseconds=_since(start), problem=problem)
    return Exchange(
        call=call,
        curl=curl,
        milliseconds=_since(start),
        status=response.status_code,
        reason=response.reason_phrase,
        # httpx has their names in lower case.
        headers=response.headers.multi_items(),
        body=response.text,
    )


def new_client() -> httpx.AsyncClient:
    """Return a client for the deployed API, without the proxies of the user's environment."""
    return httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False)


def indented(text: str) -> str:
    """Return JSON with indents and each number as it was; any other text as it is."""
    try:
        value = simplejson.loads(text, use_decimal=True)
    except (ValueError, RecursionError):
        return text
    return simplejson.dumps(value, use_decimal=True, ensure_ascii=False, indent=2)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000
