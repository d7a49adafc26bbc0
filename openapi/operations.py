"""The paths of a stack's API, and what can be asked for at each."""

from collections.abc import Mapping
from typing import Any, Final

from handlers.http.request import MAX_BODY_BYTES, TOKEN
from handlers.validation import text
from handlers.validation.model import REQUEST_MODELS
from infra.config import StackConfig
from openapi import examples, responses, security
from openapi.operation import Operation
from openapi.request_body import REFERENCE

_CORRELATION_ID: Final = {
    "name": "X-Correlation-Id",
    "in": "header",
    "description": "The client's own name for what it does; taken over if it is 1 to 255 visible ASCII characters "
    "without commas.",
    "schema": {"type": "string"},
}
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "One key, one order: with it the request may be sent again at will. "
    "Where callers are known, it is scoped to the caller. It may stand beside an equal `orderId`, but not beside "
    "another one. It may be sent once.",
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
    "schema": {"$ref": REFERENCE.format(model="Line"), "maxLength": text.SHORT},
}
_LIMIT: Final = {
    "name": "limit",
    "in": "query",
    "description": "How many orders a page may hold.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
}
_NEXT_TOKEN: Final = {
    "name": "nextToken",
    "in": "query",
    "description": "Where the page begins, as the answer before said.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
}
_READ: Final = {
    "summary": "Read an order",
    "description": "Reads are consistent: an order is found as soon as it is stored.",
    "parameters": [_ORDER_ID, _CORRELATION_ID],
}
_LIST: Final = {
    "summary": "List a customer's orders",
    "description": "Lists are eventually consistent: a new order may be missing for a moment, usually below a second. "
    "Its ID finds it at once.",
    "parameters": [_CUSTOMER_ID, _LIMIT, _NEXT_TOKEN, _CORRELATION_ID],
}


def of(config: StackConfig) -> list[Operation]:
    """Return what a stack can be asked for: who is not known, reads nothing."""
    return [Operation.SUBMIT] if config.auth == "none" else list(Operation)


def answer_name(operation: Operation, status: int) -> str:
    """Return the name under which an answer is described."""
    return f"{operation}{status}"


def paths(config: StackConfig) -> dict[str, dict[str, Any]]:
    """Return what can be asked for at each path, by method."""
    submit = _operation(config, Operation.SUBMIT, _submit(config))
    alias = {
        "operationId": f"{Operation.SUBMIT}Alias",
        "summary": "Submit an order, by the path's other name",
    }
    found = {"/orders": {"post": submit}, "/order": {"post": {**submit, **alias}}}
    if Operation.READ in of(config):
        found["/orders/{orderId}"] = {"get": _operation(config, Operation.READ, _READ)}
        found["/customers/{customerId}/orders"] = {"get": _operation(config, Operation.LIST, _LIST)}
    return found


def _operation(config: StackConfig, operation: Operation, own: Mapping[str, Any]) -> dict[str, Any]:
    answers = {
        str(status): {"$ref": f"#/components/responses/{answer_name(operation, status)}"}
        for status in responses.of(config, operation)
    }
    secured: list[dict[str, Any]] = [{name: []} for name in security.schemes(config)]
    return {
        "operationId": operation,
        **own,
        "responses": answers,
        **({"security": secured} if secured else {}),
    }


def _submit(config: StackConfig) -> dict[str, Any]:
    model = REQUEST_MODELS[config.contact].__name__
    return {
        "summary": "Submit an order",
        "parameters": [_IDEMPOTENCY_KEY, _CORRELATION_ID],
        "requestBody": {
            "description": f"In UTF-8, {MAX_BODY_BYTES} bytes at most. No object may hold a key twice.",
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": REFERENCE.format(model=model)},
                    "example": examples.REQUEST,
                }
            },
        },
    }
