"""An HTTP API: cheaper and faster than a REST API, with JWT authorizers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pulumi
import pulumi_aws as aws

from infra.gateway.access_log import access_log, access_log_settings
from infra.gateway.args import (
    ALLOWED_HEADERS,
    EXPOSED_HEADERS,
    PREFLIGHT_SECONDS,
    TIMEOUT_MS,
    GatewayArgs,
    GatewayMetrics,
    Throttling,
)
from infra.gateway.domain import CustomDomain, http_domain
from infra.naming import resource_name

if TYPE_CHECKING:
    from infra.functions.function import Function
    from infra.gateway.http.auth import HttpAuth

_STAGE: Final = "$default"

# Requests that match no route need no credentials. The function responds with 404, and they must
# not use up its concurrency.
_DEFAULT_ROUTE: Final = "$default"
_DEFAULT_ROUTE_THROTTLING: Final = Throttling(rate_limit=5, burst_limit=10)

# CORS preflights. With a `$default` route an HTTP API does not respond to them by itself, and a
# route of their own has priority over that one. A browser remembers the response for an hour, so
# this is enough for 360,000 browsers.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
_PREFLIGHT_ROUTE: Final = "OPTIONS /{proxy+}"
_PREFLIGHT_THROTTLING: Final = Throttling(rate_limit=100, burst_limit=200)


@dataclass(frozen=True, kw_only=True)
class HttpSettings:
    """The stack's settings of an HTTP API."""

    auth: HttpAuth
    domain: CustomDomain | None
    throttling: Throttling


class HttpGateway(pulumi.ComponentResource):
    """An HTTP API with a proxy integration (payload format 2.0) for each function."""

    endpoint: pulumi.Output[str]
    """The URL before the routes' paths, without a slash at its end."""

    api_id: pulumi.Output[str]
    access_log_name: pulumi.Output[str]
    metrics: GatewayMetrics
    outputs: Mapping[str, pulumi.Output[object]]
    """Stack outputs that this gateway has, and others have not."""

    def __init__(
        self,
        name: str,
        settings: HttpSettings,
        args: GatewayArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("orders:index:HttpGateway", name, None, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)
        self._api = aws.apigatewayv2.Api(
            f"{name}-api",
            name=resource_name("api"),
            protocol_type="HTTP",
            # Never left out: without a value, a removed domain would leave the endpoint disabled.
            disable_execute_api_endpoint=settings.domain is not None,
            opts=self._child,
            **_cors(args),
        )
        functions = {route.function.package: route.function for route in args.routes}
        functions[args.fallback.package] = args.fallback
        self._targets = {
            package: self._integration(function, is_fallback=function is args.fallback)
            for package, function in functions.items()
        }
        authorization = self._authorization(settings.auth)
        routes = [
            self._route(route.label, route.key, route.source, route.function, authorization)
            for route in args.routes
        ]
        # Routes without credentials, and their limits.
        throttling = {_DEFAULT_ROUTE: _DEFAULT_ROUTE_THROTTLING}
        if args.cors_origins:
            throttling[_PREFLIGHT_ROUTE] = _PREFLIGHT_THROTTLING
            none = {"authorization_type": "NONE"}
            routes.append(
                self._route("options-proxy", _PREFLIGHT_ROUTE, "OPTIONS/*", args.fallback, none)
            )
        # API Gateway's own 404 would have another format than the function's.
        routes.append(self._route("default", _DEFAULT_ROUTE, _DEFAULT_ROUTE, args.fallback, {}))
        log = access_log(name, "http", args, self)
        stage = aws.apigatewayv2.Stage(
            f"{name}-stage",
            api_id=self._api.id,
            name=_STAGE,
            auto_deploy=True,
            access_log_settings=access_log_settings(log, route="$context.routeKey"),
            default_route_settings=aws.apigatewayv2.StageDefaultRouteSettingsArgs(
                **_route_settings(args, settings.throttling, settings.throttling)
            ),
            route_settings=[
                aws.apigatewayv2.StageRouteSettingArgs(
                    route_key=key, **_route_settings(args, limits, settings.throttling)
                )
                for key, limits in throttling.items()
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=routes),
        )
        self.endpoint, self.outputs = self._api.api_endpoint, {}
        if settings.domain is not None:
            self.endpoint = settings.domain.endpoint
            self.outputs = http_domain(name, settings.domain, self._api, stage, self)
        self.api_id = self._api.id
        self.access_log_name = log.name
        self.metrics = GatewayMetrics(
            namespace="AWS/ApiGateway",
            dimensions={"ApiId": self._api.id},
            count="Count",
            client_errors="4xx",
            server_errors="5xx",
            latency="Latency",
        )
        self.register_outputs({"endpoint": self.endpoint})

    def _integration(self, function: Function, *, is_fallback: bool) -> pulumi.Output[str]:
        suffix = "" if is_fallback else f"-{function.package}"
        integration = aws.apigatewayv2.Integration(
            f"{self._name}-integration{suffix}",
            api_id=self._api.id,
            integration_type="AWS_PROXY",
            integration_uri=function.alias.invoke_arn,
            payload_format_version="2.0",
            timeout_milliseconds=TIMEOUT_MS,
            opts=self._child,
        )
        return pulumi.Output.concat("integrations/", integration.id)

    def _authorization(self, auth: HttpAuth) -> Mapping[str, Any]:
        if auth.jwt_configuration is None:
            return {"authorization_type": auth.authorization_type}
        authorizer = aws.apigatewayv2.Authorizer(
            f"{self._name}-authorizer",
            api_id=self._api.id,
            name=resource_name("jwt"),
            authorizer_type="JWT",
            identity_sources=["$request.header.Authorization"],
            jwt_configuration=auth.jwt_configuration,
            opts=self._child,
        )
        return {"authorization_type": auth.authorization_type, "authorizer_id": authorizer.id}

    def _route(
        self,
        label: str,
        key: str,
        source: str,
        function: Function,
        authorization: Mapping[str, Any],
    ) -> aws.apigatewayv2.Route:
        permission = aws.lambda_.Permission(
            f"{self._name}-{label}-permission",
            action="lambda:InvokeFunction",
            principal="apigateway.amazonaws.com",
            function=function.name,
            qualifier=function.alias.name,
            source_arn=pulumi.Output.concat(self._api.execution_arn, f"/{_STAGE}/{source}"),
            opts=self._child,
        )
        return aws.apigatewayv2.Route(
            f"{self._name}-{label}-route",
            api_id=self._api.id,
            route_key=key,
            target=self._targets[function.package],
            # A route that is served before it may invoke its function responds with 500.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
            **authorization,
        )


def _cors(args: GatewayArgs) -> Mapping[str, Any]:
    """Return the API's CORS arguments; none without an allowed origin."""
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


def _route_settings(
    args: GatewayArgs, limits: Throttling, api_limits: Throttling
) -> Mapping[str, Any]:
    """Return route settings; no route has a higher limit than the API."""
    return {
        "detailed_metrics_enabled": args.detailed_metrics,
        "throttling_rate_limit": min(limits.rate_limit, api_limits.rate_limit),
        "throttling_burst_limit": min(limits.burst_limit, api_limits.burst_limit),
    }
