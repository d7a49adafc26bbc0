"""HTTP responses of the API, as a Lambda proxy integration returns them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from handlers.common import exact_json
from handlers.http.rejection import Rejection

if TYPE_CHECKING:
    from handlers.order.order import Order, StoreResult

# A throttled DynamoDB partition has usually adapted within seconds.
RETRY_AFTER_SECONDS: Final = 5

# The message of a 500 to a submitted order.
ORDER_FAILURE: Final = "Failed to process order"


@dataclass(frozen=True)
class Response:
    """A status, a JSON body, and headers beyond those of every response."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_gateway(self, *, request_id: str, cors: Mapping[str, str]) -> dict[str, Any]:
        """Return the response in the format of a Lambda proxy integration."""
        common = {
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            "X-Request-Id": request_id,
            **cors,
        }
        body = exact_json.dumps({**self.body, "requestId": request_id})
        return {"statusCode": self.status, "headers": {**common, **self.headers}, "body": body}


def accepted(result: "StoreResult") -> Response:
    """200: the order is stored; a header marks a replay."""
    body = {**_summary(result.order), "message": "Order received successfully"}
    return Response(200, body, {"Idempotent-Replayed": "true"} if result.replayed else {})


def queued(order: "Order", *, message_id: str) -> Response:
    """202: the order is queued, and will be stored unless its ID is taken."""
    message = "Order received and queued for processing"
    return Response(202, {**_summary(order), "message": message, "messageId": message_id})


def rejected(rejection: Rejection) -> Response:
    """400, 409, 413 or 415: the violations, each with its field."""
    return Response(rejection.status, {"error": rejection.error, "errors": rejection.errors()})


def unavailable() -> Response:
    """503: nothing was stored; the same request may succeed later."""
    body = {"error": "Service unavailable", "message": "Retry the same request later"}
    return Response(503, body, {"Retry-After": str(RETRY_AFTER_SECONDS)})


def failed(message: str) -> Response:
    """500: the cause is in the log, under the request ID."""
    return Response(500, {"error": "Internal server error", "message": message})


def forbidden() -> Response:
    """403: the caller is authenticated, and not authorized."""
    return Response(
        403, {"error": "Forbidden", "message": "You are not authorized to access this resource"}
    )


def preflight() -> Response:
    """200: the response to a CORS preflight; the gateway adds its headers."""
    return Response(200, {})


def not_found() -> Response:
    """404: the route or the order does not exist, or the caller may not see the order."""
    return Response(404, {"error": "Not found", "message": "The requested resource does not exist"})


def _summary(order: "Order") -> dict[str, Any]:
    fields = ("createdAt", "status", "totalAmount", "currency")
    return {"orderId": order.client_order_id, **{name: order.record[name] for name in fields}}
