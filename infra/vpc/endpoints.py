"""Endpoints of the stack's own, so that functions in a network without the Internet reach AWS's services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from infra.vpc.network import HTTPS, NetworkArgs, egress, security_group

# The one service of ours that costs nothing to reach, through a route in place of addresses in the network.
# https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
_THROUGH_A_ROUTE: Final = "dynamodb"


@dataclass(frozen=True, kw_only=True)
class OwnEndpoints:
    """An endpoint for each service that functions call, and for what they ask of it alone.

    Their names, such as `sns.eu-west-1.amazonaws.com`, then mean the endpoints in the whole network: it should be the
    stack's own. https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
    """

    route_table_ids: Sequence[str]

    def open(
        self,
        name: str,
        args: NetworkArgs,
        functions: aws.ec2.SecurityGroup,
        parent: pulumi.Resource,
    ) -> Sequence[pulumi.Resource]:
        """Create the endpoints, and let functions out to them alone."""
        endpoints = security_group(
            f"{name}-endpoints", "endpoints", "Endpoints of AWS services", args, parent
        )
        out = egress(
            f"{name}-to-endpoints",
            functions,
            HTTPS,
            "Endpoints of AWS services",
            parent,
            referenced_security_group_id=endpoints.id,
        )
        entry = aws.vpc.SecurityGroupIngressRule(
            f"{name}-from-functions",
            security_group_id=endpoints.id,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            description="Functions of the stack",
            referenced_security_group_id=functions.id,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        addresses = [
            _interface(f"{name}-{service}", service, args, endpoints, parent)
            for service in args.reach.services
            if service != _THROUGH_A_ROUTE
        ]
        return [out, entry, *addresses, *self._route(name, args, functions, parent)]

    def _route(
        self,
        name: str,
        args: NetworkArgs,
        functions: aws.ec2.SecurityGroup,
        parent: pulumi.Resource,
    ) -> Sequence[pulumi.Resource]:
        endpoint = aws.ec2.VpcEndpoint(
            f"{name}-{_THROUGH_A_ROUTE}",
            vpc_id=args.vpc_id,
            vpc_endpoint_type="Gateway",
            service_name=_service_name(_THROUGH_A_ROUTE),
            route_table_ids=list(self.route_table_ids),
            policy=_policy(args.reach.services[_THROUGH_A_ROUTE]),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        out = egress(
            f"{name}-to-{_THROUGH_A_ROUTE}",
            functions,
            HTTPS,
            "DynamoDB",
            parent,
            prefix_list_id=endpoint.prefix_list_id,
        )
        return [endpoint, out]


def _interface(
    name: str,
    service: str,
    args: NetworkArgs,
    group: aws.ec2.SecurityGroup,
    parent: pulumi.Resource,
) -> aws.ec2.VpcEndpoint:
    return aws.ec2.VpcEndpoint(
        name,
        vpc_id=args.vpc_id,
        vpc_endpoint_type="Interface",
        service_name=_service_name(service),
        subnet_ids=list(args.subnet_ids),
        security_group_ids=[group.id],
        # So that functions find it without being told.
        private_dns_enabled=True,
        policy=_policy(args.reach.services[service]),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _service_name(service: str) -> pulumi.Output[str]:
    return pulumi.Output.concat("com.amazonaws.", aws.get_region_output().region, ".", service)


def _policy(statements: Sequence[Mapping[str, Any]]) -> pulumi.Output[str]:
    """Return what an endpoint lets through: these requests, from principals of this account.

    A gateway endpoint knows no principals but everybody, so that a condition has to tell.
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    ours = {"StringEquals": {"aws:PrincipalAccount": aws.get_caller_identity_output().account_id}}
    allowed = [
        {
            "Effect": "Allow",
            "Principal": "*",
            **statement,
            "Condition": _both(statement.get("Condition", {}), ours),
        }
        for statement in statements
    ]
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": allowed})


def _both(
    one: Mapping[str, Mapping[str, Any]], other: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the condition that holds where both hold; they are about different keys."""
    return {
        operator: {**one.get(operator, {}), **other.get(operator, {})}
        for operator in {**one, **other}
    }
