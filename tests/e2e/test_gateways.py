"""Refused requests: HTTP APIs and REST APIs refuse the same requests with the same responses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import httpx
import pytest

from local.faults import Fault, Faults
from tests.e2e.hostile_requests import HOSTILE_REQUESTS, Raw
from tests.e2e.support.responses import ORIGIN, check_body
from tests.e2e.support.variants import deploy_variant, stop_workflows
from tests.support import documents
from tests.support.hostile import HOSTILE, Hostile
from tests.support.requests import sample_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import Case

    from local.emulator.emulator import Emulator
    from local.faults import Effect
    from tests.e2e.support.stack import LocalStack

_ORIGIN = {"Origin": ORIGIN}
_JSON = ("Content-Type", "application/json")


@pytest.fixture(scope="module")
def rest(emulator: Emulator) -> LocalStack:
    """A stack with a REST API that allows pages of one origin; it stores orders and no more."""
    config = {"gateway": "rest", "corsOrigins": [ORIGIN], "throttling": {"rateLimit": 1000}}
    return stop_workflows(deploy_variant(emulator, "rest", **config))


@pytest.fixture(scope="module")
def both(stack: LocalStack, rest: LocalStack) -> list[LocalStack]:
    """The local stack, which has an HTTP API, and the one with a REST API."""
    return [stack, rest]


def _stored(stack: LocalStack) -> int:
    table = stack.outputs["ordersTableName"]
    return int(stack.client("dynamodb").scan(TableName=table, Select="COUNT")["Count"])


def _fields(response: httpx.Response, status: int) -> set[str]:
    """The fields that a response with this status names."""
    return {error["field"] for error in check_body(response, status)["errors"]}


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_body_is_refused_with_the_field_at_fault(
    both: list[LocalStack], case: Hostile
) -> None:
    """An invalid order gets a 400 that names the field, or the body, and is not stored."""
    body = "" if case.body is None else case.body
    text = body if isinstance(body, str) else json.dumps(body)
    for stack, fields in zip(both, ({case.field}, {case.field, "body"}), strict=True):
        before = _stored(stack)
        response = stack.post(text.encode(errors="surrogatepass"), headers=_ORIGIN)
        assert _fields(response, 400) & fields
        assert _stored(stack) == before


_REFUSED: dict[str, tuple[int, Any, str]] = {
    "malformed JSON": (400, "{", "body"),
    "no body": (400, "", "body"),
    "no object": (400, "[]", "body"),
    "invalid values": (400, sample_order(customerName="J", currency="usd"), "customerName"),
    "a number as text": (
        400,
        sample_order(items=[{"productId": "P", "quantity": "2", "price": 1}]),
        "items[0].quantity",
    ),
    "unknown field": (400, sample_order(colour="red"), "colour"),
    "too large": (413, sample_order(notes="n" * 10_241), "body"),
    "no JSON by its type": (415, sample_order(), "Content-Type"),
}


@pytest.mark.parametrize("name", _REFUSED)
def test_refusals_are_the_same(both: list[LocalStack], name: str) -> None:
    """Both kinds of gateway refuse a request with one status, shape and field."""
    status, body, field = _REFUSED[name]
    headers = dict(_ORIGIN, **({"Content-Type": "text/plain"} if status == 415 else {}))
    responses = [stack.post(body, headers=headers) for stack in both]
    assert all(field in _fields(response, status) for response in responses)
    assert len({tuple(sorted(response.json())) for response in responses}) == 1


def test_every_violation_is_named_at_once(stack: LocalStack) -> None:
    """One response names every invalid field of an order."""
    body = {"customerName": "J", "items": [{"quantity": 0, "price": -1}], "totalAmount": "much"}
    item = {f"items[0].{field}" for field in ("productId", "quantity", "price")}
    fields = _fields(stack.post(body, headers=_ORIGIN), 400)
    assert fields == {"customerName", "customerEmail", "totalAmount", *item}


def test_conflicts_are_the_same(both: list[LocalStack]) -> None:
    """Another order under a used idempotency key gets a 409 that names it, and is not stored."""
    for stack in both:
        key = str(uuid4())
        assert stack.post(key=key).status_code == 200
        before = _stored(stack)
        response = stack.post(sample_order(notes="another"), key=key, headers=_ORIGIN)
        assert _fields(response, 409) == {"Idempotency-Key"}
        assert _stored(stack) == before


def test_the_alias_takes_orders_too(both: list[LocalStack]) -> None:
    """`POST /order` does what `POST /orders` does."""
    assert [stack.post(path="/order").status_code for stack in both] == [200, 200]


_NOT_FOUND = [
    ("GET", "/ /nothing /orders /orders/1 /orders/a%2Fb /orders/1/ /customers//orders"),
    ("GET", "/customers/a%2Fb/orders"),
    ("POST", "/ /orders/ /orders// //orders /order/ /ORDERS /orders%2F"),
    *((method, "/orders") for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")),
]


@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for method, paths in _NOT_FOUND for path in paths.split()]
)
def test_what_is_not_there_is_not_found(both: list[LocalStack], method: str, path: str) -> None:
    """Paths and methods that the stack does not serve get one and the same 404."""
    for stack in both:
        content = json.dumps(sample_order()) if method == "POST" else None
        headers = dict([_JSON], **_ORIGIN)
        body = check_body(stack.send(method, path, content=content, headers=headers), 404)
        assert body["error"] == "Not found"
        assert body["message"] == "The requested resource does not exist"


@pytest.mark.parametrize("path", ["/", "/orders", "/order", "/nothing"])
def test_heads_are_not_found(both: list[LocalStack], path: str) -> None:
    """No path has the method HEAD."""
    for stack in both:
        assert stack.send("HEAD", path, headers=_ORIGIN).status_code == 404


@pytest.mark.parametrize(
    ("status", "field", "query", "headers"),
    [
        (400, "_", "?_=1", [_JSON]),
        (400, "a", "?a=1&a=2", [_JSON]),
        (400, "Idempotency-Key", "", [_JSON, ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]),
        (400, "Idempotency-Key", "", [_JSON, ("Idempotency-Key", "a"), ("idempotency-key", "a")]),
        (400, "Idempotency-Key", "", [_JSON, ("Idempotency-Key", "a,b")]),
        (415, "Content-Type", "", [_JSON, _JSON]),
        (415, "Content-Type", "", [("Content-Type", f"{_JSON[1]}; charset=latin1")]),
        (415, "Content-Type", "", [("Content-Type", f"{_JSON[1]}{'; charset=utf-8' * 2}")]),
    ],
)
def test_parameters_and_repeated_headers_are_refused_alike(
    both: list[LocalStack], status: int, field: str, query: str, headers: list[tuple[str, str]]
) -> None:
    """Both gateways refuse unknown parameters, repeated headers and other charsets alike."""
    for stack in both:
        all_headers = [("Origin", ORIGIN), *headers]
        content = json.dumps(sample_order())
        response = stack.send("POST", f"/orders{query}", content=content, headers=all_headers)
        assert _fields(response, status) == {field}


def test_other_encodings_are_refused(both: list[LocalStack]) -> None:
    """Text that is not UTF-8 is refused, also where its content type does not say so."""
    body = json.dumps(sample_order(customerName="Zoé"), ensure_ascii=False).encode("latin-1")
    for stack in both:
        assert _fields(stack.post(body, headers=_ORIGIN), 400) == {"body"}


def test_allowed_pages_send_preflights_and_orders(both: list[LocalStack]) -> None:
    """A CORS preflight of an allowed page succeeds, and allows what the page's order needs."""
    headers = {
        **_ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,idempotency-key",
    }
    for stack in both:
        preflight = stack.send("OPTIONS", "/orders", headers=headers)
        assert preflight.status_code == 204
        assert "POST" in preflight.headers["Access-Control-Allow-Methods"].split(",")
        allowed = set(preflight.headers["Access-Control-Allow-Headers"].split(","))
        assert {"content-type", "idempotency-key"} <= allowed
        order = stack.post(headers=_ORIGIN)
        assert order.status_code == 200
        for response in (preflight, order, stack.post("{}", headers=_ORIGIN)):
            (origin,) = response.headers.get_list("Access-Control-Allow-Origin")
            assert origin in ("*", ORIGIN)


