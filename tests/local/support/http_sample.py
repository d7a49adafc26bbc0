"""A small Pulumi program with an HTTP API that asks who calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from tests.local.support import gateways

if TYPE_CHECKING:
    from pathlib import Path


def deploy(code: Path, issuer: str) -> None:
    """Routes for everybody, for holders of a token, and for callers with an AWS identity."""
    alias = gateways.function(code)
    api = aws.apigatewayv2.Api("http", protocol_type="HTTP")
    integration = aws.apigatewayv2.Integration(
        "echo",
        api_id=api.id,
        integration_type="AWS_PROXY",
        integration_uri=alias.invoke_arn,
        payload_format_version="2.0",
        timeout_milliseconds=29000,
    )
    target = integration.id.apply(lambda identifier: f"integrations/{identifier}")
    jwt = aws.apigatewayv2.Authorizer(
        "jwt",
        api_id=api.id,
        authorizer_type="JWT",
        identity_sources=["$request.header.Authorization"],
        jwt_configuration={"issuer": issuer, "audiences": ["orders"]},
    )
    aws.apigatewayv2.Route("all", api_id=api.id, route_key="$default", target=target)
    aws.apigatewayv2.Route(
        "jwt",
        api_id=api.id,
        route_key="GET /jwt",
        target=target,
        authorization_type="JWT",
        authorizer_id=jwt.id,
    )
    aws.apigatewayv2.Route(
        "iam", api_id=api.id, route_key="GET /iam", target=target, authorization_type="AWS_IAM"
    )
    stage = aws.apigatewayv2.Stage(
        "default",
        name="$default",
        api_id=api.id,
        auto_deploy=True,
        route_settings=[
            {"route_key": "GET /jwt", "throttling_rate_limit": 5, "throttling_burst_limit": 7}
        ],
    )
    gateways.allow_api(alias, api.execution_arn)
    pulumi.export("apiId", api.id)
    pulumi.export(
        "httpUrl", pulumi.Output.all(api.api_endpoint, stage.id).apply(lambda made: made[0])
    )
    pulumi.export("executionArn", api.execution_arn)
