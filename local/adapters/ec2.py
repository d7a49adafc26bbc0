"""Security groups, their rules, and VPC endpoints. The emulator keeps them; no traffic goes through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.adapters.base import Adapter, Created, Inputs, blocks, renamed, tag_list, text

if TYPE_CHECKING:
    from local.adapters.base import Target
    from tooling.clients import Client

_PORTS = {"fromPort": "FromPort", "toPort": "ToPort"}
# A rule's one far end: its input, the list of a permission that it goes into, and the name that it has there.
_FAR_ENDS = {
    "cidrIpv4": ("IpRanges", "CidrIp"),
    "cidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListId": ("PrefixListIds", "PrefixListId"),
    "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
}
# The same for the rules that are written in the group itself, each with many far ends.
_MANY_FAR_ENDS = {
    "cidrBlocks": "cidrIpv4",
    "ipv6CidrBlocks": "cidrIpv6",
    "prefixListIds": "prefixListId",
    "securityGroups": "referencedSecurityGroupId",
}
_ENDPOINT = {
    "vpcEndpointType", "vpcId", "serviceName", "routeTableIds", "subnetIds", "securityGroupIds", "ipAddressType",
    "dnsOptions", "privateDnsEnabled", "serviceNetworkArn", "resourceConfigurationArn", "serviceRegion",
}  # fmt: skip


def _group(target: Target, inputs: Inputs) -> Created:
    client, name = target.client("ec2"), inputs["name"]
    arguments = {
        "Description": inputs.get("description", "Managed by Pulumi"),
        **renamed(inputs, {"vpcId": "VpcId"}),
    }
    group = client.create_security_group(
        GroupName=name, **_tags("security-group", inputs), **arguments
    )["GroupId"]
    made = client.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    # As the engine does: a group allows nothing but what the program says.
    client.revoke_security_group_egress(GroupId=group, IpPermissions=made["IpPermissionsEgress"])
    if egress := _permissions(group, inputs.get("egress")):
        client.authorize_security_group_egress(GroupId=group, IpPermissions=egress)
    if ingress := _permissions(group, inputs.get("ingress")):
        client.authorize_security_group_ingress(GroupId=group, IpPermissions=ingress)
    arn = target.arn("ec2", f"security-group/{group}")
    return Created(group, {"arn": arn, "ownerId": target.account_id, "vpcId": made["VpcId"]})


def _permissions(group: str, rules: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    return [_permission(rule["protocol"], rule, _far_ends(group, rule)) for rule in rules or []]


def _far_ends(group: str, rule: dict[str, Any]) -> list[tuple[str, str]]:
    many = [
        (kind, value) for name, kind in _MANY_FAR_ENDS.items() for value in rule.get(name) or []
    ]
    return [*many, ("referencedSecurityGroupId", group)] if rule.get("self") else many


def _permission(
    protocol: str, rule: dict[str, Any], far_ends: list[tuple[str, str]]
) -> dict[str, Any]:
    permission: dict[str, Any] = {"IpProtocol": protocol, **renamed(rule, _PORTS)}
    description = renamed(rule, {"description": "Description"})
    for kind, value in far_ends:
        into, name = _FAR_ENDS[kind]
        permission.setdefault(into, []).append({name: value, **description})
    return permission


def _rule(direction: str) -> Adapter:
    """Adapt a rule of its own, in one direction."""

    def create(target: Target, inputs: Inputs) -> Created:
        far_ends = [(kind, inputs[kind]) for kind in _FAR_ENDS if inputs.get(kind)]
        answer = getattr(target.client("ec2"), f"authorize_security_group_{direction}")(
            GroupId=inputs["securityGroupId"],
            IpPermissions=[_permission(inputs["ipProtocol"], inputs, far_ends)],
            **_tags("security-group-rule", inputs),
        )
        rule = answer["SecurityGroupRules"][0]
        identifier = rule["SecurityGroupRuleId"]
        return Created(
            identifier, {"arn": rule["SecurityGroupRuleArn"], "securityGroupRuleId": identifier}
        )

    passes = (
        frozenset(_FAR_ENDS)
        | frozenset(_PORTS)
        | {"securityGroupId", "ipProtocol", "description", "tags"}
    )
    return Adapter(create=create, passes=passes, named_by=None)


def _endpoint(target: Target, inputs: Inputs) -> Created:
    arguments = {"VpcEndpointType": "Gateway", **blocks(inputs, _ENDPOINT)}
    if policy := inputs.get("policy"):
        arguments["PolicyDocument"] = text(policy)
    client = target.client("ec2")
    endpoint = client.create_vpc_endpoint(**_tags("vpc-endpoint", inputs), **arguments)[
        "VpcEndpoint"
    ]
    identifier = endpoint["VpcEndpointId"]
    return Created(
        identifier,
        {
            "arn": target.arn("ec2", f"vpc-endpoint/{identifier}"),
            "dnsEntries": [
                renamed(entry, {"DnsName": "dnsName", "HostedZoneId": "hostedZoneId"})
                for entry in endpoint.get("DnsEntries", [])
            ],
            "ownerId": endpoint["OwnerId"],
            "prefixListId": _prefix_list(client, inputs["serviceName"]),
            "state": endpoint["State"],
        },
    )


def _prefix_list(client: Client, service: str) -> str:
    """The list of a gateway endpoint's addresses, which is named like its service; other services have none."""
    found = client.describe_prefix_lists(
        Filters=[{"Name": "prefix-list-name", "Values": [service]}]
    )["PrefixLists"]
    return str(found[0]["PrefixListId"]) if found else ""


def _tags(kind: str, inputs: Inputs) -> dict[str, Any]:
    tags = tag_list(inputs)
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}


ADAPTERS = {
    "aws:ec2/securityGroup:SecurityGroup": Adapter(
        create=_group,
        passes=frozenset(
            {"name", "namePrefix", "description", "vpcId", "egress", "ingress", "tags"}
        ),
        no_meaning_locally={
            "revokeRulesOnDelete": "The engine does it when it deletes; here nothing is deleted."
        },
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Adapter(
        create=_endpoint,
        passes=frozenset(_ENDPOINT) | {"policy", "tags"},
        no_meaning_locally={"autoAccept": "The emulator accepts every endpoint."},
        named_by=None,
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule("egress"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule("ingress"),
}
