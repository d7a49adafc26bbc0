"""Grants: what an API's client calls, on which ARNs, and IAM statements that allow it."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from infra.monitoring.tracing import KEPT_LENGTH, rule_name
from infra.naming import bucket_start

# Operator, key and values of a statement's condition.
Condition = Mapping[str, Mapping[str, Sequence[str]]]
Statement = Mapping[str, Any]

# Resources of actions without resource types.
ANY: Final = ("*",)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Actions on resources of one kind.

    `on` holds patterns of ARNs, in which `{prefix}` is `<project>-<stack>`, and the other fields in
    braces are those of `Scope.fields`. It is `ANY` for actions that have no resource types in the
    service authorization reference; `on` and `condition` then say all that IAM can.
    """

    on: tuple[str, ...] = ANY
    read: tuple[str, ...] = ()
    create: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    condition: Condition = field(default_factory=dict)
    returns_secrets: bool = False
    """Whether a response of `read` holds a secret value."""

    @property
    def write(self) -> tuple[str, ...]:
        """The actions that change something."""
        return (*self.create, *self.update, *self.delete, *self.tag)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The stacks of a project in an account, and what is shared between them."""

    partition: str
    account: str
    regions: Sequence[str]
    home_region: str
    """The region of the state backend."""

    project: str
    stacks: Sequence[str]
    """Names, or patterns such as `pr-*`."""

    hosted_zone_ids: Sequence[str] = ()
    secret_arns: Sequence[str] = ()
    boundary_arn: str | None = None
    """The permissions boundary that the stacks' roles need to have; None if they need none."""

    def expanded(self, template: str) -> list[str]:
        """Return a template for each stack and, where it names one, each hosted zone or secret."""
        lists = {
            "{zone}": self.hosted_zone_ids,
            "{secret}": self.secret_arns,
            "{boundary}": [self.boundary_arn] if self.boundary_arn else [],
        }
        texts = [template]
        for name, values in lists.items():
            texts = [
                text.replace(name, value)
                for text in texts
                for value in (values if name in text else [""])
            ]
        every = [text.format(**self.fields(stack)) for text in texts for stack in self.stacks]
        return list(dict.fromkeys(every))

    def fields(self, stack: str) -> Mapping[str, str]:
        """Return the fields of templates for one stack."""
        prefix = f"{self.project}-{stack}"
        fixed, wildcard = prefix.removesuffix("*"), prefix.endswith("*")
        return {
            "partition": self.partition,
            "account": self.account,
            # Several regions are a condition of a statement of their own.
            "region": self.regions[0] if len(self.regions) == 1 else "*",
            "project": self.project,
            "stack": stack,
            "prefix": prefix,
            "web": bucket_pattern(prefix),
            "rule": f"{fixed[:KEPT_LENGTH]}*" if wildcard else rule_name(prefix),
        }


def bucket_pattern(prefix: str) -> str:
    """Return the pattern of the names of web buckets of `<project>-<stack>`.

    A pattern of stacks keeps its last `-`: `shop-pr-*` does not match the bucket of `shop-prod`.
    """
    if not prefix.endswith("*"):
        return f"{bucket_start(prefix, 'web')}-web-*"
    # Two digits that differ tell whether the name of a stack is in the bucket's name.
    one, two = (bucket_start(f"{prefix[:-1]}{digit}", "web") for digit in "12")
    return f"{one if one == two else one[:-1]}*-web-*"


def statements(grants: Iterable[tuple[Grant, Sequence[str]]], scope: Scope) -> list[dict[str, Any]]:
    """Return statements that allow some actions of grants; equal ones are one statement."""
    actions: dict[tuple[tuple[str, ...], str], set[str]] = defaultdict(set)
    for grant, allowed in grants:
        resources = tuple(
            dict.fromkeys(itertools.chain.from_iterable(map(scope.expanded, grant.on)))
        )
        if resources and allowed:
            condition = json.dumps(_condition(grant.condition, scope))
            actions[resources, condition] |= set(allowed)
    merged: dict[tuple[tuple[str, ...], str], list[str]] = defaultdict(list)
    for (resources, condition), names in actions.items():
        merged[tuple(sorted(names)), condition] += resources
    return [
        _statement(names, list(dict.fromkeys(resources)), json.loads(condition))
        for (names, condition), resources in merged.items()
    ]


def _condition(condition: Condition, scope: Scope) -> Condition:
    """Return a condition with values; without the keys that the scope has no value for."""
    filled = {
        operator: {
            key.format(project=scope.project): list(
                itertools.chain.from_iterable(map(scope.expanded, values))
            )
            for key, values in keys.items()
        }
        for operator, keys in condition.items()
    }
    known = {
        operator: {key: values for key, values in keys.items() if values}
        for operator, keys in filled.items()
    }
    return {operator: keys for operator, keys in known.items() if keys}


def _statement(
    actions: Sequence[str], resources: Sequence[str], condition: Condition
) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": _single(actions),
        "Resource": _single(resources),
    }
    if condition:
        statement["Condition"] = {
            operator: {key: _single(values) for key, values in keys.items()}
            for operator, keys in condition.items()
        }
    return statement


def _single(values: Sequence[str]) -> str | list[str]:
    """Return one value as text, as IAM allows: policies have a limited size."""
    return values[0] if len(values) == 1 else list(values)


def arn(service: str, resource: str, *, regional: bool = True, account: bool = True) -> str:
    """Return the pattern of an ARN in the stacks' account and regions."""
    return ":".join(
        (
            "arn:{partition}",
            service,
            "{region}" if regional else "",
            "{account}" if account else "",
            resource,
        )
    )


# A stack's resources have these tags. Services generate the IDs of some, so that their ARNs do not
# begin with the stack's name.
OWN: Final[Condition] = {
    "StringLike": {
        "aws:ResourceTag/project": ("{project}",),
        "aws:ResourceTag/environment": ("{stack}",),
    }
}
NEW: Final[Condition] = {
    "StringLike": {
        "aws:RequestTag/project": ("{project}",),
        "aws:RequestTag/environment": ("{stack}",),
    }
}
