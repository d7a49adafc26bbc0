"""HTTP APIs: automatic deployments, CORS, the JWT authorizer, and the default route."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from tests.infra.support.features import full
from tests.infra.support.gateways import (
    HTTP_VARIANTS,
    PUBLIC_ROUTES,
    Variant,
    api,
    gateway_graph,
    http,
    limits,
    route_limits,
    routes,
    stage,
)

if TYPE_CHECKING:
    from tests.infra.support.graph import Graph


@pytest.fixture(params=HTTP_VARIANTS, ids="-".join)
def graph(request: pytest.FixtureRequest) -> Graph:
    """An HTTP API with each authentication."""
    variant: Variant = request.param
    return gateway_graph(variant)


def test_events_have_payload_format_2(graph: Graph) -> None:
    """Functions get payload format 2.0 through a proxy integration."""
    assert api(graph)["protocolType"] == "HTTP"
    for integration in graph.all(aws.apigatewayv2.Integration):
        assert integration["integrationType"] == "AWS_PROXY", integration
        assert integration["payloadFormatVersion"] == "2.0", integration
        assert integration["apiId"] == api(graph).outputs["id"], integration


def test_the_stage_deploys_automatically(graph: Graph) -> None:
    """The stage deploys every change, and its first deployment holds every route."""
    assert stage(graph)["autoDeploy"] is True
    assert stage(graph)["name"] == "$default"
    assert {route.urn for route in graph.all(aws.apigatewayv2.Route)} <= stage(graph).depends_on


def test_the_default_route_invokes_the_api_function(graph: Graph) -> None:
    """The function that receives orders responds to unknown paths and methods."""
    deployed = routes(graph)
    assert deployed["$default"].uri == deployed["POST /orders"].uri
    assert deployed["$default"].authorization == "NONE"


def test_the_default_route_has_low_limits(graph: Graph) -> None:
    """Unknown paths, which need no credentials, use little of the function's concurrency."""
    assert route_limits(graph)["$default"] == (5, 10)
    assert route_limits(graph).keys() == PUBLIC_ROUTES
    assert limits(graph) == (1000, 2000)


def test_preflights_have_a_route(graph: Graph) -> None:
    """Preflights need no credentials, and have other limits than unknown paths."""
    preflight = routes(graph)["OPTIONS /{proxy+}"]
    assert (preflight.authorization, preflight.uri) == ("NONE", routes(graph)["POST /orders"].uri)
    assert route_limits(graph)["OPTIONS /{proxy+}"] == (100, 200)


def test_without_an_origin_there_is_no_preflight_route() -> None:
    """A stack that allows no origin has no route for preflights."""
    graph = http(corsOrigins="[]")
    assert "OPTIONS /{proxy+}" not in routes(graph)
    assert route_limits(graph).keys() == {"$default"}


def test_no_route_has_a_higher_limit_than_the_stack() -> None:
    """The default route and preflights get the stack's limits where those are lower."""
    graph = http(throttling='{"rateLimit":3,"burstLimit":50}')
    assert route_limits(graph) == {"$default": (3, 10), "OPTIONS /{proxy+}": (3, 50)}


def test_every_route_with_limits_exists(graph: Graph) -> None:
    """API Gateway rejects limits of a route that does not exist."""
    assert route_limits(graph).keys() <= {
        route["routeKey"] for route in graph.all(aws.apigatewayv2.Route)
    }


def test_cors_allows_methods_and_headers(graph: Graph) -> None:
    """CORS allows the methods of the routes and the request headers, but no credentials."""
    cors = api(graph)["corsConfiguration"]
    assert cors["allowOrigins"] == ["*"]
    read = {"GET"} if graph.config("auth") != "none" else set()
    assert set(cors["allowMethods"]) == {"POST", "OPTIONS", *read}
    assert {"authorization", "content-type", "idempotency-key", "x-correlation-id"} <= set(
        cors["allowHeaders"]
    )
    assert {"x-request-id", "idempotent-replayed", "retry-after"} == set(cors["exposeHeaders"])
    assert not cors.get("allowCredentials")


def test_without_an_origin_there_is_no_cors() -> None:
    """A stack that allows no origin has an API without CORS."""
    assert "corsConfiguration" not in api(http(corsOrigins="[]")).inputs


def test_cors_allows_the_stacks_origins() -> None:
    """CORS allows the origins of the stack and no others."""
    origins = ["https://a.shop-orders.net", "https://b.shop-orders.net"]
    graph = http(corsOrigins='["https://a.shop-orders.net","https://b.shop-orders.net"]')
    assert api(graph)["corsConfiguration"]["allowOrigins"] == origins


def test_the_jwt_authorizer_has_the_stacks_issuer() -> None:
    """The authorizer accepts tokens of the issuer for one of the audiences."""
    graph = http("jwt")
    (authorizer,) = graph.all(aws.apigatewayv2.Authorizer)
    assert authorizer["authorizerType"] == "JWT"
    assert authorizer["identitySources"] == ["$request.header.Authorization"]
    assert authorizer["jwtConfiguration"] == {
        "issuer": "https://login.shop-orders.net",
        "audiences": ["orders", "shop"],
    }
    protected = [
        route
        for route in graph.all(aws.apigatewayv2.Route)
        if route["routeKey"] not in PUBLIC_ROUTES
    ]
    assert {route["authorizerId"] for route in protected} == {authorizer.outputs["id"]}


def test_functions_get_the_claim_with_the_customer_id() -> None:
    """CUSTOMER_CLAIM names the token's claim with the customer ID; it is empty without tokens."""
    for auth, claim in (("jwt", "sub"), ("iam", "")):
        for function in ("orders", "lookup"):
            variables = http(auth).named(aws.lambda_.Function, function)["environment"]["variables"]
            assert variables["CUSTOMER_CLAIM"] == claim
    whole = full("direct").named(aws.lambda_.Function, "lookup")
    assert whole["environment"]["variables"]["CUSTOMER_CLAIM"] == "shop_customer"


def test_each_route_has_metrics() -> None:
    """Detailed metrics count the requests of each route."""
    assert stage(http())["defaultRouteSettings"]["detailedMetricsEnabled"] is True


def test_browsers_cache_preflights_for_an_hour() -> None:
    """Preflight responses are valid for an hour, and allow headers of keys and signatures."""
    cors = api(http())["corsConfiguration"]
    assert cors["maxAge"] == 3600
    assert {"x-api-key", "x-amz-date", "x-amz-security-token"} <= set(cors["allowHeaders"])
