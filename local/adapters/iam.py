"""IAM roles and their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs, one_call, rename, tag_list, text
from local.workarounds import rewrite_policy

if TYPE_CHECKING:
    from local.adapters.base import Target

_ROLE = {"name": "RoleName", "description": "Description"}
_ATTACHMENT = {"role": "RoleName", "policyArn": "PolicyArn"}


def _role(target: Target, inputs: Inputs) -> Created:
    trust = text(inputs["assumeRolePolicy"])
    role = target.client("iam").create_role(
        AssumeRolePolicyDocument=trust, Tags=tag_list(inputs), **rename(inputs, _ROLE)
    )["Role"]
    return Created(inputs["name"], {"arn": role["Arn"], "uniqueId": role["RoleId"]})


def _role_policy(target: Target, inputs: Inputs) -> Created:
    target.client("iam").put_role_policy(
        RoleName=inputs["role"],
        PolicyName=inputs["name"],
        PolicyDocument=rewrite_policy(text(inputs["policy"])),
    )
    return Created(f"{inputs['role']}:{inputs['name']}", {})


ADAPTERS = {
    "aws:iam/role:Role": Adapter(
        create=_role, forwarded_inputs=frozenset(_ROLE) | {"assumeRolePolicy", "tags"}
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": one_call(
        "iam", "attach_role_policy", _ATTACHMENT, id_format="{role}/{policyArn}"
    ),
    "aws:iam/rolePolicy:RolePolicy": Adapter(
        create=_role_policy, forwarded_inputs=frozenset({"role", "name", "policy"})
    ),
}
