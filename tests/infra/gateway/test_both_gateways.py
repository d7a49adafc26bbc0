"""The front door, whichever kind it is of: routes, limits, logs, and who may call the functions behind it."""

from __future__ import annotations

import re

import pulumi_aws as aws
import pytest

from tests.infra.support.gateways import (
    FOR_EVERYONE,
    FRONTS,
    Front,
    access_log_fields,
    again,
    api,
    endpoints,
    front_door,
    limits,
    stage,
    stage_name,
)
from tests.infra.support.graph import Graph, is_unknown, leaves

_SUBMIT = {"POST /orders", "POST /order"}
_READ = {"GET /orders/{orderId}", "GET /customers/{customerId}/orders"}

# What either kind of gateway asks callers for, by the stack's `auth`.
_ASKS_FOR = {"none": "NONE", "jwt": "JWT", "iam": "AWS_IAM", "apiKey": "key"}


@pytest.fixture(params=FRONTS, ids="-".join)
def front(request: pytest.FixtureRequest) -> Front:
    """Each kind of gateway with each kind of callers, in turn."""
    found: Front = request.param
    return found


@pytest.fixture
def graph(front: Front) -> Graph:
    """A front door of it."""
    return front_door(front)


def _routes(graph: Graph) -> set[str]:
    return _SUBMIT | (set() if graph.config("auth") == "none" else _READ)


def _package(route: str) -> str:
    return "lookup" if route in _READ else "orders"


def _alias(graph: Graph, package: str) -> str:
    """What API Gateway invokes a function by, through its `live` alias."""
    function = graph.named(aws.lambda_.Function, package)
    return str(graph.by_arn(f"{function.arn}:live").outputs["invokeArn"])


def test_routes_lead_to_live_aliases(graph: Graph) -> None:
    """Orders go to one function, questions about them to another, and nothing else has a route of its own."""
    found = endpoints(graph)
    assert found.keys() - FOR_EVERYONE == _routes(graph)
    for route in _routes(graph):
        assert found[route].uri == _alias(graph, _package(route)), route


def test_orders_can_be_read_by_callers_who_are_known(front: Front) -> None:
    """There are routes to read orders, and a function behind them, as soon as the API asks who calls."""
    known = front.auth != "none"
    graph = front_door(front)
    assert (endpoints(graph).keys() >= _READ) == known
    names = {function["name"] for function in graph.all(aws.lambda_.Function)}
    assert (f"{graph.prefix}lookup" in names) == known


def test_every_route_asks_for_the_same(front: Front) -> None:
    """No route lets in whom another would not, but for preflights and the answer that there is nothing."""
    found = endpoints(front_door(front))
    assert found.keys() & FOR_EVERYONE == (FOR_EVERYONE if front.gateway == "http" else set())
    asking = {endpoint.asks_for for route, endpoint in found.items() if route not in FOR_EVERYONE}
    assert asking == {_ASKS_FOR[front.auth]}


def test_the_gateway_waits_less_than_functions_may_run(graph: Graph) -> None:
    """The gateway gives up one second before a function has to, so that clients get its answer."""
    assert {endpoint.timeout_ms for endpoint in endpoints(graph).values()} == {29_000}
    for package in {_package(route) for route in endpoints(graph)}:
        assert graph.named(aws.lambda_.Function, package)["timeout"] == 30


def test_only_the_routes_may_invoke_functions(graph: Graph) -> None:
    """API Gateway may invoke an alias from the routes that lead to it, with anything for a parameter, and no others."""
    base = f"{api(graph).outputs['executionArn']}/{stage_name(graph)}/"
    by_source = {}
    for permission in graph.all(aws.lambda_.Permission):
        assert permission["action"] == "lambda:InvokeFunction", permission
        assert permission["principal"] == "apigateway.amazonaws.com", permission
        assert permission["qualifier"] == "live", permission
        by_source[permission["sourceArn"]] = permission["function"]
    expected = {}
    for route in endpoints(graph):
        expected[base + re.sub(r"{[^}]+}", "*", route.replace(" ", ""))] = (
            f"{graph.prefix}{_package(route)}"
        )
    assert by_source == expected


