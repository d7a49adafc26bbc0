"""IAM policies name their actions, resources and principals; none is a wildcard."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from . import kinds
from .documents import Statement, statements
from .resource import Resource, leaves
from .rule import resource_rule

# Actions for which AWS has no ARN to name, by the page that says so.
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

# In a key's policy "*" means that key, and its account has to keep every permission for it, or the key is lost.
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
_KEYS: Final = {kinds.KEY, kinds.KEY_POLICY}
_ACCOUNT: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:root")

# Services whose ARNs end in `<name>/<what is in it>`; the other ones' in `<kind>/<name>` or `<kind>:<name>`.
_NAMED_FIRST: Final = {"execute-api", "s3"}
_PARTS_OF_AN_ARN: Final = 6

# While an account is in the sandbox of SES, SES authorizes the recipient's identity as well as the sender's. So a
# policy names every identity of the account, and a condition names the sender.
# https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
_IDENTITIES: Final = re.compile(r"arn:aws[a-z-]*:ses:[a-z0-9-]+:\d{12}:identity/\*")
_SENDER: Final = "ses:FromAddress"

_AWS_MANAGED: Final = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/(.+)")
_ADMINISTRATES: Final = re.compile(
    r"(.*/)?(AdministratorAccess.*|PowerUserAccess|\w*Administrator|\w*FullAccess\w*)"
)
_ATTACHMENTS: Final = (
    kinds.ATTACHMENT,
    kinds.GROUP_ATTACHMENT,
    kinds.ROLE,
    kinds.ROLE_ATTACHMENT,
    kinds.ROLE_ATTACHMENTS,
    kinds.USER_ATTACHMENT,
)


@resource_rule()
def no_wildcard_actions(resource: Resource) -> Iterator[str]:
    """Policies name each action that they allow."""
    for statement in statements(resource, "Allow"):
        if "NotAction" in statement.inverted:
            yield f"allows every action but a few ({statement.place}); name the actions that it needs"
        for action in statement.actions:
            exempt = _is_own_key(resource, statement) or _is_account_endpoint(resource, statement)
            if re.search(r"[*?]", action) and not exempt:
                yield f"allows the actions '{action}' ({statement.place}); name each action that it needs"


@resource_rule()
def no_wildcard_resources(resource: Resource) -> Iterator[str]:
    """Policies name each resource that they allow something for."""
    for statement in statements(resource, "Allow"):
        if "NotResource" in statement.inverted:
            yield f"allows everything but a few resources ({statement.place}); name the resources that it needs"
        if resource.type in _KEYS or set(statement.actions) <= _WITHOUT_ARN:
            continue
        if _is_account_endpoint(resource, statement):
            continue
        for arn in filter(_is_wide, statement.resources):
            if _IDENTITIES.fullmatch(arn) and _sends_as_one(statement):
                continue
            yield (
                f"allows {' and '.join(statement.actions)} for '{arn}' ({statement.place}); "
                "name each resource by its ARN, with a '*' only for what is within it"
            )


@resource_rule()
def no_public_principals(resource: Resource) -> Iterator[str]:
    """Policies let in whom they name, or whom a condition describes."""
    for statement in statements(resource, "Allow"):
        if "NotPrincipal" in statement.inverted:
            yield f"lets in everybody but a few ({statement.place}); name who may"
        if "*" in statement.principals and not statement.condition:
            yield f"lets everybody in ({statement.place}); name who may, or add a condition that says who"


@resource_rule(*_ATTACHMENTS)
def no_admin_policies(resource: Resource) -> Iterator[str]:
    """Nobody gets everything, or everything of a service."""
    for name in _aws_managed(resource):
        if _ADMINISTRATES.fullmatch(name):
            yield f"attaches AWS's policy '{name}'; write a policy that allows what is needed"


@resource_rule(*_ATTACHMENTS)
def no_aws_managed_policies(resource: Resource) -> Iterator[str]:
    """Permissions are written in this repository, not by AWS."""
    for name in _aws_managed(resource):
        yield f"attaches AWS's policy '{name}', which AWS may widen; write a policy that allows what is needed"


def _is_own_key(resource: Resource, statement: Statement) -> bool:
    """Whether a key policy gives permissions to the account that it belongs to."""
    return resource.type in _KEYS and all(
        _ACCOUNT.fullmatch(principal) for principal in statement.principals
    )


def _is_account_endpoint(resource: Resource, statement: Statement) -> bool:
    """Whether an endpoint policy, which grants nothing, is limited to one account on both sides."""
    equals = statement.condition.get("StringEquals")
    return (
        resource.type == kinds.VPC_ENDPOINT
        and isinstance(equals, Mapping)
        and bool(equals.get("aws:PrincipalAccount") and equals.get("aws:ResourceAccount"))
    )


def _sends_as_one(statement: Statement) -> bool:
    """Whether a statement allows nothing but to send emails from addresses that it names."""
    equals = statement.condition.get("StringEquals")
    return (
        set(statement.actions) == {"ses:SendEmail"}
        and isinstance(equals, Mapping)
        and bool(equals.get(_SENDER))
    )


def _is_wide(arn: str) -> bool:
    """Whether an ARN's wildcard stands for the names of resources, and not only for what is within a named one."""
    parts = arn.split(":", maxsplit=_PARTS_OF_AN_ARN - 1)
    if len(parts) < _PARTS_OF_AN_ARN:
        return True
    *scope, within = parts
    separator = ":" if ":" in within else "/"
    named = 1 if scope[2] in _NAMED_FIRST else 2
    return bool(re.search(r"[*?]", ":".join([*scope, *within.split(separator)[:named]])))


def _aws_managed(resource: Resource) -> Iterator[str]:
    """Yield the names of policies; a boundary is none, since it allows nothing."""
    for prop in ("managedPolicyArns", "policyArn", "policyArns"):
        for arn in leaves(resource.at(prop)):
            if isinstance(arn, str) and (found := _AWS_MANAGED.fullmatch(arn)):
                yield found[1]