@pytest.mark.parametrize(
    ("effect", "http_api", "rest_api"),
    [
        ("refuse", (503, "Service Unavailable"), (500, "Internal server error")),
        ("crash", (500, "Internal Server Error"), (502, "Internal server error")),
    ],
)
def test_a_function_that_does_not_respond_is_the_gateways_error(
    both: list[LocalStack],
    effect: Effect,
    http_api: tuple[int, str],
    rest_api: tuple[int, str],
) -> None:
    """A throttled or killed function is each gateway's own response on AWS, without internals."""
    for stack, (status, message) in zip(both, (http_api, rest_api), strict=True):
        faults = Faults({**stack.outputs, **stack.emulator.connection})
        faults.inject(Fault(hop="orders", effect=effect))
        try:
            response = stack.post()
        finally:
            faults.remove("orders")
        assert (response.status_code, response.json()) == (status, {"message": message})


def test_the_gateways_own_log_has_a_group(rest: LocalStack) -> None:
    """The stack has the log group that API Gateway writes to, and it expires."""
    name = f"API-Gateway-Execution-Logs_{rest.outputs['apiId']}/rest"
    (group,) = rest.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["retentionInDays"] == 7


def test_other_addresses_are_refused(emulator: Emulator) -> None:
    """With `rest.allowedIpRanges`, a request from another address is refused in the API's shape."""
    rest = {"allowedIpRanges": ["192.0.2.0/24"]}
    elsewhere = deploy_variant(emulator, "elsewhere", gateway="rest", rest=rest)
    assert check_body(elsewhere.post(), 403)["error"] == "Forbidden"


