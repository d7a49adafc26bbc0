"""API Gateway, the API entry point: an HTTP API or a REST API."""

from infra.gateway.args import GatewayArgs, GatewayMetrics, Route, Throttling
from infra.gateway.http.api import HttpGateway, HttpSettings
from infra.gateway.rest.api import RestGateway, RestSettings

Gateway = HttpGateway | RestGateway
GatewaySettings = HttpSettings | RestSettings

__all__ = [
    "Gateway",
    "GatewayArgs",
    "GatewayMetrics",
    "GatewaySettings",
    "HttpGateway",
    "HttpSettings",
    "RestGateway",
    "RestSettings",
    "Route",
    "Throttling",
]
