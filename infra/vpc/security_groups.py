"""Security groups of functions and VPC endpoints, and their egress rules."""

from __future__ import annotations

from typing import Any, Final

import pulumi
import pulumi_aws as aws

from infra.naming import resource_name

HTTPS: Final = 443
ANYWHERE: Final = "0.0.0.0/0"

# Lambda may keep network interfaces that no function uses any more for 45 minutes.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
_DELETE_TIMEOUT: Final = "60m"


def security_group(
    name: str, suffix: str, description: str, vpc_id: str, parent: pulumi.Resource
) -> aws.ec2.SecurityGroup:
    """Create a security group without rules.

    Its name has a random suffix, so that a replacement is created first: functions and endpoints
    stay in the old group until they are updated (docs/adr/0031).
    """
    return aws.ec2.SecurityGroup(
        name,
        name_prefix=resource_name(f"{suffix}-"),
        description=description,
        vpc_id=vpc_id,
        opts=pulumi.ResourceOptions(
            parent=parent,
            delete_before_replace=False,
            custom_timeouts=pulumi.CustomTimeouts(delete=_DELETE_TIMEOUT),
        ),
    )


def egress_rule(
    name: str,
    group: aws.ec2.SecurityGroup,
    port: int,
    description: str,
    parent: pulumi.Resource,
    **destination: Any,
) -> aws.vpc.SecurityGroupEgressRule:
    """Allow connections to one TCP port; DNS needs no rule, as the VPC resolver is never filtered.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
    """
    return aws.vpc.SecurityGroupEgressRule(
        name,
        security_group_id=group.id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=description,
        opts=pulumi.ResourceOptions(parent=parent),
        **destination,
    )
