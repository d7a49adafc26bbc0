"""The policy pack: every rule of `rules/`, as the engine runs it in `pulumi preview --policy-pack policy`."""

from typing import TYPE_CHECKING, Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

# The engine runs this folder by itself, and knows nothing of the repository around it.
if TYPE_CHECKING:
    from policy.rules import RULES, Level, Resource, ResourceRule, StackRule, known
else:
    from rules import RULES, Level, Resource, ResourceRule, StackRule, known


def policy_of(rule: ResourceRule | StackRule, level: Level) -> Policy:
    """Return a rule as the engine takes it."""
    kind, validate = (
        (ResourceValidationPolicy, _resource_check(rule))
        if isinstance(rule, ResourceRule)
        else (StackValidationPolicy, _stack_check(rule))
    )
    return kind(
        name=rule.name,
        description=rule.promise,
        enforcement_level=EnforcementLevel(level.value),
        validate=validate,
    )


def _resource_check(rule: ResourceRule) -> Any:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for violation in rule.violations(_resource(args)):
            report(violation.sentence, args.urn)

    return validate


def _stack_check(rule: StackRule) -> Any:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for violation in rule.violations(
            [_resource_of_stack(resource) for resource in args.resources]
        ):
            report(violation.sentence, violation.resource.urn)

    return validate


def _resource(args: ResourceValidationArgs | PolicyResource, **more: Any) -> Resource:
    return Resource(
        type=args.resource_type,
        name=args.name,
        urn=args.urn,
        props=known(args.props, UnknownValueError),
        protect=args.opts.protect,
        **more,
    )


def _resource_of_stack(resource: PolicyResource) -> Resource:
    sources = {
        prop: frozenset(source.urn for source in found)
        for prop, found in resource.property_dependencies.items()
    }
    return _resource(resource, sources=sources)


if __name__ == "__main__":
    PolicyPack(
        name="order-processing",
        policies=[policy_of(rule, level) for level, rules in RULES.items() for rule in rules],
    )
