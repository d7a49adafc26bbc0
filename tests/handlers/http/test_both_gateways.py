"""Headers, parameters and paths mean the same on both kinds of gateway."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.support.lookups import get_order, get_orders, with_token
from tests.support.requests import an_order, http_request, rest_request, through_both

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_KEY = "Idempotency-Key"
_TYPE = "Content-Type"


class Sent(NamedTuple):
    """Header lines or a query string of a valid order, its status, and the invalid fields."""

    name: str
    status: int
    fields: tuple[str, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    query: str = ""
    path: str = "/orders"


def _repeated(name: str, *values: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for value in values)


def _typed(content_type: str, status: int) -> Sent:
    fields = () if status == 200 else (_TYPE,)
    return Sent(f"type {content_type}", status, fields, _repeated(_TYPE, content_type))


_KEYS = [
    Sent("one key", 200, lines=_repeated(_KEY, "key-1")),
    Sent("two keys", 400, (_KEY,), _repeated(_KEY, "key-1", "key-2")),
    Sent("one key twice", 400, (_KEY,), _repeated(_KEY, "key-1", "key-1")),
    Sent("a key and an empty one", 400, (_KEY,), _repeated(_KEY, "key-1", "")),
    Sent("two empty keys", 400, (_KEY,), _repeated(_KEY, "", "")),
    Sent("three keys", 400, (_KEY,), _repeated(_KEY, "a", "b", "c")),
    Sent("a key with a comma", 400, (_KEY,), _repeated(_KEY, "a,b")),
    Sent(
        "one key in two spellings",
        400,
        (_KEY,),
        (*_repeated(_KEY, "a"), *_repeated("idempotency-key", "a")),
    ),
]
_OTHER_HEADERS = [
    Sent("two correlation IDs", 200, lines=_repeated("X-Correlation-Id", "a", "b")),
    Sent(
        "two content types", 415, (_TYPE,), _repeated(_TYPE, "application/json", "application/json")
    ),
    Sent("two different types", 415, (_TYPE,), _repeated(_TYPE, "text/plain", "application/json")),
    Sent("two origins", 200, lines=_repeated("Origin", "https://a.example", "https://b.example")),
]
_TYPES = [
    *(
        _typed(content_type, 200)
        for content_type in (
            "application/json",
            "Application/JSON",
            "application/json;",
            "application/json ; ",
            "application/json; charset=utf-8",
            "application/json;charset=UTF-8",
            'application/json; charset="utf-8"',
            'application/json; Charset="Utf\\-8"',
            "application/json; charset=utf8",
            "application/json; profile=order",
            'application/json; profile="a,b;c"; charset=utf-8',
            "application/json;;charset=utf-8",
        )
    ),
    *(
        _typed(content_type, 415)
        for content_type in (
            "application/json; charset=latin1",
            "application/json; charset=ISO-8859-1",
            "application/json; charset=us-ascii",
            "application/json; charset=utf-16",
            "application/json; CHARSET=UTF-16",
            'application/json; charset="windows-1252"',
            "application/json; charset=utf-8; charset=utf-8",
            "application/json; charset=utf-8; charset=latin1",
            "application/json; charset=utf-8; Charset=latin1",
            "application/json; x=1; x=1",
            "application/json; charset",
            "application/json; charset=",
            "application/json; =utf-8",
            "application/json; charset =utf-8",
            "application/json; charset= utf-8",
            'application/json; charset="utf-8',
            'application/json; charset="utf-8"x',
            "application/json; charset=utf-8 x",
            "application/json charset=utf-8",
            "application/json; charset=utf-8, application/json",
            "application/jsonp; charset=utf-8",
            "; charset=utf-8",
        )
    ),
]
_QUERIES = [
    Sent("a parameter", 400, ("_",), query="_=1"),
    Sent("a parameter without a value", 400, ("a",), query="a"),
    Sent("two parameters", 400, ("a", "b"), query="a=1&b=2"),
    Sent("a parameter twice", 400, ("a",), query="a=1&a=2"),
    Sent("parameters of a lookup", 400, ("limit", "nextToken"), query="limit=5&nextToken=a"),
    Sent("a field of the order", 400, ("orderId",), query="orderId=A-1"),
]
_PATHS = [
    Sent(path, 404, path=path) for path in ("/orders/", "/orders//", "//orders", "/order/", "/")
]
_ALL = [*_KEYS, *_OTHER_HEADERS, *_TYPES, *_QUERIES, *_PATHS]


@pytest.mark.parametrize("sent", _ALL, ids=[sent.name for sent in _ALL])
@pytest.mark.parametrize("handler", ["orders", "intake"])
def test_both_gateways_accept_and_reject_alike(
    account: MockAccount, sent: Sent, handler: str
) -> None:
    """Repeated headers, content types, parameters and paths have one result on both gateways."""
    success = 202 if handler == "intake" else 200
    for event in through_both(an_order(), lines=sent.lines, query=sent.query, path=sent.path):
        response = account.send(event, handler)

        assert response.status == (success if sent.status == 200 else sent.status)
        assert (
            tuple(sorted(error["field"] for error in response.body.get("errors", ())))
            == sent.fields
        )
        assert bool(account.operations) == (sent.status == 200)


def test_unknown_parameters_are_listed_with_other_violations(account: MockAccount) -> None:
    """The response lists unknown parameters with the violations of the order and the key."""
    lines = _repeated(_KEY, "two words")
    for event in through_both(an_order(customerName="J"), lines=lines, query="_=1"):
        assert sorted(account.send(event).fields) == ["Idempotency-Key", "_", "customerName"]


def test_repeated_correlation_id_is_ignored(account: MockAccount) -> None:
    """With two correlation IDs the request ID is used."""
    for event in through_both(an_order(), lines=_repeated("X-Correlation-Id", "corr-1", "corr-2")):
        account.send(event)
        line = account.console.log("Order stored")
        request_id = event["requestContext"]["requestId"]
        assert account.order(line["orderId"])["correlationId"] == request_id
        assert (line["requestId"], line.get("correlationId")) == (request_id, None)


@pytest.mark.parametrize(
    "query", ["limit=5&limit=6", "limit=5&limit=5", "nextToken=YQ&nextToken=YQ"]
)
def test_repeated_parameters_of_a_list_are_refused(account: MockAccount, query: str) -> None:
    """A known parameter that is sent twice is refused by name."""
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in query.split("&"))]
    request = get_orders("CUST-1", *pairs)
    for event in (request.through_http_api(), request.through_rest_api()):
        response = account.send(event, "lookup")
        assert (response.status, response.fields) == (400, [pairs[0][0]])


@pytest.mark.parametrize("path", ["/orders/A-1/", "/orders//A-1", "/orders/A-1//"])
def test_paths_with_additional_slashes_do_not_exist(account: MockAccount, path: str) -> None:
    """A path with an additional slash is 404, also where a gateway matches it."""
    account.post(an_order(orderId="A-1"))
    rest = get_order("A-1").through_rest_api() | {"path": path}
    http = get_order("A-1").through_http_api() | {"rawPath": path}
    for event in (rest, http):
        assert account.send(event, "lookup").status == 404
        assert account.operations == []


def test_an_encoded_slash_is_a_slash(account: MockAccount) -> None:
    """A customer ID with a slash has no list, because an HTTP API decodes it."""
    request = get_orders("a/b")
    response = account.send(request.through_rest_api(), "lookup")

    assert (response.status, account.operations) == (404, [])


def test_replacement_characters_are_refused(account: MockAccount) -> None:
    """Text that a gateway decoded with replacement characters is refused; escaped ones are text."""
    damaged = json.dumps(an_order(customerName="Zo\ufffd"), ensure_ascii=False)
    for event in (http_request(damaged), rest_request(damaged)):
        response = account.send(event)
        assert (response.status, response.fields) == (400, ["body"])

    assert account.post(json.dumps(an_order(customerName="Zo\ufffd"))).status == 200


@pytest.mark.parametrize("handler", ["orders", "intake", "lookup"])
@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "GET", "TRACE"])
def test_other_methods_are_not_found(account: MockAccount, handler: str, method: str) -> None:
    """A method that a path does not have is a 404 in the API's format."""
    event: dict[str, Any] = with_token(http_request(None) | {"routeKey": "$default"}, None)
    event["requestContext"]["http"]["method"] = method

    response = account.send(event, handler)

    assert (response.status, response.body["error"]) == (404, "Not found")


@pytest.mark.parametrize("handler", ["orders", "intake", "lookup"])
@pytest.mark.parametrize("route", ["OPTIONS /{proxy+}", "$default"])
def test_preflight_succeeds(account: MockAccount, handler: str, route: str) -> None:
    """A CORS preflight has a status of success, and counts neither as order nor as failure."""
    event = http_request(None) | {"routeKey": route}
    event["requestContext"]["http"]["method"] = "OPTIONS"

    response = account.send(event, handler)

    assert response.status == 200
    assert account.operations == []
    assert account.console.getvalue() == ""
