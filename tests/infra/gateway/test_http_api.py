"""What HTTP APIs alone have: automatic deployments, CORS of their own, tokens, and a route for everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from tests.infra.support.features import full
from tests.infra.support.gateways import (
    FOR_EVERYONE,
    FRONTS,
    Front,
    api,
    endpoints,
    front_door,
    http,
    limits,
    route_limits,
    stage,
)

if TYPE_CHECKING:
    from tests.infra.support.graph import Graph


@pytest.fixture(params=[front for front in FRONTS if front.gateway == "http"], ids="-".join)
def graph(request: pytest.FixtureRequest) -> Graph:
    """An HTTP API for each kind of callers, in turn."""
    front: Front = request.param
    return front_door(front)


def test_the_gateway_speaks_payload_format_2(graph: Graph) -> None:
    """Functions get events of payload format 2.0 through a proxy integration."""
    assert api(graph)["protocolType"] == "HTTP"
    for integration in graph.all(aws.apigatewayv2.Integration):
        assert integration["integrationType"] == "AWS_PROXY", integration
        assert integration["payloadFormatVersion"] == "2.0", integration
        assert integration["apiId"] == api(graph).outputs["id"], integration


def test_changes_are_deployed_at_once(graph: Graph) -> None:
    """The stage deploys by itself, and its first deployment holds every route."""
    assert stage(graph)["autoDeploy"] is True
    assert stage(graph)["name"] == "$default"
    assert {route.urn for route in graph.all(aws.apigatewayv2.Route)} <= stage(graph).depends_on


def test_a_function_answers_what_no_route_fits(graph: Graph) -> None:
    """Unknown paths and methods are answered by the function that takes orders, in the API's own words, for anyone."""
    found = endpoints(graph)
    assert found["$default"].uri == found["POST /orders"].uri
    assert found["$default"].asks_for == "NONE"


def test_what_no_route_fits_uses_few_executions(graph: Graph) -> None:
    """Unknown paths, which need no credentials, are limited to a few requests a second, and other routes are not."""
    assert route_limits(graph)["$default"] == (5, 10)
    assert route_limits(graph).keys() == FOR_EVERYONE
    assert limits(graph) == (1000, 2000)


def test_preflights_have_a_route_of_their_own(graph: Graph) -> None:
    """Preflights of any path need no credentials, and are not throttled with unknown paths."""
    found = endpoints(graph)["OPTIONS /{proxy+}"]
    assert (found.asks_for, found.uri) == ("NONE", endpoints(graph)["POST /orders"].uri)
    assert route_limits(graph)["OPTIONS /{proxy+}"] == (100, 200)


def test_without_origins_there_are_no_preflights() -> None:
    """A stack whose API no page may call has no route for preflights."""
    graph = http(corsOrigins="[]")
    assert "OPTIONS /{proxy+}" not in endpoints(graph)
    assert route_limits(graph).keys() == {"$default"}


def test_no_route_has_a_higher_limit_than_the_stack_says() -> None:
    """Where the stack's own limits are lower, they hold for unknown paths and preflights as well."""
    graph = http(throttling='{"rateLimit":3,"burstLimit":50}')
    assert route_limits(graph) == {"$default": (3, 10), "OPTIONS /{proxy+}": (3, 50)}


def test_every_route_with_limits_of_its_own_exists(graph: Graph) -> None:
    """Limits are set for routes that the API has; API Gateway refuses others."""
    assert route_limits(graph).keys() <= {
        route["routeKey"] for route in graph.all(aws.apigatewayv2.Route)
    }


def test_browsers_of_the_configured_origins_may_call(graph: Graph) -> None:
    """CORS admits the stack's origins, the methods of its routes, the headers that it takes, and no credentials."""
    cors = api(graph)["corsConfiguration"]
    assert cors["allowOrigins"] == ["*"]
    reading = {"GET"} if graph.config("auth") != "none" else set()
    assert set(cors["allowMethods"]) == {"POST", "OPTIONS", *reading}
    assert {"authorization", "content-type", "idempotency-key", "x-correlation-id"} <= set(
        cors["allowHeaders"]
    )
    assert {"x-request-id", "idempotent-replayed", "retry-after"} == set(cors["exposeHeaders"])
    assert not cors.get("allowCredentials")


def test_without_an_origin_there_is_no_cors() -> None:
    """A stack whose list of origins is empty has an API without CORS."""
    assert "corsConfiguration" not in api(http(corsOrigins="[]")).inputs


def test_the_stack_decides_the_origins() -> None:
    """Pages of other sites than those of the stack's list may not call."""
    origins = ["https://a.shop-orders.net", "https://b.shop-orders.net"]
    graph = http(corsOrigins='["https://a.shop-orders.net","https://b.shop-orders.net"]')
    assert api(graph)["corsConfiguration"]["allowOrigins"] == origins


def test_tokens_are_checked_against_the_stacks_issuer() -> None:
    """An authorizer reads the Authorization header, and takes tokens of the issuer for one of the audiences."""
    graph = http("jwt")
    (authorizer,) = graph.all(aws.apigatewayv2.Authorizer)
    assert authorizer["authorizerType"] == "JWT"
    assert authorizer["identitySources"] == ["$request.header.Authorization"]
    assert authorizer["jwtConfiguration"] == {
        "issuer": "https://login.shop-orders.net",
        "audiences": ["orders", "shop"],
    }
    asking = [
        route
        for route in graph.all(aws.apigatewayv2.Route)
        if route["routeKey"] not in FOR_EVERYONE
    ]
    assert {route["authorizerId"] for route in asking} == {authorizer.outputs["id"]}


def test_the_customer_is_whom_the_token_names() -> None:
    """Functions are told the claim that is the customer's ID where there are tokens, and none where there are not."""
    for auth, claim in (("jwt", "sub"), ("iam", "")):
        for function in ("orders", "lookup"):
            variables = http(auth).named(aws.lambda_.Function, function)["environment"]["variables"]
            assert variables["CUSTOMER_CLAIM"] == claim
    whole = full("direct").named(aws.lambda_.Function, "lookup")
    assert whole["environment"]["variables"]["CUSTOMER_CLAIM"] == "shop_customer"


def test_requests_are_counted_by_route() -> None:
    """Each route of an HTTP API has figures of its own."""
    assert stage(http())["defaultRouteSettings"]["detailedMetricsEnabled"] is True


def test_preflights_are_remembered_for_an_hour() -> None:
    """Browsers ask once an hour, and may send the headers of keys and signatures."""
    cors = api(http())["corsConfiguration"]
    assert cors["maxAge"] == 3600
    assert {"x-api-key", "x-amz-date", "x-amz-security-token"} <= set(cors["allowHeaders"])
