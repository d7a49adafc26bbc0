"""How functions come to be ready for requests: when one arrives, from a snapshot, or before it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pulumi
import pulumi_aws as aws

_NAMESPACE: Final = "lambda"
_DIMENSION: Final = "lambda:function:ProvisionedConcurrency"


class Start(Protocol):
    """Where a function's execution environments come from."""

    def function(self) -> Mapping[str, Any]:
        """Return the arguments of the function."""
        ...

    def keep_ready(self, name: str, alias: aws.lambda_.Alias, parent: pulumi.Resource) -> None:
        """Create what keeps environments of an alias ready."""
        ...


class OnDemand:
    """Each is made when a request finds none that is free."""

    def function(self) -> Mapping[str, Any]:
        """Leave it as it is."""
        return {}

    def keep_ready(self, name: str, alias: aws.lambda_.Alias, parent: pulumi.Resource) -> None:
        """Keep none."""


class SnapStart:
    """Each continues from a snapshot that Lambda took when the version was published, after the handler's imports.

    Python 3.12 and later, on arm64 as well; not beside provisioned concurrency, and not with more than 512 MB in /tmp:
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html. What has to be unique may not be drawn before the
    snapshot. Handlers draw in `handle` alone, and from the operating system, which AWS keeps random:
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html. They connect there as well, so that no
    snapshot holds a connection; the credentials in one are renewed by botocore, as they carry their expiry.
    """

    def function(self) -> Mapping[str, Any]:
        """Take the snapshots of versions, and with them of the alias."""
        return {"snap_start": {"apply_on": "PublishedVersions"}}

    def keep_ready(self, name: str, alias: aws.lambda_.Alias, parent: pulumi.Resource) -> None:
        """Keep none."""


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """Some are always ready, more of them while they are busy; the share that may be busy is a number below 1."""

    at_least: int
    at_most: int
    busy: float

    def function(self) -> Mapping[str, Any]:
        """Leave it as it is."""
        return {}

    def keep_ready(self, name: str, alias: aws.lambda_.Alias, parent: pulumi.Resource) -> None:
        """Provide for the least, and let Application Auto Scaling provide for more."""
        ready = aws.lambda_.ProvisionedConcurrencyConfig(
            f"{name}-ready",
            function_name=alias.function_name,
            qualifier=alias.name,
            provisioned_concurrent_executions=self.at_least,
            # From here on the number is the scaling's, which raises it to a new minimum as well: the next update would
            # take away what a busy hour added. Without this resource the function would stay provisioned, and billed,
            # when the stack stops asking for it: nothing else gives back what was provided.
            opts=pulumi.ResourceOptions(
                parent=parent, ignore_changes=["provisionedConcurrentExecutions"]
            ),
        )
        target = aws.appautoscaling.Target(
            f"{name}-ready-target",
            service_namespace=_NAMESPACE,
            scalable_dimension=_DIMENSION,
            resource_id=pulumi.Output.concat("function:", alias.function_name, ":", alias.name),
            min_capacity=self.at_least,
            max_capacity=self.at_most,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[ready]),
        )
        aws.appautoscaling.Policy(
            f"{name}-ready-policy",
            name=pulumi.Output.concat(alias.function_name, "-busy"),
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                "target_value": self.busy,
                "customized_metric_specification": {"metrics": _share_that_is_busy(alias)},
            },
            opts=pulumi.ResourceOptions(parent=parent),
        )


def _share_that_is_busy(
    alias: aws.lambda_.Alias,
) -> list[
    aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgsDict
]:
    """Return the metric that the scaling follows.

    AWS's own one, LambdaProvisionedConcurrencyUtilization, has two faults. Without requests it has no values, and what
    was added for a busy hour stays, and is billed, all night; so nothing counts as 0 here. And it is an average, where
    AWS says that the maximum tells of concurrency: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    name = alias.function_name
    return [
        {
            "id": "busy",
            "return_data": False,
            "metric_stat": {
                "metric": {
                    "namespace": "AWS/Lambda",
                    "metric_name": "ProvisionedConcurrencyUtilization",
                    "dimensions": [
                        {"name": "FunctionName", "value": name},
                        {"name": "Resource", "value": pulumi.Output.concat(name, ":", alias.name)},
                    ],
                },
                "stat": "Maximum",
            },
        },
        {"id": "busy_or_idle", "expression": "FILL(busy, 0)", "return_data": True},
    ]
