"""What HTTP APIs and REST APIs have in common: routes, throttling, CORS headers, metrics."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pydantic import BaseModel

from handlers.http import cors
from infra.encryption import Encryption
from infra.functions.function import Function

# The functions' timeout is one second longer, so that a slow order gets the gateway's response and
# not a closed connection.
TIMEOUT_MS: Final = 29_000

ALLOWED_HEADERS: Final = (
    "authorization",
    "content-type",
    "idempotency-key",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-api-key",
    "x-correlation-id",
)
EXPOSED_HEADERS: Final = tuple(name.lower() for name in cors.EXPOSED_HEADERS)
PREFLIGHT_SECONDS: Final = 3600


@dataclass(frozen=True, kw_only=True)
class Route:
    """A method and a path, such as `GET` and `/orders/{orderId}`, and the function that serves it.

    `body` is the model of the request body, which a REST API checks; None for requests without one.
    """

    method: str
    path: str
    function: Function
    body: type[BaseModel] | None

    @property
    def key(self) -> str:
        """The route key: `GET /orders/{orderId}`."""
        return f"{self.method} {self.path}"

    @property
    def label(self) -> str:
        """The part of resource names that stands for the route: `get-orders-orderId`."""
        return self.method.lower() + resource_suffix(self.path)

    @property
    def source(self) -> str:
        """The end of the ARN that may invoke the function: `GET/orders/*`.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
        """
        return self.method + re.sub(r"{[^}]*}", "*", self.path)


def resource_suffix(path: str) -> str:
    """Return the part of resource names that stands for a path: `-orders-orderId`."""
    return path.translate({ord("/"): "-", ord("{"): None, ord("}"): None, ord("+"): None})


@dataclass(frozen=True, kw_only=True)
class Throttling:
    """The steady-state rate in requests per second, and the burst."""

    rate_limit: int
    burst_limit: int


@dataclass(frozen=True, kw_only=True)
class GatewayArgs:
    """What both kinds of gateway need; `fallback` responds to requests that match no HTTP route.

    `detailed_metrics` are metrics by route, which CloudWatch bills as custom metrics.
    """

    routes: Sequence[Route]
    fallback: Function
    cors_origins: Sequence[pulumi.Input[str]]
    log_retention_days: int
    tracing: bool
    detailed_metrics: bool
    encryption: Encryption


@dataclass(frozen=True, kw_only=True)
class GatewayMetrics:
    """The names of a gateway's CloudWatch metrics, which differ between HTTP and REST APIs."""

    namespace: str
    dimensions: Mapping[str, pulumi.Input[str]]
    count: str
    client_errors: str
    server_errors: str
    latency: str
