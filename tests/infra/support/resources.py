"""Resources and graphs: what a program registered, with inputs, parents and dependencies."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from pulumi.output import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulumi

    from tooling.stackfile import StackFile


@dataclasses.dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource as the program registered it; `resource["name"]` is an input."""

    type: str
    name: str
    urn: str
    parent: Resource | None
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    protect: bool
    retained: bool
    deletes_first: bool | None
    """Whether a replacement is created after the deletion; None if the provider decides."""

    delete_timeout: str
    depends_on: frozenset[str]
    property_dependencies: dict[str, frozenset[str]]
    """For each input, the resources that its value came from, by URN."""

    ignores: frozenset[str]
    """The inputs that updates leave as they are."""

    def __getitem__(self, key: str) -> Any:
        return self.inputs[key]

    def __str__(self) -> str:
        return f"{self.type} '{self.name}'"

    @property
    def arn(self) -> str:
        """The ARN that AWS would have given."""
        return str(self.outputs["arn"])

    @property
    def is_component(self) -> bool:
        """Whether it is one of the program's own components."""
        return self.type.startswith("orders:")

    def document(self, key: str) -> dict[str, Any]:
        """An input that holds a JSON object."""
        result: dict[str, Any] = json.loads(self.inputs[key])
        return result


@dataclasses.dataclass(frozen=True, kw_only=True)
class Graph:
    """Everything that one run of a program registered, and its outputs."""

    stackfile: StackFile
    resources: list[Resource]
    finished: dict[str, dict[str, Any]]
    """The outputs of components, by URN."""

    outputs: dict[str, Any]

    def all(self, kind: type[pulumi.Resource]) -> list[Resource]:
        """The resources of one class, such as `aws.sqs.Queue`; at least one."""
        matches = [resource for resource in self.resources if resource.type == token(kind)]
        assert matches, f"{self.stackfile.stack} has no {kind.__name__}"
        return matches

    def named(self, kind: type[pulumi.Resource], suffix: str) -> Resource:
        """The resource of a class whose deployed name ends after the prefix of the stack."""
        (match,) = (
            resource
            for resource in self.all(kind)
            if resource.inputs.get("name") == self.prefix + suffix
        )
        return match

    def by_arn(self, arn: str) -> Resource:
        """The resource that an ARN belongs to."""
        (match,) = (resource for resource in self.resources if resource.outputs.get("arn") == arn)
        return match

    @property
    def prefix(self) -> str:
        """What every deployed name starts with."""
        return self.stackfile.prefix

    @property
    def arns(self) -> set[str]:
        """Every ARN of the stack: the resources' own, and a table's stream's."""
        return {
            str(value)
            for resource in self.resources
            for key, value in resource.outputs.items()
            if key in ("arn", "streamArn", "executionArn") and value
        }

    def config(self, key: str) -> Any:
        """A value of the stack's configuration."""
        text = self.stackfile.config[f"{self.stackfile.project}:{key}"]
        try:
            return json.loads(text)
        except ValueError:
            return text


def token(kind: type[pulumi.Resource]) -> str:
    """The type token of a provider's class."""
    return str(vars(kind)["pulumi_type"])


def is_unknown(value: Any) -> bool:
    """Whether a value is one that only a deployment can tell."""
    return isinstance(value, Unknown)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value inside a structure, with the path to it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, f"{path}[{number}]")
    else:
        yield path, value
