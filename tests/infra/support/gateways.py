"""Stacks with every kind of gateway and of callers, and what either kind of gateway has in a graph."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pulumi
import pulumi_aws as aws

from infra import config, naming, wiring
from infra.orders_api import OrdersApi, OrdersApiArgs
from infra.table import TableSettings
from tests.infra.support.graph import Graph, record, record_anew, settings
from tests.support.stacks import SHIPPED

if TYPE_CHECKING:
    from tests.infra.support.graph import Resource
    from tooling.stackfile import StackFile

_PLAIN = SHIPPED["staging"]

# What each way to tell callers apart needs besides.
_NEEDED: dict[str, dict[str, str]] = {
    "none": {},
    "iam": {},
    "jwt": {"jwt": '{"issuer":"https://login.shop-orders.net","audiences":["orders","shop"]}'},
    "apiKey": {"apiKeys": '["mobile-app","web-shop"]'},
}


# Routes that an HTTP API has for everyone: preflights, and what fits no other route.
FOR_EVERYONE = {"$default", "OPTIONS /{proxy+}"}


class Front(NamedTuple):
    """A kind of gateway, and whom it lets in."""

    gateway: str
    auth: str


FRONTS = [
    *(Front("http", auth) for auth in ("none", "jwt", "iam")),
    *(Front("rest", auth) for auth in ("none", "apiKey", "iam")),
]
RESTS = [front for front in FRONTS if front.gateway == "rest"]


def front_door(front: Front, *, preview: bool = False, **keys: str) -> Graph:
    """The front door alone, some of whose other keys are set: a fraction of the time that a stack takes."""
    return record(_configured(front, **keys), _front_door, preview=preview)


def again(front: Front) -> Graph:
    """The front door once more, as a second update asks for it."""
    return record_anew(_configured(front), _front_door)


def _configured(front: Front, **keys: str) -> StackFile:
    """A stack whose keys are at their defaults as far as a gateway is concerned."""
    reset = dict.fromkeys(("throttling", "corsOrigins", "reservedConcurrency"))
    return settings(_PLAIN, **{**reset, **_NEEDED[front.auth], **front._asdict(), **keys})


def _front_door() -> None:
    """What the program does as far as the API; the output `secrets` says which others the engine would not show."""
    stack = config.load()
    naming.tag_everything()
    encryption = wiring.encryption(stack)
    args = OrdersApiArgs(
        settings=wiring.function_settings(stack, encryption, vpc=None),
        tables=TableSettings(encryption=encryption),
        gateway=wiring.gateway(stack),
        ingestion=stack.ingestion,
        lookups=stack.auth != "none",
        customer_claim=wiring.customer_claim(stack),
        contact=stack.contact,
        cors_origins=stack.cors_origins,
        order_retention_days=stack.order_retention_days,
        detailed_metrics=True,
    )
    api = OrdersApi("orders-api", args)
    found = {
        "apiEndpoint": api.endpoint,
        "ordersUrl": api.orders_url,
        "apiId": api.gateway.api_id,
        "accessLogGroupName": api.gateway.access_log_name,
        **api.gateway.outputs,
    }
    for name, value in found.items():
        pulumi.export(name, value)
    pulumi.export(
        "secrets", {name: value.is_secret() for name, value in api.gateway.outputs.items()}
    )


def rest(auth: str = "none", **keys: str) -> Graph:
    """The front door with a REST API."""
    return front_door(Front("rest", auth), preview=False, **keys)


def http(auth: str = "none", **keys: str) -> Graph:
    """The front door with an HTTP API."""
    return front_door(Front("http", auth), preview=False, **keys)


class Endpoint(NamedTuple):
    """What a route leads to, and what it asks of callers."""

    uri: str
    timeout_ms: int
    asks_for: str


def api(graph: Graph) -> Resource:
    """The API, of whichever kind."""
    (found,) = graph.all(
        aws.apigatewayv2.Api if graph.config("gateway") == "http" else aws.apigateway.RestApi
    )
    return found


def stage(graph: Graph) -> Resource:
    """Its stage."""
    (found,) = graph.all(
        aws.apigatewayv2.Stage if graph.config("gateway") == "http" else aws.apigateway.Stage
    )
    return found


def stage_name(graph: Graph) -> str:
    """What its stage is called."""
    found: str = stage(graph)["name" if graph.config("gateway") == "http" else "stageName"]
    return found


def endpoints(graph: Graph) -> dict[str, Endpoint]:
    """What each route leads to, by `POST /orders` and its like."""
    return _http_endpoints(graph) if graph.config("gateway") == "http" else _rest_endpoints(graph)


def _http_endpoints(graph: Graph) -> dict[str, Endpoint]:
    integrations = {
        f"integrations/{each.outputs['id']}": each
        for each in graph.all(aws.apigatewayv2.Integration)
    }
    found = {}
    for route in graph.all(aws.apigatewayv2.Route):
        integration = integrations[route["target"]]
        found[route["routeKey"]] = Endpoint(
            integration["integrationUri"],
            integration["timeoutMilliseconds"],
            route.inputs.get("authorizationType", "NONE"),
        )
    return found


def _rest_endpoints(graph: Graph) -> dict[str, Endpoint]:
    integrations = {
        (each["resourceId"], each["httpMethod"]): each
        for each in graph.all(aws.apigateway.Integration)
    }
    found = {}
    for method in methods(graph):
        integration = integrations[method["resourceId"], method["httpMethod"]]
        assert (integration["type"], integration["integrationHttpMethod"]) == ("AWS_PROXY", "POST")
        found[f"{method['httpMethod']} {path(graph, method)}"] = Endpoint(
            integration["uri"],
            integration["timeoutMilliseconds"],
            "key" if method.inputs.get("apiKeyRequired") else method["authorization"],
        )
    return found


def methods(graph: Graph, *, preflight: bool = False) -> list[Resource]:
    """The methods of a REST API that clients call, or those that answer browsers beforehand."""
    return [
        each
        for each in graph.all(aws.apigateway.Method)
        if (each["httpMethod"] == "OPTIONS") is preflight
    ]


def path(graph: Graph, method: Resource) -> str:
    """The path of a REST API's method."""
    resources = {each.outputs["id"]: each for each in graph.all(aws.apigateway.Resource)}
    parts, at = [], method["resourceId"]
    while at != api(graph).outputs["rootResourceId"]:
        parts.append(resources[at]["pathPart"])
        at = resources[at]["parentId"]
    return "".join(f"/{part}" for part in reversed(parts))


def limits(graph: Graph) -> tuple[int, int]:
    """The rate and the burst that every route is limited to."""
    if graph.config("gateway") == "http":
        found: dict[str, Any] = stage(graph)["defaultRouteSettings"]
    else:
        (settled,) = graph.all(aws.apigateway.MethodSettings)
        assert settled["methodPath"] == "*/*"
        found = settled["settings"]
    return found["throttlingRateLimit"], found["throttlingBurstLimit"]


def route_limits(graph: Graph) -> dict[str, tuple[int, int]]:
    """The rate and the burst of the routes of an HTTP API that have limits of their own."""
    return {
        found["routeKey"]: (found["throttlingRateLimit"], found["throttlingBurstLimit"])
        for found in stage(graph)["routeSettings"]
    }


def access_log_fields(graph: Graph) -> dict[str, str]:
    """The fields of an access log line, and what stands in them."""
    fields: dict[str, str] = json.loads(stage(graph)["accessLogSettings"]["format"])
    return fields
