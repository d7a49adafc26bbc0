"""API keys of a REST API, and the usage plan that throttles them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.naming import resource_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.gateway.args import Throttling


def api_keys(
    name: str,
    clients: Sequence[str],
    stage: aws.apigateway.Stage,
    throttling: Throttling,
    parent: pulumi.Resource,
) -> pulumi.Output[dict[str, str]]:
    """Create an API key for each client, and return their values by client, as a secret.

    The usage plan gives each key the same limits. AWS chooses the values.
    """
    child = pulumi.ResourceOptions(parent=parent)
    plan = aws.apigateway.UsagePlan(
        f"{name}-usage-plan",
        name=resource_name("clients"),
        api_stages=[{"api_id": stage.rest_api, "stage": stage.stage_name}],
        throttle_settings={
            "rate_limit": throttling.rate_limit,
            "burst_limit": throttling.burst_limit,
        },
        opts=child,
    )
    values = {}
    for client in clients:
        key = aws.apigateway.ApiKey(f"{name}-{client}-key", name=resource_name(client), opts=child)
        aws.apigateway.UsagePlanKey(
            f"{name}-{client}-plan",
            key_id=key.id,
            key_type="API_KEY",
            usage_plan_id=plan.id,
            opts=child,
        )
        values[client] = key.value
    return pulumi.Output.secret(pulumi.Output.all(**values))
