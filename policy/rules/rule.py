"""What a rule is: a promise, and the check that finds out who breaks it."""

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
        """Where it is wrong, what is wrong, and what is allowed."""
        return f"{self.resource} {self.problem}."


@dataclass(frozen=True)
class Stack:
    """Every resource that a check may need to judge one of them."""

    resources: Sequence[Resource]

    def of(self, *kinds: str) -> list[Resource]:
        """Return the resources of some kinds."""
        return [resource for resource in self.resources if resource.type in kinds]


ResourceCheck = Callable[[Resource], Iterable[str]]
StackCheck = Callable[[Resource, Stack], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A promise about the resources of some kinds, or of every kind where none is named."""

    name: str
    promise: str
    kinds: frozenset[str]

    def looks_at(self, resource: Resource) -> bool:
        """Whether the rule is about a resource."""
        return not self.kinds or resource.type in self.kinds


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule that a resource keeps by itself, so that it can be refused before it is created."""

    check: ResourceCheck

    def violations(self, resource: Resource) -> Iterator[Violation]:
        """Yield what is wrong with a resource."""
        if self.looks_at(resource):
            yield from (
                Violation(rule=self.name, resource=resource, problem=problem)
                for problem in self.check(resource)
            )


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule that takes other resources to judge, so that it is checked when all of them are there."""

    check: StackCheck

    def violations(self, resources: Sequence[Resource]) -> Iterator[Violation]:
        """Yield what is wrong with any of a stack's resources."""
        stack = Stack(resources)
        for resource in filter(self.looks_at, resources):
            yield from (
                Violation(rule=self.name, resource=resource, problem=problem)
                for problem in self.check(resource, stack)
            )


def resource_rule(*kinds: str) -> Callable[[ResourceCheck], ResourceRule]:
    """Make a rule of a check: its name is the function's, its promise the docstring's first line.

    A check yields what is wrong with a resource, as the rest of a sentence that begins with it.
    """
    return lambda check: ResourceRule(
        name=_name(check), promise=_promise(check), kinds=frozenset(kinds), check=check
    )


def stack_rule(*kinds: str) -> Callable[[StackCheck], StackRule]:
    """Make a rule of a check that looks at the stack as well."""
    return lambda check: StackRule(
        name=_name(check), promise=_promise(check), kinds=frozenset(kinds), check=check
    )


def _name(check: Callable[..., object]) -> str:
    return check.__name__.replace("_", "-")


def _promise(check: Callable[..., object]) -> str:
    return (check.__doc__ or "").partition("\n")[0]
