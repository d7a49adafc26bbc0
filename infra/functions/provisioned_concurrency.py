"""Provisioned concurrency of a function's alias, with Application Auto Scaling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

_NAMESPACE: Final = "lambda"
_DIMENSION: Final = "lambda:function:ProvisionedConcurrency"


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """Bounds of the number of initialized execution environments.

    `target_utilization` is the share of them, below 1, that may be in use before there are more.
    """

    min_capacity: int
    max_capacity: int
    target_utilization: float


def provision(
    name: str, alias: aws.lambda_.Alias, args: Provisioned, parent: pulumi.Resource
) -> None:
    """Provision the minimum for an alias, and scale it up to the maximum."""
    minimum = aws.lambda_.ProvisionedConcurrencyConfig(
        f"{name}-ready",
        function_name=alias.function_name,
        qualifier=alias.name,
        provisioned_concurrent_executions=args.min_capacity,
        # Application Auto Scaling owns the number from here on, also after a new minimum: an update
        # would undo what it added. Without this resource, removing the configuration key would
        # leave the function provisioned, and billed.
        opts=pulumi.ResourceOptions(
            parent=parent, ignore_changes=["provisionedConcurrentExecutions"]
        ),
    )
    target = aws.appautoscaling.Target(
        f"{name}-ready-target",
        service_namespace=_NAMESPACE,
        scalable_dimension=_DIMENSION,
        resource_id=pulumi.Output.concat("function:", alias.function_name, ":", alias.name),
        min_capacity=args.min_capacity,
        max_capacity=args.max_capacity,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[minimum]),
    )
    aws.appautoscaling.Policy(
        f"{name}-ready-policy",
        name=pulumi.Output.concat(alias.function_name, "-busy"),
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration={
            "target_value": args.target_utilization,
            "customized_metric_specification": {"metrics": _utilization(alias)},
        },
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _utilization(alias: aws.lambda_.Alias) -> list[Any]:
    """Return the metric that the scaling policy tracks.

    The predefined one, LambdaProvisionedConcurrencyUtilization, has no data without requests, so
    that environments would never be removed: missing data counts as 0 here. And it is an average,
    where AWS recommends the maximum for concurrency metrics.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    name = alias.function_name
    dimensions = [
        {"name": "FunctionName", "value": name},
        {"name": "Resource", "value": pulumi.Output.concat(name, ":", alias.name)},
    ]
    metric = {
        "namespace": "AWS/Lambda",
        "metric_name": "ProvisionedConcurrencyUtilization",
        "dimensions": dimensions,
    }
    return [
        {
            "id": "busy",
            "return_data": False,
            "metric_stat": {"metric": metric, "stat": "Maximum"},
        },
        {"id": "busy_or_idle", "expression": "FILL(busy, 0)", "return_data": True},
    ]
