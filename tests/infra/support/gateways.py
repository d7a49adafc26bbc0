"""Graphs of API Gateway alone, and what tests read in them for HTTP and REST APIs alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pulumi
import pulumi_aws as aws

from infra import config, naming, wiring
from infra.orders_api import OrdersApi, OrdersApiArgs
from tests.infra.support.defaults import BUNDLER
from tests.infra.support.graph import Graph, record, record_anew, settings
from tests.support.stacks import SHIPPED

if TYPE_CHECKING:
    from tests.infra.support.graph import Resource
    from tooling.stackfile import StackFile

# What each `auth` requires.
_REQUIRED: dict[str, dict[str, str]] = {
    "none": {},
    "iam": {},
    "jwt": {"jwt": '{"issuer":"https://login.shop-orders.net","audiences":["orders","shop"]}'},
    "apiKey": {"apiKeys": '["mobile-app","web-shop"]'},
}

# Routes of an HTTP API that need no credentials: the default route and CORS preflights.
PUBLIC_ROUTES = {"$default", "OPTIONS /{proxy+}"}


class Variant(NamedTuple):
    """A kind of gateway and its authentication."""

    gateway: str
    auth: str


HTTP_VARIANTS = [Variant("http", auth) for auth in ("none", "jwt", "iam")]
REST_VARIANTS = [Variant("rest", auth) for auth in ("none", "apiKey", "iam")]
VARIANTS = [*HTTP_VARIANTS, *REST_VARIANTS]


def gateway_graph(variant: Variant, *, preview: bool = False, **keys: str) -> Graph:
    """The graph of the orders API alone, in a fraction of the time that a stack takes."""
    return record(_configured(variant, **keys), _orders_api, preview=preview)


def second_update(variant: Variant) -> Graph:
    """The same graph, recorded anew."""
    return record_anew(_configured(variant), _orders_api)


def rest(auth: str = "none", **keys: str) -> Graph:
    """The graph of a REST API."""
    return gateway_graph(Variant("rest", auth), preview=False, **keys)


def http(auth: str = "none", **keys: str) -> Graph:
    """The graph of an HTTP API."""
    return gateway_graph(Variant("http", auth), preview=False, **keys)


def _configured(variant: Variant, **keys: str) -> StackFile:
    """A stack with default values for a gateway's keys."""
    defaults = dict.fromkeys(("throttling", "corsOrigins", "reservedConcurrency"))
    required = _REQUIRED[variant.auth]
    return settings(SHIPPED["staging"], **{**defaults, **required, **variant._asdict(), **keys})


def _orders_api() -> None:
    """The orders API as in `__main__.py`; the output `secrets` says which outputs are secret."""
    stack = config.load()
    naming.tag_resources()
    encryption = wiring.encryption(stack)
    args = OrdersApiArgs(
        settings=wiring.function_settings(stack, encryption, bundler=BUNDLER, vpc=None),
        tables=wiring.table_settings(stack, encryption),
        gateway=wiring.gateway(stack),
        ingestion=stack.ingestion,
        lookups=stack.auth != "none",
        customer_claim=wiring.customer_claim(stack),
        contact=stack.contact,
        cors_origins=wiring.cors_origins(stack, wiring.storefront(stack)),
        order_retention_days=stack.order_retention_days,
        detailed_metrics=True,
    )
    api = OrdersApi("orders-api", args)
    outputs = {
        "apiEndpoint": api.endpoint,
        "ordersUrl": api.orders_url,
        "apiId": api.gateway.api_id,
        "accessLogGroupName": api.gateway.access_log_name,
        **api.gateway.outputs,
    }
    for name, value in outputs.items():
        pulumi.export(name, value)
    secrets = {name: value.is_secret() for name, value in api.gateway.outputs.items()}
    pulumi.export("secrets", secrets)


class DeployedRoute(NamedTuple):
    """A route's integration, and its authorization: the type, or `key` for an API key."""

    uri: str
    timeout_ms: int
    authorization: str


