"""IAM roles and their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.deployment.adapters.base import (
    Adapter,
    Created,
    Inputs,
    deletes,
    one_call,
    rename,
    retagged,
    tag_list,
    text,
    written_again,
)
from local.deployment.workarounds import rewrite_policy

if TYPE_CHECKING:
    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource

_ROLE = {
    "name": "RoleName",
    "description": "Description",
    "permissionsBoundary": "PermissionsBoundary",
}
_ATTACHMENT = {"role": "RoleName", "policyArn": "PolicyArn"}


def _role(target: Target, inputs: Inputs) -> Created:
    trust = text(inputs["assumeRolePolicy"])
    role = target.client("iam").create_role(
        AssumeRolePolicyDocument=trust, Tags=tag_list(inputs), **rename(inputs, _ROLE)
    )["Role"]
    return Created(inputs["name"], {"arn": role["Arn"], "uniqueId": role["RoleId"]})


def _update_role(target: Target, role: Resource, inputs: Inputs) -> dict[str, str]:
    client, name = target.client("iam"), role.id
    trust = text(inputs["assumeRolePolicy"])
    client.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
    client.update_role(RoleName=name, Description=inputs.get("description") or "")
    boundary = "permissionsBoundary"
    if arn := inputs.get(boundary):
        client.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=arn)
    elif role.inputs.get(boundary):
        client.delete_role_permissions_boundary(RoleName=name)
    added, removed = retagged(role, inputs)
    if added:
        client.tag_role(RoleName=name, Tags=tag_list({"tags": added}))
    if removed:
        client.untag_role(RoleName=name, TagKeys=removed)
    return role.outputs


def _role_policy(target: Target, inputs: Inputs) -> Created:
    target.client("iam").put_role_policy(
        RoleName=inputs["role"],
        PolicyName=inputs["name"],
        PolicyDocument=rewrite_policy(text(inputs["policy"])),
    )
    return Created(f"{inputs['role']}:{inputs['name']}", {})


ADAPTERS = {
    "aws:iam/role:Role": Adapter(
        create=_role,
        update=_update_role,
        delete=deletes("iam", "delete_role", {"id": "RoleName"}),
        forwarded_inputs=frozenset(_ROLE) | {"assumeRolePolicy", "tags"},
        fixed_inputs=frozenset({"name"}),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": one_call(
        "iam",
        "attach_role_policy",
        _ATTACHMENT,
        id_format="{role}/{policyArn}",
        delete=deletes("iam", "detach_role_policy", _ATTACHMENT),
    ),
    "aws:iam/rolePolicy:RolePolicy": Adapter(
        create=_role_policy,
        **written_again(_role_policy),
        delete=deletes("iam", "delete_role_policy", {"role": "RoleName", "name": "PolicyName"}),
        forwarded_inputs=frozenset({"role", "name", "policy"}),
        fixed_inputs=frozenset({"role", "name"}),
    ),
}
