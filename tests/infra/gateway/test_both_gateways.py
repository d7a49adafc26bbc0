"""HTTP and REST APIs alike: routes, throttling, access logs, Lambda permissions, outputs."""

from __future__ import annotations

import re

import pulumi_aws as aws
import pytest

from tests.infra.support.gateways import (
    PUBLIC_ROUTES,
    VARIANTS,
    Variant,
    access_log_fields,
    api,
    gateway_graph,
    limits,
    routes,
    second_update,
    stage,
    stage_name,
)
from tests.infra.support.graph import Graph, is_unknown, leaves

_SUBMIT = {"POST /orders", "POST /order"}
_READ = {"GET /orders/{orderId}", "GET /customers/{customerId}/orders"}

# By the stack's `auth`.
_AUTHORIZATION = {"none": "NONE", "jwt": "JWT", "iam": "AWS_IAM", "apiKey": "key"}


@pytest.fixture(params=VARIANTS, ids="-".join)
def variant(request: pytest.FixtureRequest) -> Variant:
    """Each kind of gateway with each authentication."""
    value: Variant = request.param
    return value


@pytest.fixture
def graph(variant: Variant) -> Graph:
    """Its graph."""
    return gateway_graph(variant)


def _expected_routes(graph: Graph) -> set[str]:
    return _SUBMIT | (set() if graph.config("auth") == "none" else _READ)


def _package(route: str) -> str:
    return "lookup" if route in _READ else "orders"


def _alias(graph: Graph, package: str) -> str:
    """The ARN that invokes a function's `live` alias."""
    function = graph.named(aws.lambda_.Function, package)
    return str(graph.by_arn(f"{function.arn}:live").outputs["invokeArn"])


def test_routes_invoke_live_aliases(graph: Graph) -> None:
    """The orders function has the routes that submit, the lookup function those that read."""
    deployed = routes(graph)
    assert deployed.keys() - PUBLIC_ROUTES == _expected_routes(graph)
    for route in _expected_routes(graph):
        assert deployed[route].uri == _alias(graph, _package(route)), route


def test_authenticated_clients_can_read_orders(variant: Variant) -> None:
    """The routes that read orders, and the lookup function, exist with authentication alone."""
    authenticated = variant.auth != "none"
    graph = gateway_graph(variant)
    assert (routes(graph).keys() >= _READ) == authenticated
    names = {function["name"] for function in graph.all(aws.lambda_.Function)}
    assert (f"{graph.prefix}lookup" in names) == authenticated


def test_every_route_has_the_same_authorization(variant: Variant) -> None:
    """All routes have the stack's authorization, except for preflights and the default route."""
    deployed = routes(gateway_graph(variant))
    assert deployed.keys() & PUBLIC_ROUTES == (
        PUBLIC_ROUTES if variant.gateway == "http" else set()
    )
    types = {each.authorization for key, each in deployed.items() if key not in PUBLIC_ROUTES}
    assert types == {_AUTHORIZATION[variant.auth]}


def test_the_integration_timeout_is_shorter_than_the_functions(graph: Graph) -> None:
    """The gateway responds one second before the function's timeout."""
    assert {route.timeout_ms for route in routes(graph).values()} == {29_000}
    for package in {_package(route) for route in routes(graph)}:
        assert graph.named(aws.lambda_.Function, package)["timeout"] == 30


def test_only_the_routes_may_invoke_functions(graph: Graph) -> None:
    """API Gateway may invoke an alias for its own routes alone, with any path parameters."""
    base = f"{api(graph).outputs['executionArn']}/{stage_name(graph)}/"
    by_source = {}
    for permission in graph.all(aws.lambda_.Permission):
        assert permission["action"] == "lambda:InvokeFunction", permission
        assert permission["principal"] == "apigateway.amazonaws.com", permission
        assert permission["qualifier"] == "live", permission
        by_source[permission["sourceArn"]] = permission["function"]
    expected = {}
    for route in routes(graph):
        expected[base + re.sub(r"{[^}]+}", "*", route.replace(" ", ""))] = (
            f"{graph.prefix}{_package(route)}"
        )
    assert by_source == expected


def test_each_kind_of_gateway_has_default_throttling(variant: Variant) -> None:
    """An HTTP API takes 1000 requests a second, a REST API 100, and twice that as a burst."""
    assert (
        limits(gateway_graph(variant))
        == {"http": (1000, 2000), "rest": (100, 200)}[variant.gateway]
    )


