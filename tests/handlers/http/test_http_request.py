"""HttpRequest on both kinds of gateway, and requests without a route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.http.request import HttpRequest
from handlers.validation import text
from handlers.validation.validator import request_validator
from tests.support.lookups import GetRequest, get_order, get_orders, with_token
from tests.support.requests import an_order, http_request, rest_request
from tests.support.strategies import hundred_examples

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_CLAIMS = {"sub": "alice"}


@pytest.mark.parametrize("request_", [get_order("A-1"), get_orders("CUST-1", limit=5)])
def test_route_is_the_same_for_both_kinds_of_gateway(request_: GetRequest) -> None:
    """A route is method and path as deployed, on both kinds of gateway."""
    for event in (request_.through_http_api(), request_.through_rest_api()):
        assert HttpRequest.from_event(event).route == f"GET {request_.path}"


@pytest.mark.parametrize("event", [http_request(an_order()), rest_request(an_order())])
def test_missing_parts_are_empty(event: dict[str, Any]) -> None:
    """Without parameters, query or token these are empty, whether the event has null or nothing."""
    request = HttpRequest.from_event(event)

    assert (request.path, request.query, request.claims) == ({}, {}, {})


@pytest.mark.parametrize(
    "authorizer",
    [
        None,
        {},
        {"iam": {"accountId": "123456789012", "userArn": "arn:aws:iam::123456789012:user/x"}},
        {"claims": _CLAIMS},
        {"sub": "alice"},
        {"lambda": _CLAIMS},
        {"jwt": None},
        {"jwt": {"claims": None, "scopes": None}},
    ],
)
def test_claims_are_those_of_the_jwt_authorizer(authorizer: Any) -> None:
    """Claims are read from the JWT authorizer only."""
    event = http_request(an_order())

    assert HttpRequest.from_event(with_token(event, _CLAIMS)).claims == _CLAIMS
    event["requestContext"]["authorizer"] = authorizer
    assert HttpRequest.from_event(event).claims == {}


@hundred_examples
@given(value=st.text(st.characters(codec="utf-8"), max_size=20))
def test_path_parameters_are_decoded_once(value: str) -> None:
    """A path parameter is decoded once: by an HTTP API, or here for a REST API."""
    request = get_order(value)

    for event in (request.through_http_api(), request.through_rest_api()):
        assert HttpRequest.from_event(event).path == {"orderId": normalize("NFC", value)}


@pytest.mark.parametrize("written", ["%", "%4", "%zz", "%ff", "%C3"])
def test_badly_encoded_path_is_no_failure(account: MockAccount, written: str) -> None:
    """A badly encoded path is no failure."""
    event = get_order("A-1").through_rest_api() | {"pathParameters": {"orderId": written}}

    assert account.send(event, "lookup").status == 404


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ([("a", "1")], {"a": "1"}),
        ([("a", "1"), ("a", "2"), ("b", "3")], {"a": "1,2", "b": "3"}),
        ([("a", "1"), ("a", "1")], {"a": "1,1"}),
        ([("a", "")], {"a": ""}),
        ([("", "1")], {"": "1"}),
        ([("a b", "é&=")], {"a b": "é&="}),
    ],
)
def test_query_is_the_same_for_both_kinds_of_gateway(
    query: list[tuple[str, str]], read: dict[str, str]
) -> None:
    """A repeated parameter has all of its values, in their order."""
    request = get_order("A-1", query=query)

    for event in (request.through_http_api(), request.through_rest_api()):
        assert HttpRequest.from_event(event).query == read


@pytest.mark.parametrize("handler", ["orders", "lookup"])
@pytest.mark.parametrize("body", [None, an_order()])
def test_unknown_path_is_not_found(account: MockAccount, handler: str, body: Any) -> None:
    """A request without a route is a 404 in the API's format, and no order."""
    event = http_request(body) | {"routeKey": "$default", "rawPath": "/jane.roe@example.com"}

    response = account.send(event, handler)

    assert response.status == 404
    assert response.body == {
        "error": "Not found",
        "message": "The requested resource does not exist",
        "requestId": response.headers["X-Request-Id"],
    }
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert account.operations == []
    assert account.console.getvalue() == ""


# Mostly short text around the edge of what an ID may be.
_ids = st.text(
    st.sampled_from(
        "aZ09._:- \t\n\x00\x1c\x85\xa0\u2003\u2028\u3000\ufffeé"
        "\U0001f600\ud800\u202e\u2069\u200d\U000e0041"
    ),
    max_size=6,
) | st.sampled_from(
    ["a" * 128, "a" * 129, "é" * 128, "é" * 129, "a" + "\u0316" * 30, "a" + "\u0316" * 31]
)


_VALIDATOR = request_validator("optional")


@hundred_examples
@given(candidate=_ids)
def test_ids_match_the_model(candidate: str) -> None:
    """An ID can be looked up exactly if an order can be stored with it."""
    for field, is_id in (("orderId", text.is_order_id), ("customerId", text.is_customer_id)):
        try:
            order = _VALIDATOR.validate_python(
                {"items": [{"productId": "P", "quantity": 1, "price": 1}], field: candidate}
            )
        except ValueError:
            assert not is_id(candidate)
        else:
            assert is_id(candidate) == (order[field] == candidate)
