"""Gateway responses of a REST API, with the functions' texts, and CORS preflights."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pulumi_aws as aws
import pytest
from botocore.session import get_session

from handlers.http import response as functions
from handlers.http.rejection import MAX_BODY_BYTES, Rejection
from handlers.http.request import HttpRequest
from tests.infra.support.gateways import (
    REST_VARIANTS,
    Variant,
    api,
    gateway_graph,
    methods,
    path,
    rest,
)
from tests.support.requests import rest_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.infra.support.graph import Graph

_TYPES: list[str] = (
    get_session().get_service_model("apigateway").shape_for("GatewayResponseType").metadata["enum"]
)
_STATUSES = {
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "UNAUTHORIZED": 401,
    "ACCESS_DENIED": 403,
    "EXPIRED_TOKEN": 403,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403,
    "WAF_FILTERED": 403,
    "RESOURCE_NOT_FOUND": 404,
    "REQUEST_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "QUOTA_EXCEEDED": 429,
    "THROTTLED": 429,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
}
_SEVERAL = ("https://a.shop-orders.net", "https://b.shop-orders.net:8443", "http://localhost:3000")


class Response(NamedTuple):
    """The response that a client gets."""

    status: int | None
    headers: dict[str, str]
    body: dict[str, Any]


def _responses(graph: Graph) -> dict[str, Response]:
    """The gateway responses by type, for a request with the ID `r-1`."""
    responses = {}
    for response in graph.all(aws.apigateway.Response):
        assert response["restApiId"] == api(graph).outputs["id"]
        (template,) = response["responseTemplates"].values()
        responses[response["responseType"]] = Response(
            int(response["statusCode"]) if "statusCode" in response.inputs else None,
            {
                _header(name): _value(value)
                for name, value in response["responseParameters"].items()
            },
            json.loads(template.replace("$context.requestId", "r-1")),
        )
    return responses


def _header(parameter: str) -> str:
    return parameter.removeprefix("gatewayresponse.header.").removeprefix("method.response.header.")


def _value(mapping: str) -> str:
    """The value of a mapping: text stands in single quotes."""
    if mapping == "context.requestId":
        return "r-1"
    assert re.fullmatch(r"'[^']*'", mapping), mapping
    return mapping[1:-1]


@pytest.fixture(params=REST_VARIANTS, ids="-".join)
def graph(request: pytest.FixtureRequest) -> Graph:
    """A REST API with each authentication."""
    variant: Variant = request.param
    return gateway_graph(variant)


def test_every_type_of_gateway_response_is_defined(graph: Graph) -> None:
    """No type of gateway response is left at API Gateway's default."""
    assert _responses(graph).keys() == set(_TYPES)


def test_gateway_responses_keep_their_status(graph: Graph) -> None:
    """Statuses are as documented by AWS; DEFAULT_4XX and DEFAULT_5XX keep theirs."""
    statuses = {name: response.status for name, response in _responses(graph).items()}
    assert statuses.pop("MISSING_AUTHENTICATION_TOKEN") in (403, 404)
    assert statuses == {**_STATUSES, "DEFAULT_4XX": None, "DEFAULT_5XX": None}


def test_errors_have_the_format_of_the_functions(graph: Graph) -> None:
    """Every body has the error and the request ID, and either a message or errors by field."""
    for name, response in _responses(graph).items():
        assert response.body["requestId"] == response.headers["X-Request-Id"] == "r-1", name
        if "errors" in response.body:
            assert response.body.keys() == {"error", "errors", "requestId"}, name
            assert [error.keys() for error in response.body["errors"]] == [{"field", "message"}], (
                name
            )
        else:
            assert response.body.keys() == {"error", "message", "requestId"}, name


def test_no_part_of_the_request_is_repeated(graph: Graph) -> None:
    """A response holds the request's ID and no other part of it."""
    for response in graph.all(aws.apigateway.Response):
        (template,) = response["responseTemplates"].values()
        assert re.findall(r"\$[\w.]*", template) == ["$context.requestId"], response
        assert response["responseTemplates"].keys() == {"application/json"}, response