@pytest.mark.parametrize(
    ("throttling", "expected"),
    [('{"rateLimit":7}', (7, 14)), ('{"rateLimit":7,"burstLimit":9}', (7, 9))],
)
@pytest.mark.parametrize("gateway", ["http", "rest"])
def test_the_stack_sets_the_throttling(
    gateway: str, throttling: str, expected: tuple[int, int]
) -> None:
    """The stack's limits are those of every route; by default the burst is twice the rate."""
    assert limits(gateway_graph(Variant(gateway, "none"), throttling=throttling)) == expected


def test_every_request_is_logged_as_json(graph: Graph) -> None:
    """The access log is JSON with a retention, and holds neither addresses nor paths of clients."""
    group = graph.by_arn(stage(graph)["accessLogSettings"]["destinationArn"])
    assert group["retentionInDays"] == graph.config("logRetentionDays")
    assert group["name"] == _access_log(graph)
    fields = access_log_fields(graph)
    assert {
        "requestId",
        "time",
        "method",
        "route",
        "status",
        "latencyMs",
        "gatewayError",
    } <= fields.keys()
    assert all(value.startswith("$context.") for value in fields.values())
    assert not any("sourceIp" in value or "identity" in value for value in fields.values())
    assert "$context.path" not in fields.values()


def test_outputs_describe_the_api(variant: Variant) -> None:
    """The outputs hold the URL of the orders, the API's ID and its access log."""
    graph = gateway_graph(variant)
    endpoint = graph.outputs["apiEndpoint"]
    assert endpoint == api(graph).outputs.get("apiEndpoint", stage(graph).outputs.get("invokeUrl"))
    assert graph.outputs["ordersUrl"] == f"{endpoint}/orders"
    assert graph.outputs["apiId"] == api(graph).outputs["id"]
    assert graph.outputs["accessLogGroupName"] == _access_log(graph)


def _access_log(graph: Graph) -> str:
    """Each kind has another name, as a stack that changes its kind has both logs for a moment."""
    return (
        f"/aws/vendedlogs/{graph.prefix}"
        + {"http": "api", "rest": "rest-api"}[graph.config("gateway")]
    )


def test_preview_shows_what_an_update_deploys(variant: Variant) -> None:
    """A preview registers the same resources; only values that AWS computes are unknown."""

    def shape(of: Graph) -> list[tuple[object, ...]]:
        return [
            (r.urn, r.parent and r.parent.urn, r.depends_on, sorted(r.inputs)) for r in of.resources
        ]

    before, after = gateway_graph(variant, preview=True), gateway_graph(variant)
    assert shape(before) == shape(after)
    for early, late in zip(before.resources, after.resources, strict=True):
        inputs = dict(leaves(late.inputs))
        for path, value in leaves(early.inputs):
            assert is_unknown(value) or value == inputs[path], f"{early}: {path}"


def test_a_second_update_changes_nothing(variant: Variant) -> None:
    """The same program and configuration register the same inputs."""
    assert second_update(variant) == gateway_graph(variant)


def test_functions_get_the_origins_and_the_retention() -> None:
    """Functions get the allowed origins and the retention as environment variables."""
    graph = gateway_graph(
        VARIANTS[0],
        corsOrigins='["https://a.shop-orders.net","https://b.shop-orders.net"]',
        orderRetentionDays="12",
    )
    variables = graph.named(aws.lambda_.Function, "orders")["environment"]["variables"]
    assert variables["CORS_ORIGINS"] == "https://a.shop-orders.net,https://b.shop-orders.net"
    assert variables["ORDER_RETENTION_DAYS"] == "12"


def test_no_route_is_served_before_it_may_invoke_its_function(variant: Variant) -> None:
    """The HTTP routes, or the REST deployment, depend on the permissions of all routes."""
    graph = gateway_graph(variant)
    served = (
        [*graph.all(aws.apigatewayv2.Route)]
        if variant.gateway == "http"
        else graph.all(aws.apigateway.Deployment)
    )
    dependencies = frozenset.union(*(resource.depends_on for resource in served))
    assert {permission.urn for permission in graph.all(aws.lambda_.Permission)} <= dependencies
