"""A small Pulumi program with a REST API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from tests.local.support import gateways

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "https://shop.example"
ALLOW_ORIGIN = "Access-Control-Allow-Origin"
MODEL = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "required": ["items"],
    "definitions": {
        "item": {
            "type": "object",
            "required": ["quantity"],
            "properties": {
                "quantity": {"type": "integer", "minimum": 1},
                "note": {"type": ["string", "null"]},
                "price": {
                    "anyOf": [{"type": "number"}, {"type": "string", "pattern": "^[0-9.]+$"}]
                },
            },
        }
    },
    "properties": {
        "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/item"}}
    },
}


class RestApi:
    """An API with a model and a preflight, an API key for one method, and IAM for another."""

    def __init__(self, code: Path) -> None:
        self._alias = gateways.function(code)
        self._resources: list[pulumi.Resource] = []
        self.api = aws.apigateway.RestApi(
            "rest",
            endpoint_configuration={"types": "REGIONAL"},
            tags={"project": "sample"},
        )
        orders = self._resource("orders", self.api.root_resource_id)
        order = self._resource("{orderId}", orders.id)
        self._submit(orders)
        self._preflight(orders)
        self._function_method("read", order, "GET", api_key_required=True)
        self._function_method(
            "iam", self._resource("iam", self.api.root_resource_id), "GET", authorization="AWS_IAM"
        )
        self._gateway_responses()
        gateways.allow_api(self._alias, self.api.execution_arn)

    def _resource(self, part: str, parent: pulumi.Input[str]) -> aws.apigateway.Resource:
        return aws.apigateway.Resource(
            f"at-{part}", rest_api=self.api.id, parent_id=parent, path_part=part
        )

    def _function_method(
        self,
        name: str,
        at: aws.apigateway.Resource,
        verb: str,
        *,
        authorization: str = "NONE",
        api_key_required: bool = False,
        validator: pulumi.Input[str] | None = None,
        model: pulumi.Input[str] | None = None,
    ) -> None:
        method = aws.apigateway.Method(
            name,
            rest_api=self.api.id,
            resource_id=at.id,
            http_method=verb,
            authorization=authorization,
            api_key_required=api_key_required,
            request_validator_id=validator,
            request_models={"application/json": model} if model else None,
        )
        integration = aws.apigateway.Integration(
            name,
            rest_api=self.api.id,
            resource_id=at.id,
            http_method=method.http_method,
            type="AWS_PROXY",
            integration_http_method="POST",
            uri=self._alias.invoke_arn,
            timeout_milliseconds=20000,
        )
        self._resources += [method, integration]

    def _submit(self, orders: aws.apigateway.Resource) -> None:
        validator = aws.apigateway.RequestValidator(
            "body", rest_api=self.api.id, validate_request_body=True
        )
        model = aws.apigateway.Model(
            "order",
            name="Order",
            rest_api=self.api.id,
            content_type="application/json",
            schema=json.dumps(MODEL),
        )
        self._function_method("submit", orders, "POST", validator=validator.id, model=model.name)

    def _preflight(self, orders: aws.apigateway.Resource) -> None:
        at: dict[str, Any] = {
            "rest_api": self.api.id,
            "resource_id": orders.id,
            "http_method": "OPTIONS",
        }
        header = f"method.response.header.{ALLOW_ORIGIN}"
        method = aws.apigateway.Method("preflight", authorization="NONE", **at)
        after = pulumi.ResourceOptions(depends_on=[method])
        integration = aws.apigateway.Integration(
            "preflight",
            type="MOCK",
            request_templates={"application/json": '{"statusCode": 204}'},
            opts=after,
            **at,
        )
        response = aws.apigateway.MethodResponse(
            "preflight", status_code="204", response_parameters={header: True}, opts=after, **at
        )
        mapped = aws.apigateway.IntegrationResponse(
            "preflight",
            status_code="204",
            response_parameters={header: f"'{ORIGIN}'"},
            opts=pulumi.ResourceOptions(depends_on=[integration, response]),
            **at,
        )
        self._resources += [method, integration, response, mapped]

    def _gateway_responses(self) -> None:
        """Define gateway responses."""
        template = '{"error":$context.error.messageString,"requestId":"$context.requestId"}'
        for kind, status in {"DEFAULT_4XX": None, "MISSING_AUTHENTICATION_TOKEN": "404"}.items():
            self._resources.append(
                aws.apigateway.Response(
                    kind,
                    rest_api_id=self.api.id,
                    response_type=kind,
                    status_code=status,
                    response_templates={"application/json": template},
                    response_parameters={
                        "gatewayresponse.header.Cache-Control": "'no-store'",
                        "gatewayresponse.header.X-Request-Id": "context.requestId",
                    },
                )
            )

    def deploy(self) -> None:
        """Deploy the API to a stage, with limits for all and for an API key."""
        deployment = aws.apigateway.Deployment(
            "deployment",
            rest_api=self.api.id,
            triggers={"version": "1"},
            opts=pulumi.ResourceOptions(depends_on=self._resources),
        )
        logs = aws.cloudwatch.LogGroup("access")
        stage = aws.apigateway.Stage(
            "stage",
            rest_api=self.api.id,
            deployment=deployment.id,
            stage_name="v1",
            xray_tracing_enabled=True,
            access_log_settings={"destination_arn": logs.arn, "format": "$context.requestId"},
        )
        aws.apigateway.MethodSettings(
            "settings",
            rest_api=self.api.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings={
                "metrics_enabled": True,
                "logging_level": "ERROR",
                "throttling_burst_limit": 500,
                "throttling_rate_limit": 1000.5,
            },
        )
        self._usage_plan(stage)
        pulumi.export("apiId", self.api.id)
        pulumi.export("restUrl", stage.invoke_url)
        pulumi.export("executionArn", self.api.execution_arn)

    def _usage_plan(self, stage: aws.apigateway.Stage) -> None:
        plan = aws.apigateway.UsagePlan(
            "plan",
            api_stages=[{"api_id": self.api.id, "stage": stage.stage_name}],
            throttle_settings={"rate_limit": 100, "burst_limit": 200},
        )
        key = aws.apigateway.ApiKey("key")
        link = aws.apigateway.UsagePlanKey(
            "key", usage_plan_id=plan.id, key_id=key.id, key_type="API_KEY"
        )
        pulumi.export("planId", plan.id)
        pulumi.export("apiKey", key.value)
        pulumi.export("apiKeyIsSecret", pulumi.Output.from_input(key.value.is_secret()))
        pulumi.export("linkedValue", link.value)
