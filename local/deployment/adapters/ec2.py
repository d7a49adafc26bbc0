"""Security groups, their rules, and VPC endpoints, which carry no traffic here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.deployment.adapters.base import (
    Adapter,
    Created,
    Inputs,
    capitalise_inputs,
    deletes,
    rename,
    tag_list,
    text,
)

if TYPE_CHECKING:
    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource
    from tooling.clients import Client

_PORTS = {"fromPort": "FromPort", "toPort": "ToPort"}
# A rule's source or destination: its input, and where a permission of the API has it.
_PEERS = {
    "cidrIpv4": ("IpRanges", "CidrIp"),
    "prefixListId": ("PrefixListIds", "PrefixListId"),
    "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
}
_ENDPOINT = {
    *("vpcEndpointType", "vpcId", "serviceName", "routeTableIds", "subnetIds"),
    *("securityGroupIds", "privateDnsEnabled"),
}


def _group(target: Target, inputs: Inputs) -> Created:
    client = target.client("ec2")
    group = client.create_security_group(
        GroupName=inputs["name"],
        Description=inputs["description"],
        VpcId=inputs["vpcId"],
        **_tags("security-group", inputs),
    )["GroupId"]
    # The provider does the same: a group allows nothing but the program's rules.
    permissions = client.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    client.revoke_security_group_egress(
        GroupId=group, IpPermissions=permissions["IpPermissionsEgress"]
    )
    arn = target.arn("ec2", f"security-group/{group}")
    return Created(group, {"arn": arn, "ownerId": target.account_id})


def _rule(direction: str) -> Adapter:
    """Return the adapter for rules of one direction, ingress or egress."""

    def create(target: Target, inputs: Inputs) -> Created:
        permission = {"IpProtocol": inputs["ipProtocol"], **rename(inputs, _PORTS)}
        description = rename(inputs, {"description": "Description"})
        for name, (collection, key) in _PEERS.items():
            if inputs.get(name):
                permission[collection] = [{key: inputs[name], **description}]
        response = getattr(target.client("ec2"), f"authorize_security_group_{direction}")(
            GroupId=inputs["securityGroupId"],
            IpPermissions=[permission],
            **_tags("security-group-rule", inputs),
        )
        rule = response["SecurityGroupRules"][0]
        identifier = rule["SecurityGroupRuleId"]
        return Created(
            identifier, {"arn": rule["SecurityGroupRuleArn"], "securityGroupRuleId": identifier}
        )

    def delete(target: Target, rule: Resource) -> None:
        getattr(target.client("ec2"), f"revoke_security_group_{direction}")(
            GroupId=rule.inputs["securityGroupId"], SecurityGroupRuleIds=[rule.id]
        )

    names = {"securityGroupId", "ipProtocol", "description", "tags", *_PEERS, *_PORTS}
    return Adapter(create=create, delete=delete, forwarded_inputs=frozenset(names), name_input=None)


def _endpoint(target: Target, inputs: Inputs) -> Created:
    client, arguments = target.client("ec2"), capitalise_inputs(inputs, _ENDPOINT)
    if policy := inputs.get("policy"):
        arguments["PolicyDocument"] = text(policy)
    response = client.create_vpc_endpoint(**_tags("vpc-endpoint", inputs), **arguments)
    endpoint = response["VpcEndpoint"]
    return Created(
        endpoint["VpcEndpointId"],
        {
            "arn": target.arn("ec2", f"vpc-endpoint/{endpoint['VpcEndpointId']}"),
            "ownerId": endpoint["OwnerId"],
            "prefixListId": _prefix_list(client, inputs["serviceName"]),
            "state": endpoint["State"],
        },
    )


def _delete_endpoint(target: Target, endpoint: Resource) -> None:
    target.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[endpoint.id])


def _prefix_list(client: Client, service: str) -> str:
    """Return the prefix list of a gateway endpoint's service; other services have none."""
    filters = [{"Name": "prefix-list-name", "Values": [service]}]
    lists = client.describe_prefix_lists(Filters=filters)["PrefixLists"]
    return str(lists[0]["PrefixListId"]) if lists else ""


def _tags(resource_type: str, inputs: Inputs) -> dict[str, Any]:
    tags = tag_list(inputs)
    return {"TagSpecifications": [{"ResourceType": resource_type, "Tags": tags}]} if tags else {}


ADAPTERS = {
    "aws:ec2/securityGroup:SecurityGroup": Adapter(
        create=_group,
        delete=deletes("ec2", "delete_security_group", {"id": "GroupId"}),
        forwarded_inputs=frozenset({"name", "namePrefix", "description", "vpcId", "tags"}),
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Adapter(
        create=_endpoint,
        delete=_delete_endpoint,
        forwarded_inputs=frozenset(_ENDPOINT) | {"policy", "tags"},
        name_input=None,
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule("egress"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule("ingress"),
}
