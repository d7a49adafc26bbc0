"""An HTTP API: the cheaper and faster of API Gateway's two kinds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import pulumi
import pulumi_aws as aws

from infra.functions.function import Function
from infra.gateway.access_log import access_log, access_log_settings
from infra.gateway.args import (
    ALLOWED_HEADERS,
    EXPOSED_HEADERS,
    PREFLIGHT_SECONDS,
    TIMEOUT_MS,
    GatewayArgs,
    GatewayMetrics,
    Route,
    Throttling,
)
from infra.gateway.domain import Address, AwsAddress
from infra.gateway.http.auth import HttpAccess
from infra.naming import named

_STAGE: Final = "$default"

# Requests that match no route need no credentials. The function answers them with 404, and they must not use up its
# concurrency.
_NO_ROUTE: Final = "$default"
_UNKNOWN: Final = Throttling(rate_limit=5, burst_limit=10)

# CORS preflights. Beside a `$default` route an HTTP API does not answer them by itself, and a route of their own has
# priority over that one. A browser remembers the response for an hour, so this is enough for 360,000 browsers.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
_PREFLIGHT_PATH: Final = "/{proxy+}"
_PREFLIGHT: Final = Throttling(rate_limit=100, burst_limit=200)


@dataclass(frozen=True, kw_only=True)
class Http:
    """An HTTP API, as the stack wants it."""

    DEFAULT_THROTTLING: ClassVar[Throttling] = Throttling(rate_limit=1000, burst_limit=2000)

    access: HttpAccess
    address: Address = field(default_factory=AwsAddress)
    throttling: Throttling = DEFAULT_THROTTLING

    def create(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions) -> "HttpGateway":
        """Create the HTTP API."""
        return HttpGateway(name, self, args, opts)


class HttpGateway(pulumi.ComponentResource):
    """An HTTP API (payload format 2.0) that hands every route to its function."""

    endpoint: pulumi.Output[str]
    api_id: pulumi.Output[str]
    access_log_name: pulumi.Output[str]
    metrics: GatewayMetrics
    outputs: Mapping[str, pulumi.Output[object]]

    def __init__(
        self, name: str, kind: Http, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:HttpGateway", name, None, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)
        api = self._api(kind, args)
        routes = self._routes(api, kind, args)
        log = access_log(name, "http", args, self)
        place = kind.address.attach_http(name, api, self._stage(api, kind, args, log, routes), self)
        self.endpoint = place.endpoint
        self.api_id = api.id
        self.access_log_name = log.name
        self.metrics = GatewayMetrics(
            namespace="AWS/ApiGateway",
            dimensions={"ApiId": api.id},
            count="Count",
            client_errors="4xx",
            server_errors="5xx",
            latency="Latency",
        )
        self.outputs = place.outputs
        self.register_outputs({"endpoint": self.endpoint})

    def _api(self, kind: Http, args: GatewayArgs) -> aws.apigatewayv2.Api:
        return aws.apigatewayv2.Api(
            f"{self._name}-api",
            name=named("api"),
            protocol_type="HTTP",
            opts=self._child,
            **_cors(args),
            **kind.address.api(),
        )

    def _routes(
        self, api: aws.apigatewayv2.Api, kind: Http, args: GatewayArgs
    ) -> list[aws.apigatewayv2.Route]:
        functions = {
            function.package: function
            for function in (args.fallback, *(r.function for r in args.routes))
        }
        targets = {
            package: self._integration(api, function, args)
            for package, function in functions.items()
        }
        authorization = kind.access.authorization(self._name, api, self)
        routes = [
            self._route(api, route, targets[route.function.package], authorization)
            for route in args.routes
        ]
        if args.cors_origins:
            preflight = Route(method="OPTIONS", path=_PREFLIGHT_PATH, function=args.fallback)
            routes.append(
                self._route(
                    api, preflight, targets[args.fallback.package], {"authorization_type": "NONE"}
                )
            )
        # What no route fits is answered by a function: the gateway's own answer would have a shape of its own.
        permission = self._permission(api, args.fallback, "default", _NO_ROUTE)
        fallback = aws.apigatewayv2.Route(
            f"{self._name}-default-route",
            api_id=api.id,
            route_key=_NO_ROUTE,
            target=targets[args.fallback.package],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        return [*routes, fallback]

    def _integration(
        self, api: aws.apigatewayv2.Api, function: Function, args: GatewayArgs
    ) -> pulumi.Output[str]:
        suffix = "" if function is args.fallback else f"-{function.package}"
        integration = aws.apigatewayv2.Integration(
            f"{self._name}-integration{suffix}",
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_uri=function.alias.invoke_arn,
            payload_format_version="2.0",
            timeout_milliseconds=TIMEOUT_MS,
            opts=self._child,
        )
        return pulumi.Output.concat("integrations/", integration.id)

    def _route(
        self,
        api: aws.apigatewayv2.Api,
        route: Route,
        target: pulumi.Output[str],
        authorization: Mapping[str, Any],
    ) -> aws.apigatewayv2.Route:
        permission = self._permission(api, route.function, route.label, route.source)
        return aws.apigatewayv2.Route(
            f"{self._name}-{route.label}-route",
            api_id=api.id,
            route_key=route.key,
            target=target,
            # A route that is served before it may call its function answers 500.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
            **authorization,
        )

    def _permission(
        self, api: aws.apigatewayv2.Api, function: Function, label: str, path: str
    ) -> aws.lambda_.Permission:
        return aws.lambda_.Permission(
            f"{self._name}-{label}-permission",
            action="lambda:InvokeFunction",
            principal="apigateway.amazonaws.com",
            function=function.name,
            qualifier=function.alias.name,
            source_arn=pulumi.Output.concat(api.execution_arn, f"/{_STAGE}/{path}"),
            opts=self._child,
        )

    def _stage(
        self,
        api: aws.apigatewayv2.Api,
        kind: Http,
        args: GatewayArgs,
        log: aws.cloudwatch.LogGroup,
        routes: Sequence[aws.apigatewayv2.Route],
    ) -> aws.apigatewayv2.Stage:
        return aws.apigatewayv2.Stage(
            f"{self._name}-stage",
            api_id=api.id,
            name=_STAGE,
            auto_deploy=True,
            access_log_settings=access_log_settings(log, route="$context.routeKey"),
            default_route_settings=aws.apigatewayv2.StageDefaultRouteSettingsArgs(
                **_settings(args, kind.throttling)
            ),
            route_settings=[
                aws.apigatewayv2.StageRouteSettingArgs(
                    route_key=key, **_settings(args, limits.within(kind.throttling))
                )
                for key, limits in _limits(args).items()
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(routes)),
        )


def _cors(args: GatewayArgs) -> Mapping[str, Any]:
    """Return the arguments of an API for browsers; without an origin it has no CORS."""
    if not args.cors_origins:
        return {}
    configuration = {
        "allow_origins": list(args.cors_origins),
        "allow_methods": sorted({"OPTIONS", *(route.method for route in args.routes)}),
        "allow_headers": list(ALLOWED_HEADERS),
        "expose_headers": list(EXPOSED_HEADERS),
        "max_age": PREFLIGHT_SECONDS,
    }
    return {"cors_configuration": configuration}


def _limits(args: GatewayArgs) -> Mapping[str, Throttling]:
    """Return the limits of the routes that need no credentials."""
    preflight = {f"OPTIONS {_PREFLIGHT_PATH}": _PREFLIGHT} if args.cors_origins else {}
    return {_NO_ROUTE: _UNKNOWN, **preflight}


def _settings(args: GatewayArgs, limits: Throttling) -> Mapping[str, Any]:
    return {
        "detailed_metrics_enabled": args.detailed_metrics,
        "throttling_rate_limit": limits.rate_limit,
        "throttling_burst_limit": limits.burst_limit,
    }
