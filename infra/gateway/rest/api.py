"""A REST API, which has API keys, request validation, AWS WAF and gateway responses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pulumi
import pulumi_aws as aws

from infra.gateway.access_log import access_log, access_log_settings
from infra.gateway.args import GatewayArgs, GatewayMetrics, Throttling
from infra.gateway.domain import CustomDomain, rest_domain
from infra.gateway.rest.cors import cors_preflights
from infra.gateway.rest.deployment import DeploymentTrigger
from infra.gateway.rest.execution_logging import account_role, execution_log
from infra.gateway.rest.gateway_responses import gateway_response_arguments, gateway_responses
from infra.gateway.rest.ip_allow_list import resource_policy
from infra.gateway.rest.request_models import request_validation
from infra.gateway.rest.routes import create_method, create_paths, create_permission
from infra.gateway.rest.usage_plan import api_keys
from infra.inputs import has_output, joined
from infra.naming import resource_name

if TYPE_CHECKING:
    from infra.gateway.rest.auth import RestAuth
    from infra.gateway.waf import WebFirewall


@dataclass(frozen=True, kw_only=True)
class RestSettings:
    """The stack's settings of a REST API.

    `account_role` says whether this stack lets API Gateway write logs; False where the account
    already does.
    """

    auth: RestAuth
    domain: CustomDomain | None
    waf: WebFirewall | None
    throttling: Throttling
    execution_log_level: Literal["OFF", "ERROR", "INFO"]
    account_role: bool


class RestGateway(pulumi.ComponentResource):
    """A REST API (payload format 1.0), whose stage has the stack's name."""

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
        settings: RestSettings,
        args: GatewayArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("orders:index:RestGateway", name, None, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)
        trigger = DeploymentTrigger()
        api = aws.apigateway.RestApi(
            f"{name}-api",
            name=resource_name("api"),
            api_key_source="HEADER",
            endpoint_configuration={"types": "REGIONAL"},
            # Never left out: without a value, a removed domain would leave the endpoint disabled.
            disable_execute_api_endpoint=settings.domain is not None,
            opts=trigger.options(parent=self),
        )
        deployment = self._deployment(api, trigger, settings.auth, args)
        log = access_log(name, "rest", args, self)
        stage = self._stage(api, deployment, log, settings, args)
        if settings.waf is not None:
            settings.waf.protect(name, stage, self)
        self.endpoint = stage.invoke_url
        outputs: dict[str, pulumi.Output[object]] = {}
        if settings.domain is not None:
            self.endpoint = settings.domain.endpoint
            outputs |= rest_domain(name, settings.domain, api, stage, self)
        if clients := settings.auth.api_keys:
            outputs["apiKeys"] = api_keys(name, clients, stage, settings.throttling, self)
        self.outputs = outputs
        self.api_id = api.id
        self.access_log_name = log.name
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
        self.metrics = GatewayMetrics(
            namespace="AWS/ApiGateway",
            dimensions={"ApiName": api.name, "Stage": stage.stage_name},
            count="Count",
            client_errors="4XXError",
            server_errors="5XXError",
            latency="Latency",
        )
        self.register_outputs({"endpoint": self.endpoint})

    def _deployment(
        self,
        api: aws.apigateway.RestApi,
        trigger: DeploymentTrigger,
        auth: RestAuth,
        args: GatewayArgs,
    ) -> aws.apigateway.Deployment:
        """Create the deployment, and before it everything that it copies."""
        name, opts = self._name, trigger.options(parent=self)
        paths = create_paths(name, api, [route.path for route in args.routes], opts)
        validation = request_validation(name, api, args.routes, opts)
        for route in args.routes:
            arguments = {**auth.method, **validation[route.body]}
            create_method(
                name, api, route, resource_id=paths[route.path], arguments=arguments, opts=opts
            )
        if args.cors_origins:
            cors_preflights(name, api, args.routes, paths, origins=args.cors_origins, opts=opts)
        for response_type, response in gateway_responses(auth.missing_token).items():
            aws.apigateway.Response(
                f"{name}-{response_type.lower().replace('_', '-')}-answer",
                rest_api_id=api.id,
                opts=opts,
                **gateway_response_arguments(response_type, response, args.cors_origins),
            )
        if auth.policy_statements:
            aws.apigateway.RestApiPolicy(
                f"{name}-policy",
                rest_api_id=api.id,
                policy=resource_policy(api, auth.policy_statements),
                opts=opts,
            )
        # A route that is served before it may invoke its function responds with 500.
        permissions = [create_permission(name, api, route, self._child) for route in args.routes]
        functions = {route.key: route.function.package for route in args.routes}
        triggers: dict[str, pulumi.Input[str]] = {
            "inputs": trigger.hash(functions, auth.policy_statements)
        }
        if has_output(args.cors_origins):  # the hash has only what is known
            triggers["origins"] = joined(args.cors_origins)
        return aws.apigateway.Deployment(
            f"{name}-deployment",
            rest_api=api.id,
            triggers=triggers,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*trigger.resources, *permissions]),
        )

    def _stage(
        self,
        api: aws.apigateway.RestApi,
        deployment: aws.apigateway.Deployment,
        log: aws.cloudwatch.LogGroup,
        settings: RestSettings,
        args: GatewayArgs,
    ) -> aws.apigateway.Stage:
        """Create the stage, with its logs and settings."""
        logging: list[pulumi.Resource] = [execution_log(self._name, api, args, self)]
        if settings.account_role:
            logging.append(account_role(self._name, api, self))
        stage = aws.apigateway.Stage(
            f"{self._name}-stage",
            rest_api=api.id,
            deployment=deployment.id,
            stage_name=pulumi.get_stack(),
            xray_tracing_enabled=args.tracing,
            access_log_settings=access_log_settings(
                log, route="$context.resourcePath", extendedRequestId="$context.extendedRequestId"
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=logging),
        )
        aws.apigateway.MethodSettings(
            f"{self._name}-settings",
            rest_api=stage.rest_api,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings={
                "metrics_enabled": args.detailed_metrics,
                "logging_level": settings.execution_log_level,
                "data_trace_enabled": False,  # would log request bodies
                "throttling_rate_limit": settings.throttling.rate_limit,
                "throttling_burst_limit": settings.throttling.burst_limit,
            },
            opts=self._child,
        )
        return stage
