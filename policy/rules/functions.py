"""Functions: log groups and their retention, aliases, X-Ray tracing."""

from collections.abc import Iterator
from typing import Final

from . import resource_types as types
from .resource import Resource
from .rule import Stack, resource_rule, stack_rule

# Type -> the property with the function's ARN.
_INVOKES: Final = {
    types.HTTP_INTEGRATION: "integrationUri",
    types.MAPPING: "functionName",
    types.REST_INTEGRATION: "uri",
}


@resource_rule(types.LOG_GROUP)
def logs_expire(resource: Resource) -> Iterator[str]:
    """Log groups have a retention.

    By default CloudWatch keeps logs for ever.
    """
    if not resource.get("retentionInDays"):
        yield "has no retention; set retentionInDays"


@stack_rule(types.FUNCTION)
def functions_log_into_the_stack(resource: Resource, stack: Stack) -> Iterator[str]:
    """Every function logs to a log group of the stack.

    Lambda creates a missing log group without retention.
    """
    name = f"/aws/lambda/{resource.get('name')}"
    groups = stack.of(types.LOG_GROUP)
    if not any(
        resource.references("loggingConfig", group) or group.get("name") == name for group in groups
    ):
        yield "logs to a log group outside the stack; set loggingConfig.logGroup to one in it"


@stack_rule(*_INVOKES, types.PERMISSION)
def functions_behind_aliases(resource: Resource, stack: Stack) -> Iterator[str]:
    """Integrations, event source mappings and permissions use aliases.

    The latest upload may be unreleased.
    """
    if resource.type == types.PERMISSION:
        if not resource.has("qualifier"):
            yield "is for the unpublished version of a function; set qualifier to its alias"
    elif _invokes_function(resource, stack) and not _is_qualified(resource, stack):
        prop = _INVOKES[resource.type]
        yield f"invokes the unpublished version of a function; set {prop} to its alias"


@stack_rule(types.FUNCTION)
def functions_traced(resource: Resource, stack: Stack) -> Iterator[str]:
    """Functions have X-Ray tracing, except for those that an event source mapping invokes.

    `traceSampling: 0` turns it off. Invocations by queues and streams would each be a trace of
    their own, at Lambda's sampling rate.
    """
    mode = resource.get("tracingConfig.mode")
    if (not mode or mode == "PassThrough") and not _has_event_source(resource, stack):
        yield "has no X-Ray tracing; set tracingConfig.mode to Active"


def _has_event_source(function: Resource, stack: Stack) -> bool:
    aliases = [
        alias for alias in stack.of(types.ALIAS) if alias.references("functionName", function)
    ]
    return any(
        mapping.references("functionName", invoked)
        for mapping in stack.of(types.MAPPING)
        for invoked in (function, *aliases)
    )


def _invokes_function(invoker: Resource, stack: Stack) -> bool:
    """Whether it invokes a function: a mapping always does, an integration may."""
    prop = _INVOKES[invoker.type]
    functions = stack.of(types.FUNCTION, types.ALIAS)
    return (
        invoker.type == types.MAPPING
        or ":function:" in str(invoker.get(prop))
        or any(invoker.references(prop, function) for function in functions)
    )


def _is_qualified(invoker: Resource, stack: Stack) -> bool:
    prop = _INVOKES[invoker.type]
    function = str(invoker.get(prop)).rpartition(":function:")[2].removesuffix("/invocations")
    qualifier = function.partition(":")[2]
    return qualifier not in ("", "$LATEST") or any(
        invoker.references(prop, alias) for alias in stack.of(types.ALIAS)
    )
