"""Which answers a stack gives: each with its status, its body, and the headers that it always has.

The functions answer, and so does the gateway in front of them, of either kind, where no function is reached.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from pydantic import BaseModel

from infra.config import StackConfig
from openapi.operation import Operation
from openapi.response_schemas import (
    Accepted,
    Error,
    GatewayMessage,
    OrderPage,
    Queued,
    Refused,
    StoredOrder,
)

_EVERY: Final = ("X-Request-Id", "Cache-Control")
_LATER: Final = (*_EVERY, "Retry-After")


class Answer(NamedTuple):
    """One of the answers that there can be."""

    status: int
    body: type[BaseModel]
    headers: Sequence[str] = _EVERY


def answers(config: StackConfig, operation: Operation) -> list[Answer]:
    """Return the answers to an operation; of some statuses there are two, by the function and by the gateway."""
    return [*_function(config, operation), *_GATEWAYS[config.gateway](config, operation)]


def _function(config: StackConfig, operation: Operation) -> Iterator[Answer]:
    """Yield what the functions answer: `handlers/http/response.py` and `handlers/lookup/responses.py`."""
    if operation is Operation.SUBMIT:
        yield {"direct": Answer(200, Accepted), "queued": Answer(202, Queued)}[config.ingestion]
        # Whether a key is taken, only the table knows.
        refused = (400, 409, 413, 415) if config.ingestion == "direct" else (400, 413, 415)
        yield from (Answer(status, Refused) for status in refused)
    else:
        yield Answer(200, StoredOrder if operation is Operation.READ else OrderPage)
        yield from (Answer(400, Refused), Answer(404, Error))
    if config.auth == "jwt":
        yield Answer(403, Error)
    yield from (Answer(500, Error), Answer(503, Error, _LATER))


def _http(config: StackConfig, operation: Operation) -> Iterator[Answer]:
    """Yield what an HTTP API answers by itself, in words that cannot be changed (docs/adr/0014)."""
    callers = {"none": (), "jwt": (401, 403), "iam": (403,)}[config.auth]
    too_large = (413,) if operation is Operation.SUBMIT else ()
    yield from (
        Answer(status, GatewayMessage, ()) for status in (*callers, *too_large, 429, 500, 503)
    )


def _rest(config: StackConfig, operation: Operation) -> Iterator[Answer]:
    """Yield what a REST API answers by itself: `infra/gateway/rest/gateway_responses.py`."""
    if config.auth != "none" or config.allowed_ip_ranges or config.waf:
        yield Answer(403, Error)
    if operation is Operation.SUBMIT:
        yield Answer(400, Refused)
        yield Answer(413, GatewayMessage, ())  # above 10 MB; nobody can change these words either
    yield from (
        Answer(429, Error, _LATER),
        Answer(500, Error),
        Answer(502, Error),
        Answer(504, Error, _LATER),
    )


_GATEWAYS: Final[Mapping[str, Callable[[StackConfig, Operation], Iterator[Answer]]]] = {
    "http": _http,
    "rest": _rest,
}
