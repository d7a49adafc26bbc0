"""DNS failover of a custom domain name between two regions (docs/regions.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import pulumi
import pulumi_aws as aws

from infra.naming import resource_name

if TYPE_CHECKING:
    from collections.abc import Mapping

# The metric that operators write to: 1 sends clients to the standby, 0 back to the primary.
_METRIC: Final = "Failover"
_PERIOD_SECONDS: Final = 60


@dataclass(frozen=True, kw_only=True)
class Failover:
    """Which of the two regions a stack is, and the health check that decides between them.

    The standby has the health check, and the alarm behind it, so that a failover needs nothing of
    the primary's region, and no change of a record.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/dns-failover.html
    """

    role: Literal["primary", "secondary"]
    health_check_id: str | None

    def record_args(self) -> Mapping[str, Any]:
        """Return the routing of a record; its name and type exist in both regions' stacks."""
        check = {"health_check_id": self.health_check_id} if self.health_check_id else {}
        return {
            "set_identifier": self.role,
            "failover_routing_policies": [{"type": self.role.upper()}],
            **check,
        }

    def outputs(self, name: str, parent: pulumi.Resource) -> Mapping[str, pulumi.Output[str]]:
        """Create the standby's health check, and return its ID, which the primary is given."""
        if self.role == "primary":
            return {}
        return {"failoverHealthCheckId": _health_check(name, parent).id}


def _health_check(name: str, parent: pulumi.Resource) -> aws.route53.HealthCheck:
    """Create a health check that an operator makes unhealthy through an alarm.

    Without data it keeps its last status, so one datapoint is enough, and is healthy at first.
    https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
    """
    child = pulumi.ResourceOptions(parent=parent)
    alarm = aws.cloudwatch.MetricAlarm(
        f"{name}-failover-alarm",
        name=resource_name("failover"),
        alarm_description="Operators send clients to this region with it: docs/regions.md#failover",
        namespace=pulumi.get_project(),
        metric_name=_METRIC,
        dimensions={"environment": pulumi.get_stack()},
        # Route 53 supports neither metric math nor percentiles.
        # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
        statistic="Maximum",
        period=_PERIOD_SECONDS,
        evaluation_periods=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=1,
        treat_missing_data="missing",
        opts=child,
    )
    return aws.route53.HealthCheck(
        f"{name}-failover-check",
        type="CLOUDWATCH_METRIC",
        cloudwatch_alarm_name=alarm.name,
        cloudwatch_alarm_region=aws.get_region_output().region,
        insufficient_data_health_status="LastKnownStatus",
        opts=child,
    )
