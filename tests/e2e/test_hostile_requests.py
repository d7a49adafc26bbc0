"""What no honest client sends over HTTP, through either kind of gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest
import schemathesis

from tests.support import documents
from tests.support.hostile_requests import HOSTILE_REQUESTS, Sent
from tests.support.variants import deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import Case

    from tests.support.stack import LocalStack


class Front(NamedTuple):
    """A front door, and what its document says of `POST /orders`."""

    name: str
    endpoint: httpx.URL
    documented: Case[Any]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """A client that adds as little as it can, and keeps its connections."""
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def fronts(stack: LocalStack) -> list[Front]:
    """The local stack, which has an HTTP API, and one with a REST API."""
    rest = deployed(stack.emulator, "hostile", gateway="rest", throttling={"rateLimit": 1000})
    return [_front(stack, "docs/openapi.json"), _front(rest, "examples/openapi.event-driven.json")]


def _front(stack: LocalStack, path: str) -> Front:
    operation = schemathesis.openapi.from_dict(dict(documents.committed(path)))["/orders"]["post"]
    return Front(path, httpx.URL(stack.outputs["apiEndpoint"]), operation.Case())


@pytest.mark.parametrize("sent", HOSTILE_REQUESTS, ids=lambda sent: sent.name[:60])
def test_a_hostile_request_gets_a_documented_answer(client: httpx.Client, fronts: list[Front], sent: Sent) -> None:
    """Whatever a request holds, its answer has the right status and is what the document says, headers and all."""
    for front in fronts:
        answer = _send(client, front.endpoint, sent)
        assert answer.status_code in (sent.status if isinstance(sent.status, tuple) else (sent.status,)), front.name
        if answer.status_code == 404:
            assert answer.json().keys() == {"error", "message", "requestId"}
        else:
            front.documented.validate_response(answer)


def _send(client: httpx.Client, endpoint: httpx.URL, sent: Sent) -> httpx.Response:
    url = endpoint.copy_with(raw_path=endpoint.raw_path + sent.path.encode())
    headers = [(name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in sent.headers]
    request = client.build_request(sent.method, url, content=sent.body, headers=headers)
    if "Transfer-Encoding" in request.headers:
        del request.headers["Content-Length"]
    return client.send(request)


def test_hostile_requests_have_names_of_their_own() -> None:
    """No hostile request hides another one in a test report."""
    names = [sent.name for sent in HOSTILE_REQUESTS]
    assert len(names) == len(set(names))