def test_limits_have_defaults_of_their_own(front: Front) -> None:
    """Unless the stack says more, an HTTP API takes 1000 requests a second, a REST API 100, and twice that at once."""
    assert limits(front_door(front)) == {"http": (1000, 2000), "rest": (100, 200)}[front.gateway]


@pytest.mark.parametrize(
    ("throttling", "expected"),
    [('{"rateLimit":7}', (7, 14)), ('{"rateLimit":7,"burstLimit":9}', (7, 9))],
)
@pytest.mark.parametrize("gateway", ["http", "rest"])
def test_the_stack_decides_the_limits(
    gateway: str, throttling: str, expected: tuple[int, int]
) -> None:
    """What the stack says holds for every route; at once it is two seconds' worth, unless that is said as well."""
    assert limits(front_door(Front(gateway, "none"), throttling=throttling)) == expected


def test_every_request_is_logged_as_json(graph: Graph) -> None:
    """Access logs are JSON with request, status and latency, without the client's address, in a group that expires."""
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


def test_outputs_lead_to_the_api(front: Front) -> None:
    """The outputs tell where orders go, which API it is, and where its requests are logged."""
    graph = front_door(front)
    endpoint = graph.outputs["apiEndpoint"]
    assert endpoint == api(graph).outputs.get("apiEndpoint", stage(graph).outputs.get("invokeUrl"))
    assert graph.outputs["ordersUrl"] == f"{endpoint}/orders"
    assert graph.outputs["apiId"] == api(graph).outputs["id"]
    assert graph.outputs["accessLogGroupName"] == _access_log(graph)


def _access_log(graph: Graph) -> str:
    """Each kind of gateway has a log of its own, lest a stack that changes its kind wants one name twice."""
    return (
        f"/aws/vendedlogs/{graph.prefix}"
        + {"http": "api", "rest": "rest-api"}[graph.config("gateway")]
    )


def test_preview_shows_what_an_update_deploys(front: Front) -> None:
    """A preview registers what an update does, and does not know what only AWS can tell."""

    def shape(of: Graph) -> list[tuple[object, ...]]:
        return [
            (r.urn, r.parent and r.parent.urn, r.depends_on, sorted(r.inputs)) for r in of.resources
        ]

    before, after = front_door(front, preview=True), front_door(front)
    assert shape(before) == shape(after)
    for early, late in zip(before.resources, after.resources, strict=True):
        told = dict(leaves(late.inputs))
        for path, value in leaves(early.inputs):
            assert is_unknown(value) or value == told[path], f"{early}: {path}"


def test_a_second_update_changes_nothing(front: Front) -> None:
    """The same program and configuration ask for the same, to the last character."""
    assert again(front) == front_door(front)


def test_functions_know_the_stacks_origins_and_terms() -> None:
    """The keys of the API reach the gateway and the function alike."""
    graph = front_door(
        FRONTS[0],
        corsOrigins='["https://a.shop-orders.net","https://b.shop-orders.net"]',
        orderRetentionDays="12",
    )
    variables = graph.named(aws.lambda_.Function, "orders")["environment"]["variables"]
    assert variables["CORS_ORIGINS"] == "https://a.shop-orders.net,https://b.shop-orders.net"
    assert variables["ORDER_RETENTION_DAYS"] == "12"


def test_no_route_is_served_before_it_may_call_its_function(front: Front) -> None:
    """What makes routes reachable waits for the permissions of all of them."""
    graph = front_door(front)
    gate = (
        [*graph.all(aws.apigatewayv2.Route)]
        if front.gateway == "http"
        else graph.all(aws.apigateway.Deployment)
    )
    waited_for = frozenset.union(*(resource.depends_on for resource in gate))
    assert {permission.urn for permission in graph.all(aws.lambda_.Permission)} <= waited_for
