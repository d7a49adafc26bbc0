"""The front door: the kinds of gateway that a stack can have, and what the rest of the program may know of any."""

from infra.gateway.args import Gateway, GatewayArgs, GatewayKind, GatewayMetrics, Route, Throttling
from infra.gateway.http.api import Http
from infra.gateway.rest.api import Rest

__all__ = [
    "Gateway",
    "GatewayArgs",
    "GatewayKind",
    "GatewayMetrics",
    "Http",
    "Rest",
    "Route",
    "Throttling",
]
