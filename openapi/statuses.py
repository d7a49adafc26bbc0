"""Responses of each operation by status, with their bodies and required headers.

Both the functions and the API gateway respond; the gateway does if no function is invoked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from pydantic import BaseModel

from infra.config import StackConfig
from openapi.response_schemas import (
    Accepted,
    Error,
    GatewayMessage,
    OrderPage,
    Queued,
    Refused,
    StoredOrder,
)

_HEADERS: Final = ("X-Request-Id", "Cache-Control")
_WITH_RETRY: Final = (*_HEADERS, "Retry-After")


class Operation(StrEnum):
    """The operations, by `operationId`."""

    SUBMIT = "submitOrder"
    READ = "readOrder"
    LIST = "listOrders"


class Response(NamedTuple):
    """A response with the headers that it always has."""

    status: int
    body: type[BaseModel]
    headers: Sequence[str] = _HEADERS


def responses(config: StackConfig, operation: Operation) -> list[Response]:
    """Return the responses to an operation; function and gateway may share a status."""
    return [*_function(config, operation), *_GATEWAYS[config.gateway](config, operation)]


def _function(config: StackConfig, operation: Operation) -> Iterator[Response]:
    """Yield the responses of `handlers/http/response.py` and `handlers/lookup/responses.py`."""
    if operation is Operation.SUBMIT:
        yield {"direct": Response(200, Accepted), "queued": Response(202, Queued)}[config.ingestion]
        # Only a direct write to the table detects that a key is taken.
        refused = (400, 409, 413, 415) if config.ingestion == "direct" else (400, 413, 415)
        yield from (Response(status, Refused) for status in refused)
    else:
        yield Response(200, StoredOrder if operation is Operation.READ else OrderPage)
        yield from (Response(400, Refused), Response(404, Error))
    if config.auth == "jwt":
        yield Response(403, Error)
    yield from (Response(500, Error), Response(503, Error, _WITH_RETRY))


def _http(config: StackConfig, operation: Operation) -> Iterator[Response]:
    """Yield the responses of an HTTP API, which are not configurable (docs/adr/0014)."""
    callers = {"none": (), "jwt": (401, 403), "iam": (403,)}[config.auth]
    too_large = (413,) if operation is Operation.SUBMIT else ()
    yield from (
        Response(status, GatewayMessage, ()) for status in (*callers, *too_large, 429, 500, 503)
    )


def _rest(config: StackConfig, operation: Operation) -> Iterator[Response]:
    """Yield the gateway responses of `infra/gateway/rest/gateway_responses.py`."""
    if config.auth != "none" or config.rest.allowed_ip_ranges or config.rest.waf:
        yield Response(403, Error)
    if operation is Operation.SUBMIT:
        yield Response(400, Refused)
        yield Response(413, GatewayMessage, ())  # above 10 MB; not configurable
    yield from (
        Response(429, Error, _WITH_RETRY),
        Response(500, Error),
        Response(502, Error),
        Response(504, Error, _WITH_RETRY),
    )


_GATEWAYS: Final[Mapping[str, Callable[[StackConfig, Operation], Iterator[Response]]]] = {
    "http": _http,
    "rest": _rest,
}
