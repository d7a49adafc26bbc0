"""A fake of the deployed API: its own rules and responses, and a dict for the orders table."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from handlers.common import exact_json
from handlers.http import response
from handlers.http.cors import Cors
from handlers.http.order_rules import OrderRules
from handlers.http.rejection import Rejection
from handlers.http.request import HttpRequest
from handlers.order.order import StoreResult
from infra.gateway.args import ALLOWED_HEADERS
from tests.web.support.server import Reply, Request

if TYPE_CHECKING:
    from handlers.order.order import Order

_TIMEOUT_SECONDS: Final = 60
_CORS: Final = Cors.parse("*")
_PREFLIGHT: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": ", ".join(ALLOWED_HEADERS),
}


@dataclass(frozen=True)
class Pause:
    """The API does not respond; it may have stored the order."""

    stores: bool


@dataclass
class FakeApi:
    """`POST /orders`; `script` replaces the responses to the next requests."""

    contact: str = "required"
    token: str | None = None
    """The only token that is accepted; None accepts everybody."""

    script: deque[Pause | response.Response | Reply] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    paused: threading.Event = field(default_factory=threading.Event)
    """A request has met a pause."""

    resumed: threading.Event = field(default_factory=threading.Event)

    @property
    def keys(self) -> list[str]:
        """The idempotency key of each request."""
        return [request.headers["idempotency-key"] for request in self.requests]

    @property
    def bodies(self) -> list[Any]:
        """The body of each request, with exact numbers."""
        return [exact_json.loads(request.body) for request in self.requests]

    def respond(self, request: Request) -> Reply:
        """Return the response, or never."""
        if request.method == "OPTIONS":
            return Reply(204, headers=_PREFLIGHT)
        self.requests.append(request)
        step = self.script.popleft() if self.script else None
        if isinstance(step, response.Response):
            return _reply(step)
        if isinstance(step, Reply):
            return step
        if isinstance(step, Pause):
            if step.stores:
                self._submit(request)
            self.paused.set()
            self.resumed.wait(_TIMEOUT_SECONDS)
            return Reply(504)
        return _reply(self._submit(request))

    def _submit(self, request: Request) -> response.Response:
        authorization = request.headers.get("authorization")
        if self.token and authorization != f"Bearer {self.token}":
            return response.Response(401, {"message": "Unauthorized"})
        try:
            order = order_rules(self).parse_order(_parsed(request))
        except Rejection as rejection:
            return response.rejected(rejection)
        stored = self.orders.setdefault(order.record["orderId"], order)
        if not stored.same_content_as(order):
            return response.rejected(Rejection.conflict("Idempotency-Key"))
        return response.accepted(StoreResult(stored, replayed=stored is not order))


def order_rules(api: FakeApi) -> OrderRules:
    """The rules of the stack."""
    return OrderRules.from_environment(
        {
            "CONTACT": api.contact,
            "ORDER_RETENTION_DAYS": "90",
            "CUSTOMER_CLAIM": "sub" if api.token else "",
        }
    )


def _parsed(request: Request) -> HttpRequest:
    return HttpRequest(
        request_id=str(uuid.uuid4()),
        method=request.method,
        route="POST /orders",
        headers=request.headers,
        body=request.body,
        is_base64=False,
        claims={"sub": "customer-1"},
    )


def _reply(result: response.Response) -> Reply:
    sent = result.to_gateway(request_id=str(uuid.uuid4()), cors=_CORS.headers("*"))
    return Reply(sent["statusCode"], sent["body"].encode(), sent["headers"])
