"""Policy documents of the roles for GitHub, and of the boundary of the roles of stacks.

IAM allows 6,144 characters in a managed policy, and 10 managed policies at a role.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bootstrap.permissions.boundary import BOUNDARY
from bootstrap.permissions.grant import ANY, Grant, Scope, statements
from bootstrap.permissions.preflight import PREFLIGHT
from bootstrap.permissions.release import RELEASE
from bootstrap.permissions.table import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Document = dict[str, Any]

_GRANTS: Final[Mapping[str, Sequence[Grant]]] = {
    section: [grant for grants in types.values() for grant in grants]
    for section, types in SECTIONS.items()
}

# Requests to these have no region, or that of AWS's own choice.
_GLOBAL: Final = ("cloudfront:*", "iam:*", "route53:*", "sts:*")

# Allowed on generated IDs without a condition on the tags that the resource has. With TagResource,
# a role could make what is another project's its own: the key of the state's secrets as well.
_UNCONDITIONAL: Final = (
    "apigateway:*",
    "cloudfront:*",
    "kms:CreateAlias",
    "kms:EnableKeyRotation",
    "kms:TagResource",
    "kms:UpdateAlias",
    "ses:TagResource",
)


def deploy_documents(scope: Scope) -> dict[str, Document]:
    """Return what `pulumi up`, `pulumi destroy` and a release of the scope's stacks need.

    Reads are among it: the provider reads every resource after it has changed it.
    """
    allowed = {
        section: statements(_every(grants, lambda grant: (*grant.read, *grant.write)), scope)
        for section, grants in {**_GRANTS, "release": RELEASE}.items()
    }
    return _documents({**allowed, "limits": _limits(scope)})


def read_documents(scope: Scope, *, secrets: bool) -> dict[str, Document]:
    """Return what `pulumi preview --refresh` and `make preflight` of the scope's stacks need.

    Without `secrets` it is what returns no secret value: API keys are not refreshed.
    """
    allowed = {
        section: statements(
            _every(
                grants,
                lambda grant: grant.read if secrets or not grant.returns_secrets else (),
            ),
            scope,
        )
        for section, grants in {**_GRANTS, "preflight": PREFLIGHT}.items()
    }
    return _documents(allowed)


def boundary_document(scope: Scope) -> Document:
    """Return the most that a role of the scope's stacks can do, whatever its policies say."""
    return _document(statements([(grant, grant.create) for grant in BOUNDARY], scope))


def size(document: Document) -> int:
    """Return the characters that count towards IAM's limit: all but white space."""
    return len(json.dumps(document, separators=(",", ":")))


def _every(
    grants: Iterable[Grant], actions: Callable[[Grant], Sequence[str]]
) -> list[tuple[Grant, Sequence[str]]]:
    return [(grant, actions(grant)) for grant in grants]


def _limits(scope: Scope) -> list[Mapping[str, Any]]:
    """Return statements that deny other regions, and resources of other stacks and projects.

    Services generate IDs, so that some ARNs do not name the stack. The tags do. A VPC or a hosted
    zone may have another project's tag, and the stack uses it.
    """
    regions = sorted({*scope.regions, scope.home_region})
    return [
        {
            "Effect": "Deny",
            "NotAction": list(_GLOBAL),
            "Resource": ANY[0],
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": regions}},
        },
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": ANY[0],
            "Condition": {
                "StringEquals": {"aws:ResourceTag/project": scope.project},
                "StringNotLike": {"aws:ResourceTag/environment": list(scope.stacks)},
            },
        },
        {
            "Effect": "Deny",
            "Action": list(_UNCONDITIONAL),
            "Resource": ANY[0],
            "Condition": {
                "Null": {"aws:ResourceTag/project": "false"},
                "StringNotEquals": {"aws:ResourceTag/project": scope.project},
            },
        },
    ]


def _documents(allowed: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Document]:
    """Return the documents of sections; IAM refuses one without statements."""
    return {section: _document(each) for section, each in allowed.items() if each}


def _document(allowed: Sequence[Mapping[str, Any]]) -> Document:
    return {"Version": "2012-10-17", "Statement": list(allowed)}
