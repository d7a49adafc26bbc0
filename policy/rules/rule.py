"""Rules about single resources and about the whole stack."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from .resource import Resource


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A resource that breaks a rule."""

    rule: str
    resource: Resource
    problem: str

    @property
    def sentence(self) -> str:
        """The resource, the problem and its fix."""
        return f"{self.resource} {self.problem}."


@dataclass(frozen=True)
class Stack:
    """All resources of a stack."""

    resources: Sequence[Resource]

    def of(self, *types: str) -> list[Resource]:
        """Return the resources of some types."""
        return [resource for resource in self.resources if resource.type in types]


ResourceCheck = Callable[[Resource], Iterable[str]]
StackCheck = Callable[[Resource, Stack], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule about resources of some types, or of every type where `types` is empty."""

    name: str
    description: str
    reason: str
    types: frozenset[str]

    def applies_to(self, resource: Resource) -> bool:
        """Whether the rule is about a resource."""
        return not self.types or resource.type in self.types


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule about one resource, checked before the resource is created."""

    check: ResourceCheck

    def violations(self, resource: Resource) -> Iterator[Violation]:
        """Yield the violations of a resource."""
        if self.applies_to(resource):
            for problem in self.check(resource):
                yield Violation(rule=self.name, resource=resource, problem=problem)


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule that needs other resources as well, checked at the end of a preview or update."""

    check: StackCheck

    def violations(self, resources: Sequence[Resource]) -> Iterator[Violation]:
        """Yield the violations of all resources of a stack."""
        stack = Stack(resources)
        for resource in filter(self.applies_to, resources):
            for problem in self.check(resource, stack):
                yield Violation(rule=self.name, resource=resource, problem=problem)


def resource_rule(*types: str) -> Callable[[ResourceCheck], ResourceRule]:
    """Make a rule of a check.

    The function's name is the rule's, its docstring's first line the description, the rest the
    reason. A check yields problems: the rest of a sentence that begins with the resource, with the
    problem and its fix.
    """

    def decorate(check: ResourceCheck) -> ResourceRule:
        name, description, reason = _texts(check)
        return ResourceRule(
            name=name, description=description, reason=reason, types=frozenset(types), check=check
        )

    return decorate


def stack_rule(*types: str) -> Callable[[StackCheck], StackRule]:
    """Make a rule of a check that needs the stack as well."""

    def decorate(check: StackCheck) -> StackRule:
        name, description, reason = _texts(check)
        return StackRule(
            name=name, description=description, reason=reason, types=frozenset(types), check=check
        )

    return decorate


def _texts(check: Callable[..., object]) -> tuple[str, str, str]:
    description, _, reason = (check.__doc__ or "").partition("\n")
    return check.__name__.replace("_", "-"), description, " ".join(reason.split())
