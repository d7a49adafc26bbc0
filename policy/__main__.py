"""The policy pack: every rule of `rules/`, for `pulumi preview --policy-pack policy`."""

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

# The engine runs this folder alone, without the repository around it.
if TYPE_CHECKING:
    from policy.rules import RULES, Level, Resource, ResourceRule, StackRule, resolve
else:
    from rules import RULES, Level, Resource, ResourceRule, StackRule, resolve


def policy_of(rule: ResourceRule | StackRule, level: Level) -> Policy:
    """Return a rule as one of Pulumi's policies."""
    policy_class, validate = (
        (ResourceValidationPolicy, _resource_check(rule))
        if isinstance(rule, ResourceRule)
        else (StackValidationPolicy, _stack_check(rule))
    )
    return policy_class(
        name=rule.name,
        description=rule.description,
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
        for violation in rule.violations([_stack_resource(one) for one in args.resources]):
            report(violation.sentence, violation.resource.urn)

    return validate


def _resource(args: ResourceValidationArgs | PolicyResource, **more: Any) -> Resource:
    return Resource(
        type=args.resource_type,
        name=args.name,
        urn=args.urn,
        props=resolve(args.props, UnknownValueError),
        protect=args.opts.protect,
        **more,
    )


def _stack_resource(resource: PolicyResource) -> Resource:
    sources = {
        prop: frozenset(source.urn for source in resources)
        for prop, resources in resource.property_dependencies.items()
    }
    return _resource(resource, sources=sources)


if __name__ == "__main__":
    PolicyPack(
        name="order-processing",
        policies=[policy_of(rule, level) for level, rules in RULES.items() for rule in rules],
    )
