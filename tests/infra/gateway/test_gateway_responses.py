"""What a REST API answers by itself: errors in the functions' words and shape, and what browsers ask beforehand."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pulumi_aws as aws
import pytest
from botocore.session import get_session

from handlers.http import response as functions
from handlers.http.rejection import Rejection
from handlers.http.request import MAX_BODY_BYTES, HttpRequest
from tests.infra.support.gateways import RESTS, Front, api, front_door, methods, path, rest
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


class Answer(NamedTuple):
    """What a client gets."""

    status: int | None
    headers: dict[str, str]
    body: dict[str, Any]


def _answers(graph: Graph) -> dict[str, Answer]:
    """The answers by their types, as they are for a request of the ID `r-1`."""
    found = {}
    for response in graph.all(aws.apigateway.Response):
        assert response["restApiId"] == api(graph).outputs["id"]
        (template,) = response["responseTemplates"].values()
        found[response["responseType"]] = Answer(
            int(response["statusCode"]) if "statusCode" in response.inputs else None,
            {
                _header(name): _value(value)
                for name, value in response["responseParameters"].items()
            },
            json.loads(template.replace("$context.requestId", "r-1")),
        )
    return found


def _header(parameter: str) -> str:
    return parameter.removeprefix("gatewayresponse.header.").removeprefix("method.response.header.")


def _value(mapping: str) -> str:
    """What a mapping gives: text stands in single quotes."""
    if mapping == "context.requestId":
        return "r-1"
    assert re.fullmatch(r"'[^']*'", mapping), mapping
    return mapping[1:-1]


@pytest.fixture(params=RESTS, ids="-".join)
def graph(request: pytest.FixtureRequest) -> Graph:
    """A REST API for each kind of callers, in turn."""
    front: Front = request.param
    return front_door(front)


def test_nothing_is_answered_in_other_words(graph: Graph) -> None:
    """Every type of answer that API Gateway gives by itself is the program's."""
    assert _answers(graph).keys() == set(_TYPES)


def test_answers_keep_their_status(graph: Graph) -> None:
    """The statuses are those that API Gateway documents; the two that stand for many leave each its own."""
    statuses = {name: answer.status for name, answer in _answers(graph).items()}
    assert statuses.pop("MISSING_AUTHENTICATION_TOKEN") in (403, 404)
    assert statuses == {**_STATUSES, "DEFAULT_4XX": None, "DEFAULT_5XX": None}


def test_errors_have_the_shape_of_the_functions_errors(graph: Graph) -> None:
    """Every body says what is wrong and for which request, by field where a field is at fault."""
    for name, answer in _answers(graph).items():
        assert answer.body["requestId"] == answer.headers["X-Request-Id"] == "r-1", name
        if "errors" in answer.body:
            assert answer.body.keys() == {"error", "errors", "requestId"}, name
            assert [error.keys() for error in answer.body["errors"]] == [{"field", "message"}], name
        else:
            assert answer.body.keys() == {"error", "message", "requestId"}, name


def test_nothing_of_the_request_is_repeated(graph: Graph) -> None:
    """Of a request, an answer holds its ID and nothing else."""
    for response in graph.all(aws.apigateway.Response):
        (template,) = response["responseTemplates"].values()
        assert re.findall(r"\$[\w.]*", template) == ["$context.requestId"], response
        assert response["responseTemplates"].keys() == {"application/json"}, response


def test_no_answer_is_kept_by_a_cache(graph: Graph) -> None:
    """Every answer carries `Cache-Control: no-store`."""
    assert {answer.headers["Cache-Control"] for answer in _answers(graph).values()} == {"no-store"}


def test_clients_are_told_when_to_come_again(graph: Graph) -> None:
    """`Retry-After` stands where the same request may succeed later, and nowhere else."""
    waits = {name: answer.headers.get("Retry-After") for name, answer in _answers(graph).items()}
    late = {"INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT"}
    soon = {"THROTTLED", "QUOTA_EXCEEDED"}
    assert {name for name, wait in waits.items() if wait is not None} == late | soon
    assert {waits[name] for name in soon} == {"1"}
    assert {waits[name] for name in late} == {str(functions.RETRY_AFTER_SECONDS)}


def _of_a_function(body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body, "requestId": "r-1"}


