"""Responses of each operation, as the OpenAPI document describes them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from infra.config import StackConfig
from openapi import examples, statuses
from openapi.request_schemas import REFERENCE
from openapi.statuses import Operation, Response

_DESCRIPTIONS: Final = {
    202: "The order is queued and will be stored. A repeated request returns 202 again.",
    400: "Validation failed: the response lists all violations, or the first 100. Unknown query "
    "parameters are violations as well.",
    401: "The token is missing or invalid.",
    403: "The caller is not authorized.",
    404: "Not found, or not visible to this caller.",
    409: "The idempotency key or `orderId` was already used for a different order.",
    413: "The body is larger than 10 KB.",
    415: "The `Content-Type` is not JSON in UTF-8.",
    429: "Too many requests: retry later.",
    500: "Internal error: quote `X-Request-Id` to support.",
    502: "Internal error: quote `X-Request-Id` to support.",
    503: "Service unavailable: retry later.",
    504: "Gateway timeout: retry later.",
}
_SUCCESS: Final = {
    Operation.SUBMIT: "The order is stored and will be processed.",
    Operation.READ: "The order.",
    Operation.LIST: "A page of the customer's orders, newest first.",
}

_HEADERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "X-Request-Id": {
        "description": "Request ID, also written to the logs.",
        "schema": {"type": "string", "minLength": 1},
    },
    "Cache-Control": {
        "description": "Responses must not be cached.",
        "schema": {"const": "no-store"},
    },
    "Access-Control-Allow-Origin": {
        "description": "Origin that may read the response in a browser; `*` for all.",
        "schema": {"type": "string", "minLength": 1},
    },
    "Idempotent-Replayed": {
        "description": "Present if an earlier request stored the order.",
        "schema": {"const": "true"},
    },
    "Retry-After": {
        "description": "Seconds to wait before the retry.",
        "schema": {"type": "integer", "minimum": 1},
    },
}

_ORDER: Final = {
    "operationId": Operation.READ,
    "parameters": {"orderId": "$response.body#/orderId"},
}
_ORDERS: Final = {
    "operationId": Operation.LIST,
    "parameters": {"customerId": "$response.body#/customerId"},
}
_LINKS: Final[Mapping[Operation, Mapping[str, Any]]] = {
    Operation.SUBMIT: {"order": _ORDER},
    Operation.READ: {"orders": _ORDERS},
    Operation.LIST: {},
}


def of(config: StackConfig, operation: Operation) -> dict[int, Any]:
    """Return the responses to an operation, by status."""
    status = attrgetter("status")
    by_status = groupby(sorted(statuses.responses(config, operation), key=status), key=status)
    described = {
        status: _response(operation, status, list(variants)) for status, variants in by_status
    }
    if config.auth != "none" and (links := _LINKS[operation]):
        described[min(described)]["links"] = links
    return described


def _response(operation: Operation, status: int, variants: Sequence[Response]) -> dict[str, Any]:
    names = dict.fromkeys(each.body.__name__ for each in variants)
    first, *others = ({"$ref": REFERENCE.format(model=name)} for name in names)
    example = examples.response_body(operation, status)
    return {
        "description": _DESCRIPTIONS.get(status) or _SUCCESS[operation],
        "headers": dict(_headers(operation, status, variants)),
        "content": {
            "application/json": {
                "schema": {"anyOf": [first, *others]} if others else first,
                **({"example": example} if example else {}),
            }
        },
    }


def _headers(
    operation: Operation, status: int, variants: Sequence[Response]
) -> Iterator[tuple[str, Any]]:
    """Yield the headers of a response; those that every variant has are required."""
    replayed = {"Idempotent-Replayed"} if (operation, status) == (Operation.SUBMIT, 200) else set()
    names = {"Access-Control-Allow-Origin", *replayed}.union(*(each.headers for each in variants))
    for name in filter(names.__contains__, _HEADERS):
        required = all(name in each.headers for each in variants)
        yield name, {**_HEADERS[name], **({"required": True} if required else {})}
