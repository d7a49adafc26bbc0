"""What IAM policies of a graph allow and refuse."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from tests.infra.support.graph import Graph, Resource


@dataclasses.dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy, with one form for what IAM lets one write in two."""

    effect: str
    actions: AbstractSet[str]
    resources: AbstractSet[str]
    principal: Any = None
    condition: Any = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Statement:
        """Read a statement; elements such as `NotAction` are an error."""
        unknown = raw.keys() - {"Sid", "Effect", "Action", "Resource", "Principal", "Condition"}
        assert not unknown, f"a statement has {unknown}"
        return cls(
            effect=raw["Effect"],
            actions=_each(raw["Action"]),
            resources=_each(raw.get("Resource", [])),
            principal=raw.get("Principal"),
            condition=raw.get("Condition"),
        )


def _each(value: str | Iterable[str]) -> frozenset[str]:
    return frozenset([value] if isinstance(value, str) else value)


def statements(policy: Resource, key: str = "policy") -> list[Statement]:
    """The statements of a resource that holds a policy."""
    document = policy.document(key)
    assert document["Version"] == "2012-10-17", policy
    return [Statement.parse(raw) for raw in document["Statement"]]


def permissions(graph: Graph, role_name: str) -> list[Statement]:
    """Everything that a role allows."""
    matches = [
        statement
        for policy in graph.all(aws.iam.RolePolicy)
        if policy["role"] == role_name
        for statement in statements(policy)
    ]
    assert matches, f"the role {role_name} has no policy"
    return matches


def refuses_plain_http(policy: Resource, arn: str) -> bool:
    """Whether a resource policy refuses everyone who comes without TLS."""
    return any(
        statement.effect == "Deny"
        and statement.principal == "*"
        and statement.resources == {arn}
        and statement.condition == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in statements(policy)
    )
