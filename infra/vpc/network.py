"""Where functions run: in Lambda's own network, or in one of the account's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, Self

import pulumi
import pulumi_aws as aws

from infra.naming import arn, named

HTTPS: Final = 443
_EVERYWHERE: Final = "0.0.0.0/0"

# How long Lambda may keep network interfaces that no function uses any longer.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
_INTERFACES_GONE: Final = "60m"

# The network interfaces that Lambda makes for functions; to describe them AWS takes no ARN.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
_DESCRIBE: Final = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")
_MANAGE: Final = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)
# Lambda makes them as the function's role, but without the key that marks what the function's own code asks for; so the
# role's permission is of no use to whoever takes the code over.
# https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
_NOT_THE_CODE: Final = {"Null": {"lambda:SourceFunctionArn": "true"}}


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What functions call: AWS's services, by PrivateLink's names, each with what is asked of it; others, by port.

    Logs and traces are not among them: Lambda sends those itself, from outside of the function's network.
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """

    services: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    ports: Sequence[int] = ()

    @classmethod
    def of(cls, parts: Iterable["Reach"]) -> Self:
        """Return what all parts of a stack call together."""
        services: dict[str, list[Mapping[str, Any]]] = {}
        ports: list[int] = []
        for part in parts:
            ports.extend(part.ports)
            for service, statements in part.services.items():
                services.setdefault(service, []).extend(statements)
        return cls(services=services, ports=ports)


class Placement(Protocol):
    """A place for functions to run."""

    def function(self) -> Mapping[str, Any]:
        """Return the arguments of a function."""
        ...

    def policies(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return what a function's role needs, by purpose."""
        ...

    def first(self) -> Sequence[pulumi.Resource]:
        """Return what has to be there before a function is."""
        ...


class LambdaNetwork:
    """Lambda's own, from which functions reach AWS's services and the whole Internet."""

    def function(self) -> Mapping[str, Any]:
        """Leave it as it is."""
        return {}

    def policies(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Need nothing."""
        return {}

    def first(self) -> Sequence[pulumi.Resource]:
        """Wait for nothing."""
        return ()


class Way(Protocol):
    """How functions in a network of the account's get to AWS's services."""

    def open(
        self,
        name: str,
        args: "NetworkArgs",
        functions: aws.ec2.SecurityGroup,
        parent: pulumi.Resource,
    ) -> Sequence[pulumi.Resource]:
        """Create it, for what is in the functions' security group."""
        ...


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Which network, which of its subnets, what functions call from there, and how they get to it."""

    vpc_id: str
    subnet_ids: Sequence[str]
    reach: Reach
    way: Way


class Network(pulumi.ComponentResource):
    """A network of the account's, where functions are let out to what they call and nobody is let in."""

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:Network", name, None, opts)
        self._subnet_ids = list(args.subnet_ids)
        self._group = security_group(
            f"{name}-functions", "functions", "Functions of the stack", args, self
        )
        others = [
            egress(
                f"{name}-to-port-{port}",
                self._group,
                port,
                f"Servers on port {port}",
                self,
                cidr_ipv4=_EVERYWHERE,
            )
            for port in args.reach.ports
        ]
        self._first = [*args.way.open(name, args, self._group, self), *others]
        self.register_outputs({"securityGroupId": self._group.id})

    def function(self) -> Mapping[str, Any]:
        """Run it in the subnets."""
        return {
            "vpc_config": {"subnet_ids": self._subnet_ids, "security_group_ids": [self._group.id]}
        }

    def policies(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Let Lambda, not the function, make and remove network interfaces."""
        # The pattern is AWS's own: interfaces have no ARN before they exist, and subnets and groups take part.
        everything = arn("ec2", "*/*")
        return {
            "join-network": [
                {"Action": _DESCRIBE, "Resource": "*", "Condition": _NOT_THE_CODE},
                {"Action": _MANAGE, "Resource": everything, "Condition": _NOT_THE_CODE},
            ]
        }

    def first(self) -> Sequence[pulumi.Resource]:
        """Wait until the way to AWS's services is open: a function that runs before would fail."""
        return self._first


class ExistingWays:
    """Endpoints or a NAT gateway that somebody else looks after; HTTPS is let out to everywhere."""

    def open(
        self,
        name: str,
        args: NetworkArgs,  # noqa: ARG002 - the protocol's
        functions: aws.ec2.SecurityGroup,
        parent: pulumi.Resource,
    ) -> Sequence[pulumi.Resource]:
        """Let functions out: which addresses those ways have is not known here."""
        return [
            egress(f"{name}-to-https", functions, HTTPS, "HTTPS", parent, cidr_ipv4=_EVERYWHERE)
        ]


def security_group(
    name: str, suffix: str, description: str, args: NetworkArgs, parent: pulumi.Resource
) -> aws.ec2.SecurityGroup:
    """Return a security group that lets nothing in or out; rules of their own say what it does.

    Its name ends at random, so that a replacement can be created first: functions and endpoints stay in the group until
    they have changed to the new one. Lambda then takes up to 45 minutes to remove its network interfaces from the old
    one (docs/adr/0031).
    """
    return aws.ec2.SecurityGroup(
        name,
        name_prefix=named(f"{suffix}-"),
        description=description,
        vpc_id=args.vpc_id,
        opts=pulumi.ResourceOptions(
            parent=parent,
            delete_before_replace=False,
            custom_timeouts=pulumi.CustomTimeouts(delete=_INTERFACES_GONE),
        ),
    )


def egress(
    name: str,
    group: aws.ec2.SecurityGroup,
    port: int,
    description: str,
    parent: pulumi.Resource,
    **where: Any,
) -> aws.vpc.SecurityGroupEgressRule:
    """Let a security group out to one TCP port; DNS needs no rule, as AWS's resolver is never filtered.

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
        **where,
    )
