"""Paths and operations of a stack's API."""

from collections.abc import Mapping
from typing import Any, Final

from handlers.http.rejection import MAX_BODY_BYTES
from handlers.http.request import TOKEN
from handlers.lookup.query import DEFAULT_LIMIT, MAX_LIMIT
from handlers.validation import text
from handlers.validation.model import REQUEST_MODELS
from infra.config import StackConfig
from openapi import examples, responses, security
from openapi.request_schemas import REFERENCE
from openapi.statuses import Operation
from tooling.sample_order import SAMPLE_ORDER

_CORRELATION_ID: Final = {
    "name": "X-Correlation-Id",
    "in": "header",
    "description": "Correlation ID of the client. Ignored unless it is 1 to 255 visible ASCII "
    "characters without commas.",
    "schema": {"type": "string"},
}
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Makes retries safe: one key creates one order. With JWT authorization, the key "
    "is scoped to the customer. If the body contains an `orderId`, both must be equal. Send the "
    "header at most once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": f"^{TOKEN.pattern}$"},
    "example": examples.KEY,
}
_ORDER_ID: Final = {
    "name": "orderId",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": f"^{text.ORDER_ID}$"},
}
_CUSTOMER_ID: Final = {
    "name": "customerId",
    "in": "path",
    "required": True,
    "schema": {"$ref": REFERENCE.format(model="Line"), "maxLength": text.MAX_SHORT_TEXT},
}
_LIMIT: Final = {
    "name": "limit",
    "in": "query",
    "description": "Maximum number of orders on a page.",
    "schema": {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_LIMIT,
        "default": DEFAULT_LIMIT,
    },
}
_NEXT_TOKEN: Final = {
    "name": "nextToken",
    "in": "query",
    "description": "Pagination token: the `nextToken` of the previous response.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
}
_READ: Final = {
    "summary": "Read an order",
    "description": "Reads are strongly consistent: an order can be read once it is stored.",
    "parameters": [_ORDER_ID, _CORRELATION_ID],
}
_LIST: Final = {
    "summary": "List a customer's orders",
    "description": "Lists are eventually consistent: a new order may be missing, usually for less "
    "than a second. It can be read by its ID at once.",
    "parameters": [_CUSTOMER_ID, _LIMIT, _NEXT_TOKEN, _CORRELATION_ID],
}


def of(config: StackConfig) -> list[Operation]:
    """Return the operations of a stack; without authorization, orders cannot be read."""
    return [Operation.SUBMIT] if config.auth == "none" else list(Operation)


def response_name(operation: Operation, status: int) -> str:
    """Return the name of a response's component."""
    return f"{operation}{status}"


def paths(config: StackConfig) -> dict[str, dict[str, Any]]:
    """Return the operations of each path, by method."""
    submit = _operation(config, Operation.SUBMIT, _submit(config))
    alias = {
        "operationId": f"{Operation.SUBMIT}Alias",
        "summary": "Submit an order (alias of `/orders`)",
    }
    items = {"/orders": {"post": submit}, "/order": {"post": {**submit, **alias}}}
    if Operation.READ in of(config):
        items["/orders/{orderId}"] = {"get": _operation(config, Operation.READ, _READ)}
        items["/customers/{customerId}/orders"] = {"get": _operation(config, Operation.LIST, _LIST)}
    return items


def _operation(config: StackConfig, operation: Operation, own: Mapping[str, Any]) -> dict[str, Any]:
    references = {
        str(status): {"$ref": f"#/components/responses/{response_name(operation, status)}"}
        for status in responses.of(config, operation)
    }
    requirements: list[dict[str, Any]] = [{name: []} for name in security.schemes(config)]
    return {
        "operationId": operation,
        **own,
        "responses": references,
        **({"security": requirements} if requirements else {}),
    }


def _submit(config: StackConfig) -> dict[str, Any]:
    model = REQUEST_MODELS[config.contact].__name__
    return {
        "summary": "Submit an order",
        "parameters": [_IDEMPOTENCY_KEY, _CORRELATION_ID],
        "requestBody": {
            "description": f"UTF-8, at most {MAX_BODY_BYTES} bytes. Objects must not repeat a key.",
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": REFERENCE.format(model=model)},
                    "example": SAMPLE_ORDER,
                }
            },
        },
    }
