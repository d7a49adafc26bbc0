"""Tests: the OpenAPI documents agree with the models, the responses and the deployed routes."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from handlers.common import exact_json
from handlers.http import response
from handlers.http.rejection import Rejection, Violation
from handlers.lookup import responses as lookup_responses
from handlers.order.order import Order, StoreResult
from handlers.validation import text
from handlers.validation.validator import request_validator
from infra.gateway.rest.gateway_responses import (
    NOT_FOUND,
    gateway_response_arguments,
    gateway_responses,
)
from openapi import files
from openapi.document import document
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

# Rules that JSON Schema cannot express; the descriptions state them.
_IN_DESCRIPTIONS_ONLY = {
    # Comparisons of two fields, decimal places, and how an integer is written.
    "subtotal differs",
    "total differs",
    "total differs by less than a float can tell",
    "total is beyond floats",
    "itemId differs from productId",
    "price 0.00001",
    "quantity 2.0",
    "quantity 1e0",
    # What is not JSON, or not unambiguous JSON, but accepted by parsers.
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
    request_validator("required").validate_python(
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
_GATEWAY_RESPONSES = gateway_responses(NOT_FOUND)
_UNUSED_GATEWAY_RESPONSES = {
    "BAD_REQUEST_PARAMETERS",  # the gateway validates nothing but bodies
    "DEFAULT_4XX",  # every 4xx response of this API has a type of its own
    "MISSING_AUTHENTICATION_TOKEN",  # with API keys: a path that is not in the document
    "RESOURCE_NOT_FOUND",  # as above
    "UNAUTHORIZED",  # JWTs are for HTTP APIs
}
_VIOLATION = Violation("items[0].quantity", "Must be a number")


@functools.cache
def _document(stack: str) -> Document:
    return documents.generate(**_STACKS[stack])


@strategies.hundred_examples
@given(order=strategies.orders)
def test_accepted_orders_are_valid(order: dict[str, Any]) -> None:
    """An order that the API accepts is valid by the document, once its texts are trimmed."""
    # A validator compares floats with the limits of the schema.
    body = json.loads(json.dumps(trimmed(order), default=float))
    assert list(documents.order_validator(_document("default")).iter_errors(body)) == []


def test_refused_bodies_are_invalid() -> None:
    """A body that the API refuses is invalid by the document, unless no schema can express why."""
    validator = documents.order_validator(_document("default"))
    valid = {case.name for case in HOSTILE if validator.is_valid(_parsed(case.body))}
    assert valid == _IN_DESCRIPTIONS_ONLY


def _parsed(body: Any) -> Any:
    try:
        return json.loads(body) if isinstance(body, str) else body
    except (ValueError, RecursionError):
        return None


@pytest.mark.parametrize(
    ("component", "forbidden"),
    [("Line", text.CONTROL_CHARACTERS), ("Lines", text.CONTROL_CHARACTERS_EXCEPT_LINES)],
)
def test_texts_allow_the_same_characters(component: str, forbidden: re.Pattern[str]) -> None:
    """Document and model forbid the same characters in a text."""
    schema = _document("default")["components"]["schemas"][component]
    pattern = re.compile(schema["pattern"].replace("$", r"\Z"))
    for code in (*range(0xD800), *range(0xE000, 0x11000)):
        character = chr(code)
        allowed = not forbidden.search(character)
        assert bool(pattern.search(f"a{character}b")) is allowed, hex(code)
        if component == "Line" and allowed:
            assert bool(pattern.search(f"{character}a")) is not character.isspace(), hex(code)


@pytest.mark.parametrize(
    ("stack", "operation", "status", "response"),
    [
        ("default", "POST /orders", 200, response.accepted(StoreResult(_ORDER, replayed=True))),
        ("queued", "POST /orders", 202, response.queued(_ORDER, message_id="5fea7756")),
        *(
            (
                "default",
                "POST /orders",
                status,
                response.rejected(Rejection(status, "No", [_VIOLATION])),
            )
            for status in (400, 413, 415)
        ),
        ("default", "POST /orders", 409, response.rejected(Rejection.conflict("orderId"))),
        ("default", "POST /orders", 500, response.failed("Failed to process order")),
        ("keys", "POST /orders", 503, response.unavailable()),
        ("keys", "GET /orders/{orderId}", 200, lookup_responses.order(_ORDER.record)),
        ("keys", "GET /orders/{orderId}", 404, response.not_found()),
        (
            "keys",
            "GET /customers/{customerId}/orders",
            500,
            response.failed("Failed to read orders"),
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, str | int) else "",
)
def test_responses_of_functions_are_documented(
    stack: str, operation: str, status: int, response: Response
) -> None:
    """A response of a function has a documented status, the required headers and a valid body."""
    sent = response.to_gateway(request_id="req-1", cors={})
    assert sent["statusCode"] == status
    body = json.loads(sent["body"])
    assert not list(
        documents.mismatches(_document(stack), operation, status, sent["headers"], body)
    )


@pytest.mark.parametrize("name", sorted(set(_GATEWAY_RESPONSES) - _UNUSED_GATEWAY_RESPONSES))
def test_responses_of_a_rest_api_are_documented(name: str) -> None:
    """A gateway response of a REST API has a documented status, the headers and a valid body."""
    gateway_response = _GATEWAY_RESPONSES[name]
    arguments = gateway_response_arguments(name, gateway_response, ["*"])
    headers = {each.rpartition(".")[2]: "present" for each in arguments["response_parameters"]}
    status = int(arguments["status_code"] or 502)
    body = {**gateway_response.body, "requestId": "req-1"}
    assert not list(documents.mismatches(_document("keys"), "POST /orders", status, headers, body))


@pytest.mark.parametrize("variant", VARIANTS, ids="-".join)
def test_documents_have_the_deployed_routes(variant: Variant) -> None:
    """A document has exactly the deployed routes, each with its authorization."""
    graph = gateway_graph(variant)
    generated = document(files.configuration(graph.stackfile))
    deployed = {
        route: endpoint.authorization
        for route, endpoint in routes(graph).items()
        if route not in PUBLIC_ROUTES
    }
    documented = {
        route: _authorization(generated, operation)
        for route, operation in documents.operations(generated).items()
    }
    assert documented == deployed


def _authorization(document: Document, operation: Mapping[str, Any]) -> str:
    """The authorization type of an operation, as API Gateway names it."""
    if "security" not in operation:
        return "NONE"
    ((name,),) = operation["security"]
    scheme = document["components"]["securitySchemes"][name]
    types = {
        ("http", None): "JWT",
        ("apiKey", "X-Api-Key"): "key",
        ("apiKey", "Authorization"): "AWS_IAM",
    }
    return types[scheme["type"], scheme.get("name")]


def test_every_stored_field_is_documented() -> None:
    """A response with every field of an order has exactly the fields of the document."""
    sent = lookup_responses.order(_ORDER.record).to_gateway(request_id="req-1", cors={})
    documented = _document("keys")["components"]["schemas"]["StoredOrder"]["properties"]
    assert json.loads(sent["body"]).keys() == documented.keys()
