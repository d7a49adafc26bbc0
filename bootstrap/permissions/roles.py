"""Permissions for the roles of a stack, whose own permissions the boundary limits."""

from typing import Final

from bootstrap.permissions.arns import ROLES
from bootstrap.permissions.grant import Grant

# Without this condition, a deploy role could let a role of its stack do anything, and use it.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
_BOUNDED: Final = {"StringEquals": {"iam:PermissionsBoundary": ("{boundary}",)}}

# The one policy that is attached, to the role of API Gateway.
_API_LOGS: Final = (
    "arn:{partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
)

TYPES: Final[dict[str, tuple[Grant, ...]]] = {
    "aws:iam/role:Role": (
        Grant(
            on=(ROLES,),
            read=(
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:ListInstanceProfilesForRole",
                "iam:ListRolePolicies",
                "iam:ListRoleTags",
            ),
            tag=("iam:TagRole", "iam:UntagRole"),
        ),
        Grant(
            on=(ROLES,),
            create=("iam:CreateRole",),
            update=(
                "iam:PutRolePermissionsBoundary",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
                "iam:UpdateRoleDescription",
            ),
            condition=_BOUNDED,
        ),
        Grant(on=(ROLES,), delete=("iam:DeleteRole",)),
    ),
    "aws:iam/rolePolicy:RolePolicy": (
        Grant(on=(ROLES,), read=("iam:GetRolePolicy",), delete=("iam:DeleteRolePolicy",)),
        Grant(on=(ROLES,), create=("iam:PutRolePolicy",), condition=_BOUNDED),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        Grant(
            on=(ROLES,),
            read=("iam:ListAttachedRolePolicies",),
            delete=("iam:DetachRolePolicy",),
        ),
        Grant(
            on=(ROLES,),
            create=("iam:AttachRolePolicy",),
            condition={
                **_BOUNDED,
                "ArnEquals": {
                    "iam:PolicyARN": (_API_LOGS,),
                },
            },
        ),
    ),
}
