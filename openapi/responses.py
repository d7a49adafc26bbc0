"""The answers to each operation, as the document describes them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from infra.config import StackConfig
from openapi import examples
from openapi.operation import Operation
from openapi.request_body import REFERENCE
from openapi.statuses import Answer, answers

_DESCRIPTIONS: Final = {
    202: "The order is in the queue, and will be stored. The same request again is answered with 202 again.",
    400: "The request breaks rules; all of them are named, or the first 100. A query parameter that is not described "
    "breaks one, too.",
    401: "The token is missing, or not valid.",
    403: "The caller may not do this.",
    404: "There is no such thing, or none for this caller.",
    409: "The key, or the `orderId`, belongs to an order with other content.",
    413: "The body is larger than 10 KB.",
    415: "The body is not JSON in UTF-8 by its `Content-Type`.",
    429: "Too many requests: send the same one again later.",
    500: "Our fault; the request ID finds its cause in the logs.",
    502: "Our fault; the request ID finds its cause in the logs.",
    503: "Temporarily out of order: send the same request again later.",
    504: "No answer in time: send the same request again later.",
}
_SUCCESS: Final = {
    Operation.SUBMIT: "The order is stored; everything else follows by itself.",
    Operation.READ: "The order.",
    Operation.LIST: "Some of the customer's orders, newest first.",
}

_HEADERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "X-Request-Id": {
        "description": "Finds the request in the logs.",
        "schema": {"type": "string", "minLength": 1},
    },
    "Cache-Control": {"description": "No answer may be kept.", "schema": {"const": "no-store"}},
    "Access-Control-Allow-Origin": {
        "description": "The origin whose pages may read the answer in a browser, or `*` for all.",
        "schema": {"type": "string", "minLength": 1},
    },
    "Idempotent-Replayed": {
        "description": "There if an earlier request had stored the order.",
        "schema": {"const": "true"},
    },
    "Retry-After": {
        "description": "After how many seconds to send the same request again.",
        "schema": {"type": "integer", "minimum": 1},
    },
}

# How an answer can be followed up, where orders can be read.
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
    """Return the answers to an operation, by their statuses."""
    by_status = groupby(sorted(answers(config, operation), key=_status), key=_status)
    found = {status: _response(operation, status, list(said)) for status, said in by_status}
    if config.auth != "none" and (links := _LINKS[operation]):
        found[min(found)]["links"] = links
    return found


def _status(answer: Answer) -> int:
    return answer.status


def _response(operation: Operation, status: int, said: Sequence[Answer]) -> dict[str, Any]:
    names = dict.fromkeys(each.body.__name__ for each in said)
    first, *others = ({"$ref": REFERENCE.format(model=name)} for name in names)
    example = examples.answer_to(operation, status)
    return {
        "description": _DESCRIPTIONS.get(status) or _SUCCESS[operation],
        "headers": dict(_headers(operation, status, said)),
        "content": {
            "application/json": {
                "schema": {"anyOf": [first, *others]} if others else first,
                **({"example": example} if example else {}),
            }
        },
    }


def _headers(
    operation: Operation, status: int, said: Sequence[Answer]
) -> Iterator[tuple[str, Any]]:
    """Yield the headers of an answer; those that whoever speaks sends are required."""
    replayed = {"Idempotent-Replayed"} if (operation, status) == (Operation.SUBMIT, 200) else set()
    possible = {"Access-Control-Allow-Origin", *replayed}.union(*(each.headers for each in said))
    for name in filter(possible.__contains__, _HEADERS):
        always = all(name in each.headers for each in said)
        yield name, {**_HEADERS[name], **({"required": True} if always else {})}
