"""What every kind of gateway is given, and what every kind has to offer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

import pulumi
from pydantic import BaseModel

from infra.encryption import Encryption
from infra.functions.function import Function

# One second below the functions' own 30, so that a slow order gets the gateway's answer and not a cut connection.
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
EXPOSED_HEADERS: Final = ("x-request-id", "idempotent-replayed", "retry-after")
PREFLIGHT_SECONDS: Final = 3600


@dataclass(frozen=True, kw_only=True)
class Route:
    """A method and a path, such as `GET` and `/orders/{orderId}`, and the function that answers.

    `body` is the model of what clients send, for gateways that look at it before the function does.
    """

    method: str
    path: str
    function: Function
    body: type[BaseModel] | None = None

    @property
    def key(self) -> str:
        """Both, as API Gateway writes them: `GET /orders/{orderId}`."""
        return f"{self.method} {self.path}"

    @property
    def label(self) -> str:
        """Both, as resources are named after them: `get-orders-orderId`."""
        return self.method.lower() + labelled(self.path)

    @property
    def source(self) -> str:
        """Both, as the ARN of what may invoke the function ends: `GET/orders/*`.

        `*` is AWS's own word for a parameter in there, and fits the parameter's name in braces as well.
        https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
        """
        return self.method + re.sub(r"{[^}]*}", "*", self.path)


def labelled(path: str) -> str:
    """Return a path as resources are named after it: `-orders-orderId` for `/orders/{orderId}`."""
    return path.translate({ord("/"): "-", ord("{"): None, ord("}"): None, ord("+"): None})


@dataclass(frozen=True, kw_only=True)
class Throttling:
    """Requests per second in the long run, and at once."""

    rate_limit: int
    burst_limit: int

    @classmethod
    def of(cls, *, rate_limit: int | None, burst_limit: int | None, default: "Throttling") -> Self:
        """Return what is given; a burst of two seconds' worth of requests where only the rate is."""
        rate = rate_limit or default.rate_limit
        return cls(rate_limit=rate, burst_limit=burst_limit or 2 * rate)

    def within(self, other: "Throttling") -> "Throttling":
        """Return the lower of both limits."""
        return Throttling(
            rate_limit=min(self.rate_limit, other.rate_limit),
            burst_limit=min(self.burst_limit, other.burst_limit),
        )


@dataclass(frozen=True, kw_only=True)
class GatewayArgs:
    """What is exposed; `fallback` answers requests for which there is no route, where the gateway cannot.

    `detailed_metrics` are metrics by route, for which CloudWatch charges as for custom metrics.
    """

    routes: Sequence[Route]
    fallback: Function
    cors_origins: Sequence[str]
    log_retention_days: int
    tracing: bool
    detailed_metrics: bool
    encryption: Encryption


@dataclass(frozen=True, kw_only=True)
class GatewayMetrics:
    """Where CloudWatch keeps a gateway's figures, whose names differ between its kinds."""

    namespace: str
    dimensions: Mapping[str, pulumi.Input[str]]
    count: str
    client_errors: str
    server_errors: str
    latency: str


class Gateway(Protocol):
    """A gateway that is there."""

    endpoint: pulumi.Output[str]
    """The URL before the routes' paths, without a slash at its end."""

    api_id: pulumi.Output[str]
    access_log_name: pulumi.Output[str]
    metrics: GatewayMetrics

    outputs: Mapping[str, pulumi.Output[object]]
    """What only this kind of gateway, with this kind of access, has to tell."""


class GatewayKind(Protocol):
    """A kind of gateway, with everything that the stack decides about it."""

    def create(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions) -> Gateway:
        """Create the gateway."""
        ...
