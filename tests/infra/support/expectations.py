"""What a stack's configuration leads one to expect in its graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pulumi_aws as aws

from handlers.common.contract import API_FUNCTION, WRITER, function_names

if TYPE_CHECKING:
    from tests.infra.support.graph import Graph

# The handlers' metrics for failed requests or messages, then those for processed messages.
OUTCOMES = {
    "orders": ("OrdersFailed",),
    "intake": ("OrdersFailed",),
    "lookup": ("LookupsFailed",),
    "processor": ("OrdersFailed", "OrdersProcessed"),
    "email": ("EmailsFailed", "EmailsSent", "EmailsSkipped", "EmailsRejected", "EmailsSuppressed"),
    "audit": ("AuditRecordsFailed", "AuditRecordsCreated"),
}


class ApiMetrics(NamedTuple):
    """How CloudWatch keeps the figures of a stack's gateway."""

    dimensions: dict[str, str]
    client_errors: str
    server_errors: str


def api_function(graph: Graph) -> str:
    """The package of the function behind the gateway."""
    return API_FUNCTION[graph.config("ingestion")]


def writer(graph: Graph) -> str:
    """The package of the function that writes orders."""
    return WRITER[graph.config("ingestion")]


def packages(graph: Graph) -> set[str]:
    """The packages of every function that the stack has."""
    return set(function_names(ingestion=graph.config("ingestion"), auth=graph.config("auth")))


def client_packages(graph: Graph) -> set[str]:
    """The packages of the functions that clients wait for."""
    return packages(graph) & {"orders", "intake", "lookup"}


def work_queues(graph: Graph) -> set[str]:
    """The short names of the queues that functions consume."""
    order_queue = {"orders"} if graph.config("ingestion") == "queued" else set()
    return order_queue | {"email", "audit"}


def endpoint(graph: Graph) -> str:
    """The URL that AWS gives the stack's API."""
    if graph.config("gateway") == "http":
        (api,) = graph.all(aws.apigatewayv2.Api)
        return str(api.outputs["apiEndpoint"])
    (stage,) = graph.all(aws.apigateway.Stage)
    return str(stage.outputs["invokeUrl"])


def cors_origins(graph: Graph) -> list[str]:
    """The origins whose pages may call the stack's API."""
    origins: list[str] = graph.config("corsOrigins")
    if not graph.config("storefront"):
        return origins
    own = graph.outputs["storefrontUrl"].removesuffix("/")
    return [own, *(origin for origin in origins if origin != "*")]


def api_metrics(graph: Graph) -> ApiMetrics:
    """The figures of the stack's gateway."""
    if graph.config("gateway") == "http":
        (api,) = graph.all(aws.apigatewayv2.Api)
        return ApiMetrics({"ApiId": api.outputs["id"]}, "4xx", "5xx")
    (api,), (stage,) = graph.all(aws.apigateway.RestApi), graph.all(aws.apigateway.Stage)
    return ApiMetrics({"ApiName": api["name"], "Stage": stage["stageName"]}, "4XXError", "5XXError")
