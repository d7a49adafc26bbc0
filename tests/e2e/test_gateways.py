"""What is refused, and in which words, whichever kind of gateway stands in front."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import httpx
import pytest

from tests.e2e.support.hostile_requests import HOSTILE_REQUESTS, Sent
from tests.e2e.support.responses import ORIGIN, check_body
from tests.e2e.support.variants import deployed, stop_workflows
from tests.support import documents
from tests.support.hostile import HOSTILE, Hostile
from tests.support.requests import an_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import Case

    from local.emulator import Emulator
    from tests.e2e.support.stack import LocalStack


class Refused(NamedTuple):
    """A request that no gateway lets pass, and what its answer names."""

    name: str
    status: int
    body: Any
    field: str
    headers: dict[str, str] | None = None


_REFUSED = [
    Refused("malformed JSON", 400, "{", "body"),
    Refused("no body", 400, "", "body"),
    Refused("no object", 400, "[]", "body"),
    Refused("broken rules", 400, an_order(customerName="J", currency="usd"), "customerName"),
    Refused(
        "a number as text",
        400,
        an_order(items=[{"productId": "P", "quantity": "2", "price": 1}]),
        "items[0].quantity",
    ),
    Refused("unknown field", 400, an_order(colour="red"), "colour"),
    Refused("too large", 413, an_order(notes="n" * 10_241), "body"),
    Refused("no JSON by its type", 415, an_order(), "Content-Type", {"Content-Type": "text/plain"}),
]


@pytest.fixture(scope="module")
def rest(emulator: Emulator) -> LocalStack:
    """A stack with a REST API, whose pages are of one origin, in which orders are stored and no more."""
    config = {"gateway": "rest", "corsOrigins": [ORIGIN], "throttling": {"rateLimit": 1000}}
    return stop_workflows(deployed(emulator, "rest", **config))


@pytest.fixture(scope="module")
def both(stack: LocalStack, rest: LocalStack) -> list[LocalStack]:
    """The local stack, which has an HTTP API, and the one with a REST API."""
    return [stack, rest]


@pytest.mark.parametrize("case", _REFUSED, ids=lambda case: case.name)
def test_refusals_are_the_same(both: list[LocalStack], case: Refused) -> None:
    """Each refused request gets the same status and error from both kinds of gateway, and the field at fault."""
    bodies = [
        check_body(
            stack.post(case.body, headers={"Origin": ORIGIN, **(case.headers or {})}), case.status
        )
        for stack in both
    ]
    assert all(case.field in {error["field"] for error in body["errors"]} for body in bodies)
    assert len({tuple(sorted(body)) for body in bodies}) == 1


def test_conflicts_are_the_same(both: list[LocalStack]) -> None:
    """An idempotency key that belongs to another order is refused by name."""
    for stack in both:
        key = str(uuid4())
        assert stack.post(key=key).status_code == 200
        answer = stack.post(an_order(notes="another"), key=key, headers={"Origin": ORIGIN})
        assert check_body(answer, 409)["errors"][0]["field"] == "Idempotency-Key"


_NOWHERE = [
    *(("GET", path) for path in ("/", "/nothing", "/orders", "/orders/1")),
    *((method, "/orders") for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")),
    *(
        ("POST", path)
        for path in ("/", "/orders/", "/orders//", "//orders", "/order/", "/ORDERS", "/orders%2F")
    ),
    *(
        ("GET", path)
        for path in ("/orders/a%2Fb", "/orders/1/", "/customers//orders", "/customers/a%2Fb/orders")
    ),
]


@pytest.mark.parametrize(("method", "path"), _NOWHERE)
def test_what_is_not_there_is_not_found(both: list[LocalStack], method: str, path: str) -> None:
    """Paths and methods that the stack does not serve get one and the same 404."""
    for stack in both:
        content = json.dumps(an_order()) if method == "POST" else None
        headers = {"Origin": ORIGIN, "Content-Type": "application/json"}
        body = check_body(stack.send(method, path, content=content, headers=headers), 404)
        assert (body["error"], body["message"]) == (
            "Not found",
            "The requested resource does not exist",
        )


@pytest.mark.parametrize("path", ["/", "/orders", "/order", "/nothing"])
def test_heads_are_not_found(both: list[LocalStack], path: str) -> None:
    """No path has the method HEAD."""
    for stack in both:
        assert stack.send("HEAD", path, headers={"Origin": ORIGIN}).status_code == 404


_JSON = ("Content-Type", "application/json")


@pytest.mark.parametrize(
    ("status", "field", "query", "headers"),
    [
        (400, "_", "?_=1", [_JSON]),
        (400, "a", "?a=1&a=2", [_JSON]),
        (400, "Idempotency-Key", "", [_JSON, ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]),
        (400, "Idempotency-Key", "", [_JSON, ("Idempotency-Key", "a"), ("idempotency-key", "a")]),
        (400, "Idempotency-Key", "", [_JSON, ("Idempotency-Key", "a,b")]),
        (415, "Content-Type", "", [_JSON, _JSON]),
        (415, "Content-Type", "", [("Content-Type", "application/json; charset=latin1")]),
        (
            415,
            "Content-Type",
            "",
            [("Content-Type", "application/json; charset=utf-8; charset=utf-8")],
        ),
    ],
)
def test_parameters_and_repeated_headers_are_refused_alike(
    both: list[LocalStack], status: int, field: str, query: str, headers: list[tuple[str, str]]
) -> None:
    """An unknown parameter, a header that is sent twice and another charset get one response from both gateways."""
    for stack in both:
        sent = [("Origin", ORIGIN), *headers]
        answer = stack.send("POST", f"/orders{query}", content=json.dumps(an_order()), headers=sent)
        assert [error["field"] for error in check_body(answer, status)["errors"]] == [field]


def test_other_encodings_are_refused(both: list[LocalStack]) -> None:
    """Text that is not UTF-8 is refused, also where its content type does not say so."""
    body = json.dumps(an_order(customerName="Zoé"), ensure_ascii=False).encode("latin-1")
    for stack in both:
        answer = stack.post(body, headers={"Origin": ORIGIN})
        assert [error["field"] for error in check_body(answer, 400)["errors"]] == ["body"]


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_body_gets_no_further(rest: LocalStack, case: Hostile) -> None:
    """Whatever is no order gets a 400 in the API's shape, from the gateway, or from the function with the field."""
    body = (
        case.body
        if isinstance(case.body, str)
        else json.dumps(case.body)
        if case.body is not None
        else ""
    )
    answer = rest.post(body.encode(errors="surrogatepass"), headers={"Origin": ORIGIN})
    assert {error["field"] for error in check_body(answer, 400)["errors"]} & {case.field, "body"}


