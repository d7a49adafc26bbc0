"""Tests: the OpenAPI documents say what the models, the functions' answers and the gateways' routes say."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from hypothesis import given
from pydantic import AfterValidator, BaseModel

from handlers.common import exact_json
from handlers.http import response
from handlers.http.rejection import Rejection, Violation
from handlers.lookup import responses as lookup_answers
from handlers.order.order import Order
from handlers.order.store import StoreResult
from handlers.validation import text
from handlers.validation.model import OrderRequest
from infra.gateway.rest.gateway_responses import NOT_FOUND, gateway_responses
from openapi import committed, request_body
from openapi.document import document
from openapi.request_body import UnknownRuleError
from tests.infra.support.gateways import PUBLIC_ROUTES, VARIANTS, Variant, gateway_graph, routes
from tests.support import documents, strategies
from tests.support.consistent import trimmed
from tests.support.hostile import HOSTILE
from tests.support.requests import an_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handlers.http.response import Response
    from tests.support.documents import Document

_STACKS: dict[str, dict[str, Any]] = {
    "default": {},
    "queued": {"ingestion": "queued"},
    "keys": {"gateway": "rest", "auth": "apiKey", "apiKeys": ["app"]},
}

# What no schema can say, and the descriptions do.
_IN_WORDS_ONLY = {
    # Two fields that have to agree, the places of a decimal, and how an integer is written.
    "subtotal differs",
    "total differs",
    "total differs by less than a float can tell",
    "total is beyond floats",
    "itemId differs from productId",
    "price 0.00001",
    "quantity 2.0",
    "quantity 1e0",
    # What is no JSON, and parsers take nevertheless.
    "price NaN",
    "subtotal is NaN",
    "a field twice",
    "a field twice, first one wrong",
    "items twice",
    "an item's field twice",
    "an address line twice",
    *(
        f"lone surrogate in {field}"
        for field in ("customerName", "customerId", "notes", "priority")
    ),
}

_ORDER = Order.from_request(
    OrderRequest.model_validate(
        exact_json.loads(
            json.dumps(
                an_order(
                    orderId="A-1",
                    shippingAddress={"street": "1 Main St"},
                    billingAddress={"street": "2 Main St"},
                    notes="Ring\ntwice",
                    priority="high",
                )
            )
        )
    ),
    idempotency_key=None,
    request_id="req-1",
    correlation_id="req-1",
    retention_days=90,
)
_GATEWAY_ANSWERS = gateway_responses(NOT_FOUND)
_NEVER_GIVEN = {
    "BAD_REQUEST_PARAMETERS",  # nothing but bodies is looked at
    "DEFAULT_4XX",  # whatever a REST API of ours refuses has a type of its own
    "MISSING_AUTHENTICATION_TOKEN",  # with keys, this is about paths that are not in the document
    "RESOURCE_NOT_FOUND",  # as above
    "UNAUTHORIZED",  # tokens are for HTTP APIs
}
_REFUSED = (400, 413, 415)
_VIOLATION = Violation("items[0].quantity", "Must be a number")


@functools.cache
def _document(stack: str) -> Document:
    return documents.of(**_STACKS[stack])


@strategies.hundred_examples
@given(order=strategies.orders)
def test_what_the_model_takes_the_document_takes(order: dict[str, Any]) -> None:
    """An order that the API accepts is valid by the document, once the spaces around its texts are cut off."""
    received = json.loads(
        json.dumps(trimmed(order), default=float)
    )  # a bound of the schema is a float as well
    assert list(documents.orders(_document("default")).iter_errors(received)) == []


def test_what_is_hostile_is_not_valid() -> None:
    """A body that the API refuses is not valid by the document, unless no schema can say why."""
    valid = {
        case.name
        for case in HOSTILE
        if documents.orders(_document("default")).is_valid(_parsed(case.body))
    }
    assert valid == _IN_WORDS_ONLY


def _parsed(body: Any) -> Any:
    try:
        return json.loads(body) if isinstance(body, str) else body
    except (ValueError, RecursionError):
        return None


@pytest.mark.parametrize(
    ("kind", "refused"),
    [("Line", text.CONTROL_CHARACTERS), ("Lines", text.CONTROL_CHARACTERS_BUT_LINES)],
)
def test_texts_hold_the_same_characters(kind: str, refused: re.Pattern[str]) -> None:
    """Of every character, the document says what the model says about texts that hold it."""
    pattern = re.compile(
        _document("default")["components"]["schemas"][kind]["pattern"].replace("$", r"\Z")
    )
    characters = [chr(code) for code in range(0x11000) if not 0xD800 <= code <= 0xDFFF]
    for character in characters:
        held = f"a{character}b"
        assert bool(pattern.search(held)) is not bool(refused.search(held)), hex(ord(character))
        if kind == "Line" and not refused.search(character):
            assert bool(pattern.search(f"{character}a")) is not character.isspace(), hex(
                ord(character)
            )


def test_a_new_rule_is_not_forgotten() -> None:
    """A rule of the model of which the document knows nothing is an error that names it."""

    def _in_capitals(value: str) -> str:
        return value

    class Request(BaseModel):
        code: Annotated[str, AfterValidator(_in_capitals)]

    with pytest.raises(UnknownRuleError, match="_in_capitals"):
        request_body.schemas(Request)


@pytest.mark.parametrize(
    ("stack", "operation", "status", "given_answer"),
    [
        ("default", "POST /orders", 200, response.accepted(StoreResult(_ORDER, replayed=True))),
        ("queued", "POST /orders", 202, response.queued(_ORDER, message_id="5fea7756")),
        *(
            (
                "default",
                "POST /orders",
                each,
                response.rejected(Rejection(each, "No", [_VIOLATION])),
            )
            for each in _REFUSED
        ),
        ("default", "POST /orders", 409, response.rejected(Rejection.conflict("orderId"))),
        (
            "default",
            "POST /orders",
            500,
            response.failed("Failed to Failed to Failed to process order"),
        ),
        ("keys", "POST /orders", 503, response.unavailable()),
        ("keys", "GET /orders/{orderId}", 200, lookup_answers.order(_ORDER.record)),
        ("keys", "GET /orders/{orderId}", 404, response.not_found()),
        (
            "keys",
            "GET /customers/{customerId}/orders",
            500,
            response.failed("Failed to Failed to Failed to read orders"),
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, str | int) else "",
)
def test_what_functions_answer_is_documented(
    stack: str, operation: str, status: int, given_answer: Response
) -> None:
    """Every answer of the functions has a documented status, its required headers, and a body by the schema."""
    sent = given_answer.to_gateway(request_id="req-1", cors={})
    assert sent["statusCode"] == status
    body = json.loads(sent["body"])
    assert (
        list(documents.complaints(_document(stack), operation, status, sent["headers"], body)) == []
    )


@pytest.mark.parametrize("name", sorted(set(_GATEWAY_ANSWERS) - _NEVER_GIVEN))
def test_what_a_rest_api_answers_by_itself_is_documented(name: str) -> None:
    """Every answer that the program gives a REST API to say by itself is documented with status, headers and body."""
    said = _GATEWAY_ANSWERS[name]
    headers = {
        each.rpartition(".")[2]: "there" for each in said.arguments(["*"])["response_parameters"]
    }
    body = {**said.body, "requestId": "req-1"}
    assert (
        list(
            documents.complaints(
                _document("keys"), "POST /orders", said.status or 502, headers, body
            )
        )
        == []
    )


@pytest.mark.parametrize("variant", VARIANTS, ids="-".join)
def test_documents_have_the_routes(variant: Variant) -> None:
    """A document has every route that is deployed, each with what it asks of callers, and no other."""
    graph = gateway_graph(variant)
    found = document(committed.configuration(graph.stackfile))
    asked = {
        route: endpoint.authorization
        for route, endpoint in routes(graph).items()
        if route not in PUBLIC_ROUTES
    }
    assert {
        route: _asked(found, each) for route, each in documents.operations(found).items()
    } == asked


def _asked(found: Document, operation: Mapping[str, Any]) -> str:
    """What a route asks of callers, in API Gateway's words."""
    if "security" not in operation:
        return "NONE"
    ((name,),) = operation["security"]
    scheme = found["components"]["securitySchemes"][name]
    kinds = {
        ("http", None): "JWT",
        ("apiKey", "X-Api-Key"): "key",
        ("apiKey", "Authorization"): "AWS_IAM",
    }
    return kinds[scheme["type"], scheme.get("name")]


def test_every_field_of_an_order_is_read_and_documented() -> None:
    """An order with everything in it is read with the fields of the document, no less and no more."""
    body = json.loads(
        lookup_answers.order(_ORDER.record).to_gateway(request_id="req-1", cors={})["body"]
    )
    assert (
        body.keys()
        == _document("keys")["components"]["schemas"]["StoredOrder"]["properties"].keys()
    )