def _rejection(event: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(Rejection) as refused:
        HttpRequest.from_event(event).json()
    return _of_a_function(functions.rejected(refused.value).body)


def test_the_words_are_the_functions_words(graph: Graph) -> None:
    """Whoever answers, the gateway or a function, clients get the same words for the same thing."""
    said = {name: answer.body for name, answer in _answers(graph).items()}
    assert said["RESOURCE_NOT_FOUND"] == _of_a_function(functions.not_found().body)
    assert said["ACCESS_DENIED"] == _of_a_function(functions.forbidden().body)
    assert said["DEFAULT_5XX"]["error"] == functions.failed("do it").body["error"]
    assert said["INTEGRATION_TIMEOUT"]["message"] == functions.unavailable().body["message"]
    assert said["REQUEST_TOO_LARGE"] == _rejection(rest_request("x" * (MAX_BODY_BYTES + 1)))
    assert said["UNSUPPORTED_MEDIA_TYPE"] == _rejection(
        rest_request("{}", headers={"Content-Type": "text/plain"})
    )
    assert said["BAD_REQUEST_BODY"]["error"] == Rejection.invalid([]).error
    assert [error["field"] for error in said["BAD_REQUEST_BODY"]["errors"]] == ["body"]


@pytest.mark.parametrize(("auth", "status"), [("none", 404), ("apiKey", 404), ("iam", 403)])
def test_an_unknown_path_is_not_found(auth: str, status: int) -> None:
    """Where API Gateway misses a token there is nothing, or, if the API asks for signatures, there may be none."""
    answer = _answers(rest(auth))["MISSING_AUTHENTICATION_TOKEN"]
    assert answer.status == status
    assert (answer.body == _of_a_function(functions.not_found().body)) == (status == 404)
    assert (answer.body["error"] == functions.forbidden().body["error"]) == (status == 403)


@pytest.mark.parametrize(
    ("origins", "allowed"),
    [(["*"], "*"), (["https://a.shop-orders.net"], "https://a.shop-orders.net"), (_SEVERAL, "*")],
)
def test_pages_may_read_the_answers(origins: list[str], allowed: str) -> None:
    """Answers name the stack's one origin; where it has several, any page may read them, as they hold nobody's data."""
    for answer in _answers(rest(corsOrigins=json.dumps(origins))).values():
        assert answer.headers["Access-Control-Allow-Origin"] == allowed
        assert (
            answer.headers["Access-Control-Expose-Headers"]
            == "x-request-id,idempotent-replayed,retry-after"
        )


def _preflights(graph: Graph) -> dict[str, dict[str, str]]:
    """The headers that browsers get, by path."""
    paths = {method["resourceId"]: path(graph, method) for method in methods(graph, preflight=True)}
    return {
        paths[response["resourceId"]]: {
            _header(k): _value(v) for k, v in response["responseParameters"].items()
        }
        for response in graph.all(aws.apigateway.IntegrationResponse)
    }


def test_without_an_origin_there_is_no_cors() -> None:
    """A stack whose list of origins is empty answers no preflight, and none of its responses has a CORS header."""
    graph = rest(corsOrigins="[]")
    assert methods(graph, preflight=True) == []
    headers = {name for answer in _answers(graph).values() for name in answer.headers}
    assert headers == {"X-Request-Id", "Cache-Control", "Retry-After"}


def test_browsers_may_ask_for_every_path(graph: Graph) -> None:
    """Every path answers `OPTIONS` without a function, to everybody, with the methods that it has."""
    served: dict[str, set[str]] = {}
    for method in methods(graph):
        served.setdefault(path(graph, method), set()).add(method["httpMethod"])
    preflights = _preflights(graph)
    assert preflights.keys() == served.keys()
    for at, headers in preflights.items():
        assert set(headers["Access-Control-Allow-Methods"].split(",")) == {*served[at], "OPTIONS"}
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
    assert len(mocks) == len(served)
    assert {(mock["type"], mock["requestTemplates"]["application/json"]) for mock in mocks} == {
        ("MOCK", '{"statusCode": 204}')
    }


def test_every_header_of_a_preflight_is_declared(graph: Graph) -> None:
    """API Gateway drops what the method's response does not declare."""
    declared = {each["resourceId"]: each for each in graph.all(aws.apigateway.MethodResponse)}
    for response in graph.all(aws.apigateway.IntegrationResponse):
        of_method = declared[response["resourceId"]]
        assert of_method["responseParameters"].keys() == response["responseParameters"].keys(), (
            response
        )
        assert of_method["statusCode"] == response["statusCode"] == "204", response


@pytest.mark.parametrize("origin", ["*", "https://a.shop-orders.net"])
def test_one_origin_is_always_told(origin: str) -> None:
    """With one origin, or every one, the preflight's answer is the same for all."""
    graph = rest(corsOrigins=json.dumps([origin]))
    for headers in _preflights(graph).values():
        assert headers["Access-Control-Allow-Origin"] == origin
        assert "Vary" not in headers
    assert not any(
        "responseTemplates" in each.inputs for each in graph.all(aws.apigateway.IntegrationResponse)
    )


@pytest.mark.parametrize(
    ("asking", "told"),
    [
        *((origin, origin) for origin in _SEVERAL),
        ("https://evil.shop-orders.net", _SEVERAL[0]),
        ("https://a.shop-orders.net.evil.example", _SEVERAL[0]),
        (None, _SEVERAL[0]),
    ],
)
def test_one_of_several_origins_is_told_its_own(asking: str | None, told: str) -> None:
    """With several origins a browser is told its own, and one that is not allowed is told another's."""
    graph = rest(corsOrigins=json.dumps(_SEVERAL))
    for response in graph.all(aws.apigateway.IntegrationResponse):
        headers = {_header(k): _value(v) for k, v in response["responseParameters"].items()}
        assert headers["Vary"] == "Origin"
        echoed = _echoed(response["responseTemplates"]["application/json"], asking)
        assert {**headers, **echoed}["Access-Control-Allow-Origin"] == told


def _echoed(template: str, origin: str | None) -> dict[str, str]:
    """What the template makes of an `Origin` header: its few lines are read as what they say."""
    read, empty, again, end, condition, override, last = template.split("\n")
    assert (read, again) == tuple(
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