def test_browsers_may_ask_and_order(both: list[LocalStack]) -> None:
    """A preflight of an allowed page succeeds, and allows what the page's order needs."""
    asking = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,idempotency-key",
    }
    for stack in both:
        answer = stack.send("OPTIONS", "/orders", headers=asking)
        assert answer.status_code == 204
        assert answer.headers["Access-Control-Allow-Origin"] in ("*", ORIGIN)
        assert "POST" in answer.headers["Access-Control-Allow-Methods"].split(",")
        assert {"content-type", "idempotency-key"} <= set(
            answer.headers["Access-Control-Allow-Headers"].split(",")
        )
        ordered = stack.post(headers={"Origin": ORIGIN})
        assert ordered.status_code == 200
        assert ordered.headers["Access-Control-Allow-Origin"] in ("*", ORIGIN)


def test_the_gateways_own_log_has_a_group(rest: LocalStack) -> None:
    """The stack has created the log group that API Gateway writes its own lines to, and it expires."""
    name = f"API-Gateway-Execution-Logs_{rest.outputs['apiId']}/rest"
    (group,) = rest.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["retentionInDays"] == 7


def test_other_addresses_are_refused(emulator: Emulator) -> None:
    """With `allowedIpRanges` a request from elsewhere is refused in the API's own words."""
    elsewhere = deployed(emulator, "elsewhere", gateway="rest", allowedIpRanges=["192.0.2.0/24"])
    assert check_body(elsewhere.post(), 403)["error"] == "Forbidden"


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
def fronts(both: list[LocalStack]) -> list[Front]:
    """Both gateways with their documents."""
    paths = ("docs/openapi.json", "examples/openapi.event-driven.json")
    return [_front(stack, path) for stack, path in zip(both, paths, strict=True)]


def _front(stack: LocalStack, path: str) -> Front:
    import schemathesis  # noqa: PLC0415 (it takes a second of every process that imports it)

    operation = schemathesis.openapi.from_dict(dict(documents.load(path)))["/orders"]["post"]
    return Front(path, httpx.URL(stack.outputs["apiEndpoint"]), operation.Case())


@pytest.mark.parametrize("sent", HOSTILE_REQUESTS, ids=lambda sent: sent.name[:60])
def test_a_hostile_request_gets_a_documented_answer(
    client: httpx.Client, fronts: list[Front], sent: Sent
) -> None:
    """Whatever a request holds, its answer has the right status and is what the document says, headers and all."""
    for front in fronts:
        answer = _send(client, front.endpoint, sent)
        assert answer.status_code in (
            sent.status if isinstance(sent.status, tuple) else (sent.status,)
        ), front.name
        if answer.status_code == 404:
            assert answer.json().keys() == {"error", "message", "requestId"}
        else:
            front.documented.validate_response(answer)


def _send(client: httpx.Client, endpoint: httpx.URL, sent: Sent) -> httpx.Response:
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
