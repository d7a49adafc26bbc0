"""Permissions for security groups and VPC endpoints, in a VPC that is not the stack's own."""

from typing import Final

from bootstrap.permissions.arns import VPCS
from bootstrap.permissions.grant import NEW, OWN, Grant, arn

_GROUP: Final = arn("ec2", "security-group/*")
_RULE: Final = arn("ec2", "security-group-rule/*")
_ENDPOINT: Final = arn("ec2", "vpc-endpoint/*")
_SUBNET: Final = arn("ec2", "subnet/*")
_ROUTE_TABLE: Final = arn("ec2", "route-table/*")

# What a new group, rule or endpoint is tagged with; one that exists is tagged if it is the stack's.
_TAGS: Final = (
    Grant(
        on=(_GROUP, _RULE, _ENDPOINT),
        create=("ec2:CreateTags",),
        condition={
            "StringEquals": {
                "ec2:CreateAction": (
                    "AuthorizeSecurityGroupEgress",
                    "AuthorizeSecurityGroupIngress",
                    "CreateSecurityGroup",
                    "CreateVpcEndpoint",
                )
            }
        },
    ),
    Grant(on=(_GROUP, _RULE, _ENDPOINT), tag=("ec2:CreateTags", "ec2:DeleteTags"), condition=OWN),
)


def _rule(direction: str) -> tuple[Grant, ...]:
    """Return the permissions for a rule of a stack's own security group."""
    return (
        Grant(read=("ec2:DescribeSecurityGroupRules",)),
        Grant(
            on=(_GROUP,),
            create=(f"ec2:AuthorizeSecurityGroup{direction}",),
            update=("ec2:ModifySecurityGroupRules",),
            delete=(f"ec2:RevokeSecurityGroup{direction}",),
            condition=OWN,
        ),
        Grant(
            on=(_RULE,),
            create=(f"ec2:AuthorizeSecurityGroup{direction}",),
            condition=NEW,
        ),
        Grant(on=(_RULE,), update=("ec2:ModifySecurityGroupRules",), condition=OWN),
        *_TAGS,
    )


TYPES: Final[dict[str, tuple[Grant, ...]]] = {
    "aws:ec2/securityGroup:SecurityGroup": (
        # Before a deletion, the provider looks for network interfaces that use the group.
        Grant(
            read=("ec2:DescribeSecurityGroups",),
            delete=("ec2:DescribeNetworkInterfaces",),
        ),
        Grant(on=(_GROUP,), create=("ec2:CreateSecurityGroup",), condition=NEW),
        Grant(on=(VPCS,), create=("ec2:CreateSecurityGroup",)),
        # A new group allows all egress until the provider revokes the rule.
        Grant(
            on=(_GROUP,),
            create=("ec2:RevokeSecurityGroupEgress",),
            delete=("ec2:DeleteSecurityGroup",),
            condition=OWN,
        ),
        *_TAGS,
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule("Egress"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule("Ingress"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (
        Grant(read=("ec2:DescribePrefixLists", "ec2:DescribeVpcEndpoints")),
        Grant(on=(_ENDPOINT,), create=("ec2:CreateVpcEndpoint",), condition=NEW),
        Grant(
            on=(VPCS, _SUBNET, _ROUTE_TABLE, _GROUP),
            create=("ec2:CreateVpcEndpoint",),
        ),
        Grant(
            on=(_ENDPOINT,),
            update=("ec2:ModifyVpcEndpoint",),
            delete=("ec2:DeleteVpcEndpoints",),
            condition=OWN,
        ),
        Grant(on=(_SUBNET, _ROUTE_TABLE, _GROUP), update=("ec2:ModifyVpcEndpoint",)),
        # The private DNS names of an interface endpoint are records in a hosted zone of AWS.
        # https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
        Grant(
            on=(arn("route53", "hostedzone/*", regional=False, account=False),),
            create=("route53:AssociateVPCWithHostedZone",),
        ),
        *_TAGS,
    ),
}
