"""IAM policies: no wildcards for actions, resources and principals; no AWS managed policies."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from . import resource_types as types
from .documents import Statement, statements
from .resource import Resource, leaves
from .rule import resource_rule

# Actions without resource-level permissions, by AWS's page about them.
WITHOUT_ARN: Final = {
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html": {
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    },
    # It lists the streams of an account; an event source mapping of a stream needs it.
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html": {
        "dynamodb:ListStreams",
    },
    # The network interfaces of a function in a VPC, which do not exist before Lambda creates them.
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html": {
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    },
}
_WITHOUT_ARN: Final = frozenset[str]().union(*WITHOUT_ARN.values())

# In a key policy "*" is the key, and the key's account needs every permission, or the key is lost.
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
_KEY_TYPES: Final = {types.KEY, types.KEY_POLICY}
_ACCOUNT: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:root")

# Services whose ARNs end in `<name>/<path>`; others end in `<type>/<name>` or `<type>:<name>`.
_NAME_FIRST: Final = {"execute-api", "s3"}
_ARN_PARTS: Final = 6

# In the SES sandbox, SES authorizes the recipient's identity as well as the sender's. So a policy
# allows every identity of the account, and a condition names the sender.
# https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
_IDENTITIES: Final = re.compile(r"arn:aws[a-z-]*:ses:[a-z0-9-]+:\d{12}:identity/\*")
_SENDER: Final = "ses:FromAddress"

_MANAGED_POLICY: Final = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/(.+)")
_ADMIN_POLICY: Final = re.compile(
    r"(.*/)?(AdministratorAccess.*|PowerUserAccess|\w*Administrator|\w*FullAccess\w*)"
)
_ATTACHMENTS: Final = (
    types.ATTACHMENT,
    types.GROUP_ATTACHMENT,
    types.ROLE,
    types.ROLE_ATTACHMENT,
    types.ROLE_ATTACHMENTS,
    types.USER_ATTACHMENT,
)


@resource_rule()
def no_wildcard_actions(resource: Resource) -> Iterator[str]:
    """`Allow` statements list each action.

    Exceptions: a key's own account, and VPC endpoint policies that are limited to one account.
    """
    for statement in statements(resource, "Allow"):
        if "NotAction" in statement.inverted:
            yield f"allows all actions except some ({statement.place}); list the allowed ones"
        if _is_own_key(resource, statement) or _is_account_endpoint(resource, statement):
            continue
        for action in statement.actions:
            if re.search(r"[*?]", action):
                yield f"allows the actions '{action}' ({statement.place}); list each action"


@resource_rule()
def no_wildcard_resources(resource: Resource) -> Iterator[str]:
    """`Allow` statements list each resource, with `*` only below its name.

    Exceptions: actions without resource-level permissions, key policies, the same VPC endpoint
    policies, and `ses:SendEmail` with a sender as condition.
    """
    for statement in statements(resource, "Allow"):
        if "NotResource" in statement.inverted:
            yield f"allows all resources except some ({statement.place}); list the allowed ones"
        if (
            resource.type in _KEY_TYPES
            or set(statement.actions) <= _WITHOUT_ARN
            or _is_account_endpoint(resource, statement)
        ):
            continue
        for arn in filter(_is_wide, statement.resources):
            if not (_IDENTITIES.fullmatch(arn) and _is_limited_to_sender(statement)):
                yield (
                    f"allows {' and '.join(statement.actions)} for '{arn}' ({statement.place}); "
                    "list each resource by its ARN, with a '*' only below its name"
                )


@resource_rule()
def no_public_principals(resource: Resource) -> Iterator[str]:
    """`Allow` statements list principals, or have a condition.

    Otherwise every AWS account is allowed.
    """
    for statement in statements(resource, "Allow"):
        if "NotPrincipal" in statement.inverted:
            yield f"allows all principals except some ({statement.place}); list the allowed ones"
        if "*" in statement.principals and not statement.condition:
            yield f"allows every principal ({statement.place}); list principals or add a condition"


@resource_rule(*_ATTACHMENTS)
def no_admin_policies(resource: Resource) -> Iterator[str]:
    """No role has an AWS managed policy that allows everything of AWS or of a service.

    It would bypass the rules above.
    """
    for name in _managed_policies(resource):
        if _ADMIN_POLICY.fullmatch(name):
            yield f"has the AWS managed policy '{name}'; write a policy with the required actions"


@resource_rule(*_ATTACHMENTS)
def no_aws_managed_policies(resource: Resource) -> Iterator[str]:
    """No role has an AWS managed policy.

    AWS may add permissions to it. API Gateway's logging role needs one.
    """
    for name in _managed_policies(resource):
        yield f"has the AWS managed policy '{name}'; write a policy with the required actions"


def _is_own_key(resource: Resource, statement: Statement) -> bool:
    """Whether a key policy gives permissions to the account that it belongs to."""
    return resource.type in _KEY_TYPES and all(
        _ACCOUNT.fullmatch(principal) for principal in statement.principals
    )


def _is_account_endpoint(resource: Resource, statement: Statement) -> bool:
    """Whether an endpoint policy, which grants nothing, is limited to one account on both sides."""
    equals = statement.condition.get("StringEquals")
    return (
        resource.type == types.VPC_ENDPOINT
        and isinstance(equals, Mapping)
        and bool(equals.get("aws:PrincipalAccount") and equals.get("aws:ResourceAccount"))
    )


def _is_limited_to_sender(statement: Statement) -> bool:
    """Whether a statement allows only sending emails, from addresses in a condition."""
    equals = statement.condition.get("StringEquals")
    return (
        set(statement.actions) == {"ses:SendEmail"}
        and isinstance(equals, Mapping)
        and bool(equals.get(_SENDER))
    )


def _is_wide(arn: str) -> bool:
    """Whether an ARN has a wildcard in a resource's name, and not only below it."""
    parts = arn.split(":", maxsplit=_ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS:
        return True
    *scope, path = parts
    separator = ":" if ":" in path else "/"
    name_parts = 1 if scope[2] in _NAME_FIRST else 2
    return bool(re.search(r"[*?]", ":".join([*scope, *path.split(separator)[:name_parts]])))


def _managed_policies(resource: Resource) -> Iterator[str]:
    """Yield the names of AWS managed policies; a permissions boundary allows nothing."""
    for prop in ("managedPolicyArns", "policyArn", "policyArns"):
        for arn in leaves(resource.get(prop)):
            if isinstance(arn, str) and (match := _MANAGED_POLICY.fullmatch(arn)):
                yield match[1]