class Gateway(NamedTuple):
    """An API, and what its document says of `POST /orders`."""

    name: str
    endpoint: httpx.URL
    documented: Case[Any]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """A client that keeps its connections."""
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def gateways(both: list[LocalStack]) -> list[Gateway]:
    """Both APIs with their documents."""
    paths = ("docs/openapi.json", "examples/openapi.event-driven.json")
    return [_gateway(stack, path) for stack, path in zip(both, paths, strict=True)]


def _gateway(stack: LocalStack, path: str) -> Gateway:
    import schemathesis  # noqa: PLC0415 (it takes a second of every process that imports it)

    operation = schemathesis.openapi.from_dict(dict(documents.load(path)))["/orders"]["post"]
    return Gateway(path, httpx.URL(stack.outputs["apiEndpoint"]), operation.Case())


@pytest.mark.parametrize("sent", HOSTILE_REQUESTS, ids=lambda sent: sent.name[:60])
def test_a_hostile_request_gets_a_documented_response(
    client: httpx.Client, gateways: list[Gateway], sent: Raw
) -> None:
    """Every request gets the expected status, and a response that the document describes."""
    for gateway in gateways:
        response = _send(client, gateway.endpoint, sent)
        statuses = sent.status if isinstance(sent.status, tuple) else (sent.status,)
        assert response.status_code in statuses, gateway.name
        if response.status_code == 404:
            assert response.json().keys() == {"error", "message", "requestId"}
        else:
            gateway.documented.validate_response(response)


def _send(client: httpx.Client, endpoint: httpx.URL, sent: Raw) -> httpx.Response:
    url = endpoint.copy_with(raw_path=endpoint.raw_path + sent.path.encode())
    headers = [
        (name.encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in sent.headers
    ]
    request = client.build_request(sent.method, url, content=sent.body, headers=headers)
    if "Transfer-Encoding" in request.headers:
        del request.headers["Content-Length"]
    return client.send(request)


def test_hostile_requests_have_names_of_their_own() -> None:
    """No hostile request hides another one in a test report."""
    names = [sent.name for sent in HOSTILE_REQUESTS]
    assert len(names) == len(set(names))
