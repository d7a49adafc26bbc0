"""A REST API: the kind of API Gateway that has API keys, checks bodies, and answers in words of one's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import pulumi
import pulumi_aws as aws

from infra.gateway.access_log import access_log, access_log_settings
from infra.gateway.args import GatewayArgs, GatewayMetrics, Throttling
from infra.gateway.domain import Address, AwsAddress
from infra.gateway.rest.auth import Opening, RestAccess
from infra.gateway.rest.cors import Origins, Preflight
from infra.gateway.rest.deployment import Parts
from infra.gateway.rest.execution_logs import account_role, execution_log
from infra.gateway.rest.gateway_responses import gateway_answers
from infra.gateway.rest.ip_allowlist import restrict
from infra.gateway.rest.routes import Routes
from infra.gateway.waf import Firewall, NoFirewall
from infra.naming import named


@dataclass(frozen=True, kw_only=True)
class Rest:
    """A REST API, as the stack wants it.

    Requests are let in from `allowed_ip_ranges` alone, from everywhere where there are none. `account_role` says
    whether this stack lets API Gateway write logs, or whether the account already does.
    """

    # The limit that one of the systems came with, and as much again at once.
    DEFAULT_THROTTLING: ClassVar[Throttling] = Throttling(rate_limit=100, burst_limit=200)

    access: RestAccess
    address: Address = field(default_factory=AwsAddress)
    firewall: Firewall = field(default_factory=NoFirewall)
    throttling: Throttling = DEFAULT_THROTTLING
    allowed_ip_ranges: Sequence[str] = ()
    execution_log_level: Literal["OFF", "ERROR", "INFO"] = "ERROR"
    account_role: bool = True

    def create(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions) -> "RestGateway":
        """Create the REST API."""
        return RestGateway(name, self, args, opts)


class RestGateway(pulumi.ComponentResource):
    """A REST API (payload format 1.0), with a stage that is named after the stack."""

    endpoint: pulumi.Output[str]
    api_id: pulumi.Output[str]
    access_log_name: pulumi.Output[str]
    metrics: GatewayMetrics
    outputs: Mapping[str, pulumi.Output[object]]

    def __init__(
        self, name: str, kind: Rest, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:RestGateway", name, None, opts)
        self._name = name
        self._stage_name = pulumi.get_stack()
        self._parts = Parts(name, self)
        api = self._api(kind)
        self._routes(api, kind, args)
        self._answers(api, kind, args)
        restrict(self._parts, api, kind.access, kind.allowed_ip_ranges)
        log = access_log(name, "rest", args, self)
        stage = self._stage(api, kind, args, log)
        self._settings(stage, kind, args)
        kind.firewall.protect(name, stage, self)
        place = kind.address.attach_rest(name, api, stage, self)
        opened = kind.access.open(
            Opening(name=name, stage=stage, throttling=kind.throttling, parent=self)
        )
        self.endpoint = place.endpoint
        self.api_id = api.id
        self.access_log_name = log.name
        self.metrics = _metrics(api, stage)
        self.outputs = {**place.outputs, **opened}
        self.register_outputs({"endpoint": self.endpoint})

    def _api(self, kind: Rest) -> aws.apigateway.RestApi:
        return self._parts.add(
            aws.apigateway.RestApi,
            "api",
            name=named("api"),
            api_key_source="HEADER",
            endpoint_configuration={"types": "REGIONAL"},
            **kind.address.api(),
        )

    def _routes(self, api: aws.apigateway.RestApi, kind: Rest, args: GatewayArgs) -> None:
        Routes(
            name=self._name,
            parts=self._parts,
            api=api,
            access=kind.access,
            preflight=self._preflight(api, args),
            stage_name=self._stage_name,
            parent=self,
        ).add(args.routes)

    def _preflight(self, api: aws.apigateway.RestApi, args: GatewayArgs) -> Preflight | None:
        if not args.cors_origins:
            return None
        return Preflight(parts=self._parts, api=api, origins=Origins.of(args.cors_origins))

    def _answers(self, api: aws.apigateway.RestApi, kind: Rest, args: GatewayArgs) -> None:
        for response_type, answer in gateway_answers(kind.access.not_served).items():
            self._parts.add(
                aws.apigateway.Response,
                f"{response_type.lower().replace('_', '-')}-answer",
                rest_api_id=api.id,
                response_type=response_type,
                **answer.arguments(args.cors_origins),
            )

    def _stage(
        self,
        api: aws.apigateway.RestApi,
        kind: Rest,
        args: GatewayArgs,
        log: aws.cloudwatch.LogGroup,
    ) -> aws.apigateway.Stage:
        deployment = aws.apigateway.Deployment(
            f"{self._name}-deployment",
            rest_api=api.id,
            triggers={"parts": self._parts.digest()},
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._parts.resources),
        )
        account = [account_role(self._name, api, self)] if kind.account_role else []
        execution = execution_log(self._name, api, self._stage_name, args, self)
        return aws.apigateway.Stage(
            f"{self._name}-stage",
            rest_api=api.id,
            deployment=deployment.id,
            stage_name=self._stage_name,
            xray_tracing_enabled=args.tracing,
            access_log_settings=access_log_settings(
                log, route="$context.resourcePath", extendedRequestId="$context.extendedRequestId"
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[execution, *account]),
        )

    def _settings(self, stage: aws.apigateway.Stage, kind: Rest, args: GatewayArgs) -> None:
        aws.apigateway.MethodSettings(
            f"{self._name}-settings",
            rest_api=stage.rest_api,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings={
                "metrics_enabled": args.detailed_metrics,
                "logging_level": kind.execution_log_level,
                "data_trace_enabled": False,  # it would log what clients send
                "throttling_rate_limit": kind.throttling.rate_limit,
                "throttling_burst_limit": kind.throttling.burst_limit,
            },
            opts=pulumi.ResourceOptions(parent=self),
        )


def _metrics(api: aws.apigateway.RestApi, stage: aws.apigateway.Stage) -> GatewayMetrics:
    """Name the figures.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    """
    return GatewayMetrics(
        namespace="AWS/ApiGateway",
        dimensions={"ApiName": api.name, "Stage": stage.stage_name},
        count="Count",
        client_errors="4XXError",
        server_errors="5XXError",
        latency="Latency",
    )