def api(graph: Graph) -> Resource:
    """The API."""
    is_http = graph.config("gateway") == "http"
    (resource,) = graph.all(aws.apigatewayv2.Api if is_http else aws.apigateway.RestApi)
    return resource


def stage(graph: Graph) -> Resource:
    """The API's stage."""
    is_http = graph.config("gateway") == "http"
    (resource,) = graph.all(aws.apigatewayv2.Stage if is_http else aws.apigateway.Stage)
    return resource


def stage_name(graph: Graph) -> str:
    """The name of the API's stage."""
    name: str = stage(graph)["name" if graph.config("gateway") == "http" else "stageName"]
    return name


def routes(graph: Graph) -> dict[str, DeployedRoute]:
    """The routes by their keys, such as `POST /orders`."""
    return _http_routes(graph) if graph.config("gateway") == "http" else _rest_routes(graph)


def _http_routes(graph: Graph) -> dict[str, DeployedRoute]:
    integrations = {
        f"integrations/{each.outputs['id']}": each
        for each in graph.all(aws.apigatewayv2.Integration)
    }
    deployed = {}
    for route in graph.all(aws.apigatewayv2.Route):
        integration = integrations[route["target"]]
        deployed[route["routeKey"]] = DeployedRoute(
            integration["integrationUri"],
            integration["timeoutMilliseconds"],
            route.inputs.get("authorizationType", "NONE"),
        )
    return deployed


def _rest_routes(graph: Graph) -> dict[str, DeployedRoute]:
    integrations = {
        (each["resourceId"], each["httpMethod"]): each
        for each in graph.all(aws.apigateway.Integration)
    }
    deployed = {}
    for method in methods(graph):
        integration = integrations[method["resourceId"], method["httpMethod"]]
        assert (integration["type"], integration["integrationHttpMethod"]) == ("AWS_PROXY", "POST")
        deployed[f"{method['httpMethod']} {path(graph, method)}"] = DeployedRoute(
            integration["uri"],
            integration["timeoutMilliseconds"],
            "key" if method.inputs.get("apiKeyRequired") else method["authorization"],
        )
    return deployed


def methods(graph: Graph, *, preflight: bool = False) -> list[Resource]:
    """The methods of a REST API: those of its routes, or its CORS preflights."""
    return [
        method
        for method in graph.all(aws.apigateway.Method)
        if (method["httpMethod"] == "OPTIONS") is preflight
    ]


def path(graph: Graph, method: Resource) -> str:
    """The path of a REST API's method."""
    resources = {each.outputs["id"]: each for each in graph.all(aws.apigateway.Resource)}
    parts, current = [], method["resourceId"]
    while current != api(graph).outputs["rootResourceId"]:
        parts.append(resources[current]["pathPart"])
        current = resources[current]["parentId"]
    return "".join(f"/{part}" for part in reversed(parts))


def limits(graph: Graph) -> tuple[int, int]:
    """The rate and the burst limit of every route."""
    if graph.config("gateway") == "http":
        limits: dict[str, Any] = stage(graph)["defaultRouteSettings"]
    else:
        (method_settings,) = graph.all(aws.apigateway.MethodSettings)
        assert method_settings["methodPath"] == "*/*"
        limits = method_settings["settings"]
    return limits["throttlingRateLimit"], limits["throttlingBurstLimit"]


def route_limits(graph: Graph) -> dict[str, tuple[int, int]]:
    """The limits of an HTTP API's routes that have limits of their own."""
    return {
        route["routeKey"]: (route["throttlingRateLimit"], route["throttlingBurstLimit"])
        for route in stage(graph)["routeSettings"]
    }


def access_log_fields(graph: Graph) -> dict[str, str]:
    """The access log's fields and their variables."""
    fields: dict[str, str] = json.loads(stage(graph)["accessLogSettings"]["format"])
    return fields
