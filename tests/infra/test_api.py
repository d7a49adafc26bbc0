"""The front door: routes, limits, logs, and who may call the function behind it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi_aws as aws

if TYPE_CHECKING:
    from tests.support.infra_graph import Graph

_ROUTES = {"POST /orders", "POST /order"}


def test_both_routes_lead_to_the_live_alias(graph: Graph) -> None:
    """`POST /orders` and `POST /order`, and nothing else, reach the orders function's `live` alias."""
    (api,) = graph.all(aws.apigatewayv2.Api)
    (integration,) = graph.all(aws.apigatewayv2.Integration)
    alias = graph.by_arn(f"{graph.named(aws.lambda_.Function, 'orders').arn}:live")
    assert api["protocolType"] == "HTTP"
    assert {route["routeKey"] for route in graph.all(aws.apigatewayv2.Route)} == _ROUTES
    for route in graph.all(aws.apigatewayv2.Route):
        assert route["target"] == f"integrations/{integration.outputs['id']}", route
        assert route["apiId"] == api.outputs["id"], route
    assert integration["integrationUri"] == alias.outputs["invokeArn"]
    assert (integration["integrationType"], integration["apiId"]) == ("AWS_PROXY", api.outputs["id"])


def test_payload_and_timeout(graph: Graph) -> None:
    """The gateway speaks payload format 2.0, and gives up one second before the function has to."""
    (integration,) = graph.all(aws.apigatewayv2.Integration)
    assert integration["payloadFormatVersion"] == "2.0"
    assert integration["timeoutMilliseconds"] == 29_000
    assert integration["timeoutMilliseconds"] < 1000 * graph.named(aws.lambda_.Function, "orders")["timeout"]


def test_only_the_routes_may_invoke_the_function(graph: Graph) -> None:
    """API Gateway may invoke the alias, from each route of this API and from nowhere else."""
    (api,) = graph.all(aws.apigatewayv2.Api)
    sources = set()
    for permission in graph.all(aws.lambda_.Permission):
        assert permission["action"] == "lambda:InvokeFunction", permission
        assert permission["principal"] == "apigateway.amazonaws.com", permission
        assert permission["function"] == graph.named(aws.lambda_.Function, "orders")["name"], permission
        assert permission["qualifier"] == "live", permission
        sources.add(permission["sourceArn"])
    assert sources == {f"{api.outputs['executionArn']}/$default/{route.replace(' ', '')}" for route in _ROUTES}


def test_the_stack_decides_the_rates(graph: Graph) -> None:
    """The stage throttles every route as the stack says, and deploys changes by itself."""
    (stage,) = graph.all(aws.apigatewayv2.Stage)
    assert stage["defaultRouteSettings"]["throttlingRateLimit"] == graph.config("throttlingRateLimit")
    assert stage["defaultRouteSettings"]["throttlingBurstLimit"] == graph.config("throttlingBurstLimit")
    assert stage["autoDeploy"] is True
    assert stage["name"] == "$default"


def test_the_stage_waits_for_its_routes(graph: Graph) -> None:
    """The first deployment of the stage holds every route."""
    (stage,) = graph.all(aws.apigatewayv2.Stage)
    assert {route.urn for route in graph.all(aws.apigatewayv2.Route)} <= stage.depends_on


def test_every_request_is_logged_as_json(graph: Graph) -> None:
    """Access logs are JSON with request, status and latency, without the client's address, in a group that expires."""
    (stage,) = graph.all(aws.apigatewayv2.Stage)
    group = graph.by_arn(stage["accessLogSettings"]["destinationArn"])
    assert group["retentionInDays"] == graph.config("logRetentionDays")
    fields: dict[str, str] = json.loads(stage["accessLogSettings"]["format"])
    assert {"requestId", "time", "method", "path", "status", "latencyMs"} <= fields.keys()
    assert all(value.startswith("$context.") for value in fields.values())
    assert not any("sourceIp" in value or "identity" in value for value in fields.values())


def test_browsers_of_the_configured_origins_may_call(graph: Graph) -> None:
    """CORS admits the stack's origins, the methods and headers that the API takes, and no credentials."""
    (api,) = graph.all(aws.apigatewayv2.Api)
    cors = api["corsConfiguration"]
    assert cors["allowOrigins"] == graph.config("corsOrigins")
    assert set(cors["allowMethods"]) == {"POST", "OPTIONS"}
    assert {"content-type", "idempotency-key"} <= set(cors["allowHeaders"])
    assert {"x-request-id", "idempotent-replayed", "retry-after"} == set(cors["exposeHeaders"])
    assert not cors.get("allowCredentials")


def test_rates_origins_and_retention_follow_their_keys(customised: Graph) -> None:
    """The keys of the API reach the gateway and the function alike."""
    test_the_stack_decides_the_rates(customised)
    test_browsers_of_the_configured_origins_may_call(customised)
    variables = customised.named(aws.lambda_.Function, "orders")["environment"]["variables"]
    assert variables["CORS_ORIGINS"] == "https://a.example.com,https://b.example.com"
    assert variables["ORDER_RETENTION_DAYS"] == "12"
