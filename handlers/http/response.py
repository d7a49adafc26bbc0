"""The HTTP answers of the API, in the shape that API Gateway expects from a Lambda function."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from handlers.common import exact_json
from handlers.validation.rejection import Rejection

if TYPE_CHECKING:
    # The order's model is slow to import, and a function that only reads has no use for it.
    from handlers.order.order import Order
    from handlers.order.store import Placed

# A throttled DynamoDB partition has usually adapted within seconds.
RETRY_AFTER_SECONDS: Final = 5


@dataclass(frozen=True)
class Answer:
    """A status, a JSON body, and headers beyond those that every answer carries."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    def to_gateway(self, *, request_id: str, cors: Mapping[str, str]) -> dict[str, Any]:
        """Return the answer as API Gateway takes it from a proxy integration."""
        every = {
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            "X-Request-Id": request_id,
            **cors,
        }
        body = exact_json.dumps({**self.body, "requestId": request_id})
        return {"statusCode": self.status, "headers": {**every, **self.headers}, "body": body}


def accepted(placed: "Placed") -> Answer:
    """200: the order is stored; an order that an earlier request had stored says so in a header."""
    headers = {"Idempotent-Replayed": "true"} if placed.replayed else {}
    return Answer(
        200, {**_summary(placed.order), "message": "Order received successfully"}, headers
    )


def queued(order: "Order", *, message_id: str) -> Answer:
    """202: the order is on its way to the table, under these values unless its ID turns out to be taken."""
    message = "Order received and queued for processing"
    return Answer(202, {**_summary(order), "message": message, "messageId": message_id}, {})


def rejected(rejection: Rejection) -> Answer:
    """400, 409, 413 or 415: the violations, each with its field."""
    return Answer(rejection.status, {"error": rejection.error, "errors": rejection.errors()}, {})


def unavailable() -> Answer:
    """503: nothing was promised, the same request may succeed later."""
    body = {"error": "Service unavailable", "message": "Please send the same request again later"}
    return Answer(503, body, {"Retry-After": str(RETRY_AFTER_SECONDS)})


def failed(task: str) -> Answer:
    """500: what was to be done, and nothing of the cause, which is in the log under the request ID."""
    return Answer(500, {"error": "Internal server error", "message": f"Failed to {task}"}, {})


def forbidden() -> Answer:
    """403: the caller is known, and may not have this."""
    return Answer(
        403, {"error": "Forbidden", "message": "This is not for the caller to see or to do"}, {}
    )


def preflight() -> Answer:
    """200: a browser may ask; what it may send is in the headers, which the gateway adds."""
    return Answer(200, {}, {})


def not_found() -> Answer:
    """404: there is nothing here, or nothing for this caller."""
    return Answer(404, {"error": "Not found", "message": "There is nothing at this path"}, {})


def _summary(order: "Order") -> dict[str, Any]:
    fields = ("createdAt", "status", "totalAmount", "currency")
    return {"orderId": order.client_order_id, **{field: order.record[field] for field in fields}}
