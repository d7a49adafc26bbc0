"""What is refused, and in which words, whichever kind of gateway stands in front."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import httpx
import pytest

from tests.support import callers
from tests.support.hostile import HOSTILE, Hostile
from tests.support.requests import an_order
from tests.support.variants import deployed

if TYPE_CHECKING:
    from tests.support.stack import LocalStack

_ORIGIN = "https://shop.example.com"

_TWO_AT_ONCE = {"rateLimit": 1, "burstLimit": 2}


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
        "a number as text", 400, an_order(items=[{"productId": "P", "quantity": "2", "price": 1}]), "items[0].quantity"
    ),
    Refused("unknown field", 400, an_order(colour="red"), "colour"),
    Refused("too large", 413, an_order(notes="n" * 10_241), "body"),
    Refused("no JSON by its type", 415, an_order(), "Content-Type", {"Content-Type": "text/plain"}),
]


@pytest.fixture(scope="module")
def rest(stack: LocalStack) -> LocalStack:
    """A stack with a REST API, whose pages are of one origin."""
    return deployed(stack.emulator, "rest", gateway="rest", corsOrigins=[_ORIGIN])


@pytest.fixture(scope="module")
def both(stack: LocalStack, rest: LocalStack) -> list[LocalStack]:
    """The local stack, which has an HTTP API, and the one with a REST API."""
    return [stack, rest]


@pytest.fixture(scope="module")
def with_keys(stack: LocalStack) -> LocalStack:
    """A stack whose clients have a key each, and are soon throttled."""
    return deployed(
        stack.emulator, "throttled", gateway="rest", auth="apiKey", apiKeys=["app", "web"], throttling=_TWO_AT_ONCE
    )


@pytest.fixture(scope="module")
def signed(stack: LocalStack) -> LocalStack:
    """A REST API that asks for signatures."""
    return deployed(stack.emulator, "iam", gateway="rest", auth="iam")


def _check(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Check what every answer has, and return its body."""
    body: dict[str, Any] = answer.json()
    assert answer.status_code == status
    assert body["requestId"] == answer.headers["X-Request-Id"]
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", _ORIGIN)
    return body


@pytest.mark.parametrize("case", _REFUSED, ids=lambda case: case.name)
def test_refusals_are_the_same(both: list[LocalStack], case: Refused) -> None:
    """Each refused request gets the same status and error from both kinds of gateway, and the field at fault."""
    bodies = [
        _check(stack.post(case.body, headers={"Origin": _ORIGIN, **(case.headers or {})}), case.status)
        for stack in both
    ]
    assert all(case.field in {error["field"] for error in body["errors"]} for body in bodies)
    assert len({tuple(sorted(body)) for body in bodies}) == 1


def test_conflicts_are_the_same(both: list[LocalStack]) -> None:
    """An idempotency key that belongs to another order is refused by name."""
    for stack in both:
        key = str(uuid4())
        assert stack.post(key=key).status_code == 200
        answer = stack.post(an_order(notes="another"), key=key, headers={"Origin": _ORIGIN})
        assert _check(answer, 409)["errors"][0]["field"] == "Idempotency-Key"


_NOWHERE = [
    *(("GET", path) for path in ("/", "/nothing", "/orders", "/orders/1")),
    *((method, "/orders") for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")),
    *(("POST", path) for path in ("/", "/orders/", "/orders//", "//orders", "/order/", "/ORDERS", "/orders%2F")),
    *(("GET", path) for path in ("/orders/a%2Fb", "/orders/1/", "/customers//orders", "/customers/a%2Fb/orders")),
]


@pytest.mark.parametrize(("method", "path"), _NOWHERE)
def test_what_is_not_there_is_not_found(both: list[LocalStack], method: str, path: str) -> None:
    """Paths and methods that the stack does not serve get one and the same 404."""
    for stack in both:
        url = stack.outputs["apiEndpoint"] + path
        content = json.dumps(an_order()) if method == "POST" else None
        headers = {"Origin": _ORIGIN, "Content-Type": "application/json"}
        answer = httpx.request(method, url, content=content, headers=headers, trust_env=False, timeout=30)
        body = _check(answer, 404)
        assert (body["error"], body["message"]) == ("Not found", "There is nothing at this path")


@pytest.mark.parametrize("path", ["/", "/orders", "/order", "/nothing"])
def test_heads_are_not_found(both: list[LocalStack], path: str) -> None:
    """No path has the method HEAD."""
    for stack in both:
        url = stack.outputs["apiEndpoint"] + path
        assert httpx.head(url, headers={"Origin": _ORIGIN}, trust_env=False, timeout=30).status_code == 404


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
        (415, "Content-Type", "", [("Content-Type", "application/json; charset=utf-8; charset=utf-8")]),
    ],
)
def test_parameters_and_repeated_headers_are_refused_alike(
    both: list[LocalStack], status: int, field: str, query: str, headers: list[tuple[str, str]]
) -> None:
    """An unknown parameter, a header that is sent twice and another charset get one response from both gateways."""
    for stack in both:
        url, sent = stack.outputs["ordersUrl"] + query, [("Origin", _ORIGIN), *headers]
        answer = httpx.post(url, content=json.dumps(an_order()), headers=sent, trust_env=False, timeout=30)
        assert [error["field"] for error in _check(answer, status)["errors"]] == [field]