def test_no_response_may_be_cached(graph: Graph) -> None:
    """Every response has `Cache-Control: no-store`."""
    assert {response.headers["Cache-Control"] for response in _responses(graph).values()} == {
        "no-store"
    }


def test_retry_after_is_sent_where_a_retry_may_succeed(graph: Graph) -> None:
    """`Retry-After` is sent after throttling and timeouts, and with no other response."""
    waits = {
        name: response.headers.get("Retry-After") for name, response in _responses(graph).items()
    }
    timeouts = {"INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT"}
    throttled = {"THROTTLED", "QUOTA_EXCEEDED"}
    assert {name for name, wait in waits.items() if wait is not None} == timeouts | throttled
    assert {waits[name] for name in throttled} == {"1"}
    assert {waits[name] for name in timeouts} == {str(functions.RETRY_AFTER_SECONDS)}


def _with_request_id(body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body, "requestId": "r-1"}


def _rejection(event: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(Rejection) as rejection:
        HttpRequest.from_event(event).json()
    return _with_request_id(functions.rejected(rejection.value).body)


def test_texts_are_those_of_the_functions(graph: Graph) -> None:
    """The gateway and the functions have the same texts for the same error."""
    bodies = {name: response.body for name, response in _responses(graph).items()}
    assert bodies["RESOURCE_NOT_FOUND"] == _with_request_id(functions.not_found().body)
    assert bodies["ACCESS_DENIED"] == _with_request_id(functions.forbidden().body)
    assert bodies["DEFAULT_5XX"]["error"] == functions.failed("do it").body["error"]
    assert bodies["INTEGRATION_TIMEOUT"]["message"] == functions.unavailable().body["message"]
    assert bodies["REQUEST_TOO_LARGE"] == _rejection(rest_request("x" * (MAX_BODY_BYTES + 1)))
    assert bodies["UNSUPPORTED_MEDIA_TYPE"] == _rejection(
        rest_request("{}", headers={"Content-Type": "text/plain"})
    )
    assert bodies["BAD_REQUEST_BODY"]["error"] == Rejection.invalid([]).error
    assert [error["field"] for error in bodies["BAD_REQUEST_BODY"]["errors"]] == ["body"]


@pytest.mark.parametrize(("auth", "status"), [("none", 404), ("apiKey", 404), ("iam", 403)])
def test_an_unknown_path_is_not_found(auth: str, status: int) -> None:
    """An unknown path has 404; with `auth: iam` it has 403, like a missing signature."""
    response = _responses(rest(auth))["MISSING_AUTHENTICATION_TOKEN"]
    assert response.status == status
    assert (response.body == _with_request_id(functions.not_found().body)) == (status == 404)
    assert (response.body["error"] == functions.forbidden().body["error"]) == (status == 403)


@pytest.mark.parametrize(
    ("origins", "allowed"),
    [(["*"], "*"), (["https://a.shop-orders.net"], "https://a.shop-orders.net"), (_SEVERAL, "*")],
)
def test_cors_headers_allow_the_origins(origins: list[str], allowed: str) -> None:
    """Responses allow the stack's origin; with several origins they allow all."""
    for response in _responses(rest(corsOrigins=json.dumps(origins))).values():
        assert response.headers["Access-Control-Allow-Origin"] == allowed
        assert (
            response.headers["Access-Control-Expose-Headers"]
            == "x-request-id,idempotent-replayed,retry-after"
        )


def _preflights(graph: Graph) -> dict[str, dict[str, str]]:
    """The headers of the preflight responses, by path."""
    paths = {method["resourceId"]: path(graph, method) for method in methods(graph, preflight=True)}
    return {
        paths[response["resourceId"]]: {
            _header(k): _value(v) for k, v in response["responseParameters"].items()
        }
        for response in graph.all(aws.apigateway.IntegrationResponse)
    }


def test_without_an_origin_there_is_no_cors() -> None:
    """A stack that allows no origin has no preflights and no CORS headers."""
    graph = rest(corsOrigins="[]")
    assert methods(graph, preflight=True) == []
    headers = {name for response in _responses(graph).values() for name in response.headers}
    assert headers == {"X-Request-Id", "Cache-Control", "Retry-After"}


def test_every_path_has_a_cors_preflight(graph: Graph) -> None:
    """Every path has a mock integration for `OPTIONS`, which needs no credentials."""
    expected: dict[str, set[str]] = {}
    for method in methods(graph):
        expected.setdefault(path(graph, method), set()).add(method["httpMethod"])
    preflights = _preflights(graph)
    assert preflights.keys() == expected.keys()
    for route_path, headers in preflights.items():
        assert set(headers["Access-Control-Allow-Methods"].split(",")) == {
            *expected[route_path],
            "OPTIONS",
        }
        allowed = set(headers["Access-Control-Allow-Headers"].split(","))
        assert {
            "authorization",
            "content-type",
            "idempotency-key",
            "x-api-key",
            "x-correlation-id",
        } <= allowed
        assert headers["Access-Control-Max-Age"] == "3600"
    for method in methods(graph, preflight=True):
        assert (method["authorization"], method.inputs.get("apiKeyRequired")) == ("NONE", None), (
            method
        )
    mocks = [
        each for each in graph.all(aws.apigateway.Integration) if each["httpMethod"] == "OPTIONS"
    ]
    assert len(mocks) == len(expected)
    assert {(mock["type"], mock["requestTemplates"]["application/json"]) for mock in mocks} == {
        ("MOCK", '{"statusCode": 204}')
    }


def test_every_preflight_header_is_declared(graph: Graph) -> None:
    """API Gateway drops headers that the method response does not declare."""
    declared = {each["resourceId"]: each for each in graph.all(aws.apigateway.MethodResponse)}
    for response in graph.all(aws.apigateway.IntegrationResponse):
        method_response = declared[response["resourceId"]]
        assert (
            method_response["responseParameters"].keys() == response["responseParameters"].keys()
        ), response
        assert method_response["statusCode"] == response["statusCode"] == "204", response


@pytest.mark.parametrize("origin", ["*", "https://a.shop-orders.net"])
def test_a_single_origin_is_always_returned(origin: str) -> None:
    """With one origin, or all, the preflight response is the same for every request."""
    graph = rest(corsOrigins=json.dumps([origin]))
    for headers in _preflights(graph).values():
        assert headers["Access-Control-Allow-Origin"] == origin
        assert "Vary" not in headers
    assert not any(
        "responseTemplates" in each.inputs for each in graph.all(aws.apigateway.IntegrationResponse)
    )


@pytest.mark.parametrize(
    ("origin", "returned"),
    [
        *((origin, origin) for origin in _SEVERAL),
        ("https://evil.shop-orders.net", _SEVERAL[0]),
        ("https://a.shop-orders.net.evil.example", _SEVERAL[0]),
        (None, _SEVERAL[0]),
    ],
)
def test_an_allowed_origin_of_several_is_returned(origin: str | None, returned: str) -> None:
    """With several origins the response has the request's, if it is allowed, or the first."""
    graph = rest(corsOrigins=json.dumps(_SEVERAL))
    for response in graph.all(aws.apigateway.IntegrationResponse):
        headers = {_header(k): _value(v) for k, v in response["responseParameters"].items()}
        assert headers["Vary"] == "Origin"
        echoed = _echoed(response["responseTemplates"]["application/json"], origin)
        assert {**headers, **echoed}["Access-Control-Allow-Origin"] == returned


def _echoed(template: str, origin: str | None) -> dict[str, str]:
    """The header that the template returns for an `Origin`, by a reading of its lines."""
    header, empty, lower_case, end, condition, override, last = template.split("\n")
    assert (header, lower_case) == tuple(
        f"#set($origin = $input.params().header.get('{n}'))" for n in ("Origin", "origin")
    )
    assert empty == "#if(!$origin || $origin == '')"
    assert (end, last) == ("#end", "#end")
    target = "Access-Control-Allow-Origin"
    assert override == f"#set($context.responseOverride.header.{target} = $origin)"
    allowed = re.findall(r"\$origin == '([^']+)'", condition)
    assert (
        condition
        == f"#if({' || '.join(f'$origin == {chr(39)}{each}{chr(39)}' for each in allowed)})"
    )
    return {target: origin} if origin in allowed and origin is not None else {}
