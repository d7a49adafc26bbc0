"""The front door: an HTTP API of API Gateway, and what the rest of the program may know of any gateway."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from infra.function import Function
from infra.naming import named

# One second below the function's own 30, so that a slow order gets the gateway's answer and not a cut connection.
TIMEOUT_MS: Final = 29_000

_STAGE: Final = "$default"
_ALLOWED_HEADERS: Final = ["content-type", "idempotency-key", "x-correlation-id"]
_EXPOSED_HEADERS: Final = ["x-request-id", "idempotent-replayed", "retry-after"]
_PREFLIGHT_SECONDS: Final = 3600

_ACCESS_LOG_FIELDS: Final = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "responseBytes": "$context.responseLength",
    "latencyMs": "$context.responseLatency",
    "integrationError": "$context.integrationErrorMessage",
}


@dataclass(frozen=True, kw_only=True)
class GatewayArgs:
    """What a gateway exposes, and to whom: routes such as `POST /orders`, rates in requests per second."""

    function: Function
    routes: Sequence[str]
    cors_origins: Sequence[str]
    throttling_rate_limit: int
    throttling_burst_limit: int
    log_retention_days: int


@dataclass(frozen=True, kw_only=True)
class GatewayMetrics:
    """Where CloudWatch keeps a gateway's figures, whose names differ between its kinds."""

    namespace: str
    dimensions: Mapping[str, pulumi.Input[str]]
    count: str
    client_errors: str
    server_errors: str
    latency: str


class HttpGateway(pulumi.ComponentResource):
    """An HTTP API (payload format 2.0) that hands every route to one function."""

    endpoint: pulumi.Output[str]
    """The URL before the routes' paths, without a slash at its end."""

    metrics: GatewayMetrics

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orders:index:HttpGateway", name, None, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)
        api = aws.apigatewayv2.Api(
            f"{name}-api",
            name=named("api"),
            protocol_type="HTTP",
            cors_configuration={
                "allow_origins": list(args.cors_origins),
                "allow_methods": ["POST", "OPTIONS"],
                "allow_headers": _ALLOWED_HEADERS,
                "expose_headers": _EXPOSED_HEADERS,
                "max_age": _PREFLIGHT_SECONDS,
            },
            opts=self._child,
        )
        routes = self._routes(api, args)
        self._stage(api, args, routes)
        self.endpoint = api.api_endpoint
        self.metrics = GatewayMetrics(
            namespace="AWS/ApiGateway",
            dimensions={"ApiId": api.id},
            count="Count",
            client_errors="4xx",
            server_errors="5xx",
            latency="Latency",
        )
        self.register_outputs({"endpoint": self.endpoint})

    def _routes(self, api: aws.apigatewayv2.Api, args: GatewayArgs) -> list[aws.apigatewayv2.Route]:
        alias = args.function.alias
        integration = aws.apigatewayv2.Integration(
            f"{self._name}-integration",
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_uri=alias.invoke_arn,
            payload_format_version="2.0",
            timeout_milliseconds=TIMEOUT_MS,
            opts=self._child,
        )
        return [self._route(api, integration, args.function, route) for route in args.routes]

    def _route(
        self, api: aws.apigatewayv2.Api, integration: aws.apigatewayv2.Integration, function: Function, route: str
    ) -> aws.apigatewayv2.Route:
        method, path = route.split(" ")
        label = f"{self._name}-{method.lower()}{path.replace('/', '-')}"
        aws.lambda_.Permission(
            f"{label}-permission",
            action="lambda:InvokeFunction",
            principal="apigateway.amazonaws.com",
            function=function.name,
            qualifier=function.alias.name,
            source_arn=pulumi.Output.concat(api.execution_arn, f"/{_STAGE}/{method}{path}"),
            opts=self._child,
        )
        return aws.apigatewayv2.Route(
            f"{label}-route",
            api_id=api.id,
            route_key=route,
            target=pulumi.Output.concat("integrations/", integration.id),
            opts=self._child,
        )

    def _stage(
        self, api: aws.apigatewayv2.Api, args: GatewayArgs, routes: Sequence[aws.apigatewayv2.Route]
    ) -> aws.apigatewayv2.Stage:
        # Below /aws/vendedlogs/ the permission to write does not count towards the account's resource policy limit.
        access_log = aws.cloudwatch.LogGroup(
            f"{self._name}-access-log",
            name=f"/aws/vendedlogs/{named('api')}",
            retention_in_days=args.log_retention_days,
            opts=self._child,
        )
        return aws.apigatewayv2.Stage(
            f"{self._name}-stage",
            api_id=api.id,
            name=_STAGE,
            auto_deploy=True,
            access_log_settings={
                "destination_arn": access_log.arn,
                "format": pulumi.Output.json_dumps(_ACCESS_LOG_FIELDS),
            },
            default_route_settings={
                "throttling_rate_limit": args.throttling_rate_limit,
                "throttling_burst_limit": args.throttling_burst_limit,
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(routes)),
        )