def test_other_encodings_are_refused(both: list[LocalStack]) -> None:
    """Text that is not UTF-8 is refused, also where its content type does not say so."""
    body = json.dumps(an_order(customerName="Zoé"), ensure_ascii=False).encode("latin-1")
    for stack in both:
        answer = stack.post(body, headers={"Origin": _ORIGIN})
        assert [error["field"] for error in _check(answer, 400)["errors"]] == ["body"]


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_body_gets_no_further(rest: LocalStack, case: Hostile) -> None:
    """Whatever is no order gets a 400 in the API's shape, from the gateway, or from the function with the field."""
    body = case.body if isinstance(case.body, str) else json.dumps(case.body) if case.body is not None else ""
    answer = rest.post(body.encode(errors="surrogatepass"), headers={"Origin": _ORIGIN})
    assert {error["field"] for error in _check(answer, 400)["errors"]} & {case.field, "body"}


def test_browsers_may_ask_and_order(both: list[LocalStack]) -> None:
    """A preflight of an allowed page succeeds, and allows what the page's order needs."""
    asking = {
        "Origin": _ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,idempotency-key",
    }
    for stack in both:
        answer = httpx.options(stack.outputs["ordersUrl"], headers=asking, trust_env=False, timeout=30)
        assert answer.status_code == 204
        assert answer.headers["Access-Control-Allow-Origin"] in ("*", _ORIGIN)
        assert "POST" in answer.headers["Access-Control-Allow-Methods"].split(",")
        assert {"content-type", "idempotency-key"} <= set(answer.headers["Access-Control-Allow-Headers"].split(","))
        ordered = stack.post(headers={"Origin": _ORIGIN})
        assert ordered.status_code == 200
        assert ordered.headers["Access-Control-Allow-Origin"] in ("*", _ORIGIN)


def test_a_key_that_is_used_too_often_has_to_wait(with_keys: LocalStack) -> None:
    """A client beyond its limit gets a 429 that says when to come again."""
    key = {"x-api-key": with_keys.outputs["apiKeys"]["app"]}
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: with_keys.post(headers=key), range(8)))
    refused, *_ = (answer for answer in answers if answer.status_code != 200)
    assert _check(refused, 429)["error"] == "Too many requests"
    assert refused.headers["Retry-After"] == "1"


@pytest.mark.parametrize("key", [None, "wrong" * 8])
def test_a_client_without_its_key_is_told_so(with_keys: LocalStack, key: str | None) -> None:
    """Without its key, or with a wrong one, a client learns which header it needs."""
    answer = with_keys.post(headers={} if key is None else {"x-api-key": key})
    assert "X-Api-Key" in _check(answer, 403)["message"]


def test_a_request_without_a_signature_is_told_so(signed: LocalStack) -> None:
    """With IAM neither paths nor their absence are shown to who does not sign."""
    bodies = [_check(signed.get(path), 403) for path in ("/orders/1", "/nothing")]
    assert len({(body["error"], body["message"]) for body in bodies}) == 1
    assert "signed" in bodies[0]["message"]


def test_the_gateways_own_log_has_a_group(rest: LocalStack) -> None:
    """The stack has created the log group that API Gateway writes its own lines to, and it expires."""
    name = f"API-Gateway-Execution-Logs_{rest.outputs['apiId']}/rest"
    (group,) = rest.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["retentionInDays"] == 7


def test_other_addresses_are_refused(stack: LocalStack) -> None:
    """With `allowedIpRanges` a request from elsewhere is refused in the API's own words."""
    elsewhere = deployed(stack.emulator, "elsewhere", gateway="rest", allowedIpRanges=["192.0.2.0/24"])
    assert _check(elsewhere.post(), 403)["error"] == "Forbidden"


def test_an_allowed_address_is_no_signature(stack: LocalStack) -> None:
    """With IAM, an address within the ranges lets browsers ask, and nobody order whose own policy does not."""
    here = deployed(stack.emulator, "here", gateway="rest", auth="iam", allowedIpRanges=["127.0.0.0/8"])
    invoke = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    url = here.outputs["apiEndpoint"] + "/orders/1"
    assert httpx.options(url, trust_env=False, timeout=30).status_code == 204
    assert callers.get(url, callers.user(here.emulator, invoke)).status_code == 404
    assert callers.get(url, callers.user(here.emulator)).status_code == 403
    assert _check(here.get("/orders/1"), 403)["error"] == "Forbidden"
