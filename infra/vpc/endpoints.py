"""VPC endpoints, so that functions in private subnets reach AWS services without a NAT gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.vpc.security_groups import HTTPS, egress_rule, security_group

if TYPE_CHECKING:
    from collections.abc import Sequence

# The service that has a gateway endpoint, which is free of charge.
# https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
_GATEWAY_SERVICE: Final = "dynamodb"


@dataclass(frozen=True, kw_only=True)
class EndpointArgs:
    """The services by their PrivateLink names, and the route tables of the gateway endpoint."""

    services: Sequence[str]
    route_table_ids: Sequence[str]


def vpc_endpoints(
    name: str,
    args: EndpointArgs,
    *,
    vpc_id: str,
    subnet_ids: Sequence[str],
    functions: aws.ec2.SecurityGroup,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Create an endpoint for each service, and allow functions to connect to them only.

    With private DNS, the whole VPC uses these endpoints, so the VPC should be the stack's own.
    https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
    """
    opts = pulumi.ResourceOptions(parent=parent)
    group = security_group(
        f"{name}-endpoints", "endpoints", "Endpoints of AWS services", vpc_id, parent
    )
    egress = egress_rule(
        f"{name}-to-endpoints",
        functions,
        HTTPS,
        "Endpoints of AWS services",
        parent,
        referenced_security_group_id=group.id,
    )
    ingress = aws.vpc.SecurityGroupIngressRule(
        f"{name}-from-functions",
        security_group_id=group.id,
        ip_protocol="tcp",
        from_port=HTTPS,
        to_port=HTTPS,
        description="Functions of the stack",
        referenced_security_group_id=functions.id,
        opts=opts,
    )
    interface_endpoints = [
        aws.ec2.VpcEndpoint(
            f"{name}-{service}",
            vpc_id=vpc_id,
            vpc_endpoint_type="Interface",
            service_name=_service_name(service),
            subnet_ids=list(subnet_ids),
            security_group_ids=[group.id],
            private_dns_enabled=True,
            policy=_policy(),
            opts=opts,
        )
        for service in args.services
        if service != _GATEWAY_SERVICE
    ]
    gateway_endpoint = aws.ec2.VpcEndpoint(
        f"{name}-{_GATEWAY_SERVICE}",
        vpc_id=vpc_id,
        vpc_endpoint_type="Gateway",
        service_name=_service_name(_GATEWAY_SERVICE),
        route_table_ids=list(args.route_table_ids),
        policy=_policy(),
        opts=opts,
    )
    gateway_egress = egress_rule(
        f"{name}-to-{_GATEWAY_SERVICE}",
        functions,
        HTTPS,
        "DynamoDB",
        parent,
        prefix_list_id=gateway_endpoint.prefix_list_id,
    )
    return [egress, ingress, *interface_endpoints, gateway_endpoint, gateway_egress]


def _service_name(service: str) -> pulumi.Output[str]:
    return pulumi.Output.concat("com.amazonaws.", aws.get_region_output().region, ".", service)


def _policy() -> pulumi.Output[str]:
    """Return the endpoint policy: principals of this account may use resources of this account.

    It grants nothing; what a function may do is up to its role. These are the identity and the
    resource perimeter of AWS, which has exceptions for resources that AWS services own. None of
    the services here has such resources that functions use.
    https://github.com/aws-samples/data-perimeter-policy-examples/tree/main/vpc_endpoint_policies
    """
    account = aws.get_caller_identity_output().account_id
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}
        },
    }
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]})
