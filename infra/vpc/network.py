"""The VPC config of functions: subnets, a security group with egress rules, VPC endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from infra.naming import arn
from infra.vpc.endpoints import EndpointArgs, vpc_endpoints
from infra.vpc.security_groups import ANYWHERE, HTTPS, egress_rule, security_group

# What Lambda needs to attach a function to a VPC. The describing actions have no resource type.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
_DESCRIBE: Final = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")
_MANAGE: Final = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)
# Requests of the function's own code have the key lambda:SourceFunctionArn, those of Lambda do not.
# So the code cannot use these permissions.
# https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
_LAMBDA_SERVICE_ONLY: Final = {"Null": {"lambda:SourceFunctionArn": "true"}}


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """The VPC that functions are attached to.

    Without `endpoints`, functions use existing endpoints or a NAT gateway. `smtp_port` is the port
    of the SMTP server, if emails are sent through one.
    """

    vpc_id: str
    subnet_ids: Sequence[str]
    endpoints: EndpointArgs | None
    smtp_port: int | None


class Network(pulumi.ComponentResource):
    """Functions in a VPC: they connect to the services they call, and nothing connects to them.

    Logs and traces need no endpoint: Lambda sends them from outside the function's VPC.
    """

    vpc_config: aws.lambda_.FunctionVpcConfigArgsDict
    egress: Sequence[pulumi.Resource]
    """What has to exist before a function runs; earlier, its calls would time out."""

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:Network", name, None, opts)
        group = security_group(
            f"{name}-functions", "functions", "Functions of the stack", args.vpc_id, self
        )
        if args.endpoints:
            self.egress = vpc_endpoints(
                name,
                args.endpoints,
                vpc_id=args.vpc_id,
                subnet_ids=args.subnet_ids,
                functions=group,
                parent=self,
            )
        else:
            https = egress_rule(f"{name}-to-https", group, HTTPS, "HTTPS", self, cidr_ipv4=ANYWHERE)
            self.egress = [https]
        if args.smtp_port is not None:
            smtp = egress_rule(
                f"{name}-to-port-{args.smtp_port}",
                group,
                args.smtp_port,
                f"Servers on port {args.smtp_port}",
                self,
                cidr_ipv4=ANYWHERE,
            )
            self.egress = [*self.egress, smtp]
        self.vpc_config = {"subnet_ids": list(args.subnet_ids), "security_group_ids": [group.id]}
        self.register_outputs({"securityGroupId": group.id})

    @staticmethod
    def interface_statements() -> Sequence[Mapping[str, Any]]:
        """Let Lambda manage the network interfaces of a function."""
        # Interfaces have no ARN before they exist. A request names subnets and groups as well.
        resources = arn("ec2", "*/*")
        return [
            {"Action": _DESCRIBE, "Resource": "*", "Condition": _LAMBDA_SERVICE_ONLY},
            {"Action": _MANAGE, "Resource": resources, "Condition": _LAMBDA_SERVICE_ONLY},
        ]
