"""Functions are invoked through their aliases, and leave traces."""

from collections.abc import Iterator
from typing import Final

from . import kinds
from .resource import Resource
from .rule import Stack, resource_rule, stack_rule

# Kind -> the property that says what is invoked.
_INVOKES: Final = {
    kinds.HTTP_INTEGRATION: "integrationUri",
    kinds.MAPPING: "functionName",
    kinds.REST_INTEGRATION: "uri",
}


@stack_rule(*_INVOKES, kinds.PERMISSION)
def functions_behind_aliases(resource: Resource, stack: Stack) -> Iterator[str]:
    """Functions are invoked through their aliases."""
    if resource.type == kinds.PERMISSION:
        if not resource.gives("qualifier"):
            yield "lets a function be invoked as it was last uploaded; set qualifier to its alias"
    elif _is_about_a_function(resource, stack) and not _is_qualified(resource, stack):
        yield f"invokes a function as it was last uploaded; set {_INVOKES[resource.type]} to that of its alias"


@resource_rule(kinds.FUNCTION)
def functions_traced(resource: Resource) -> Iterator[str]:
    """Functions leave traces."""
    mode = resource.at("tracingConfig.mode")
    if not mode or mode == "PassThrough":
        yield "leaves no traces; set tracingConfig.mode to Active"


def _is_about_a_function(invoker: Resource, stack: Stack) -> bool:
    """Whether it is, as a mapping always is, and an integration sometimes."""
    prop = _INVOKES[invoker.type]
    functions = stack.of(kinds.FUNCTION, kinds.ALIAS)
    return (
        invoker.type == kinds.MAPPING
        or ":function:" in str(invoker.at(prop))
        or any(invoker.refers(prop, function) for function in functions)
    )


def _is_qualified(invoker: Resource, stack: Stack) -> bool:
    prop = _INVOKES[invoker.type]
    named = str(invoker.at(prop)).rpartition(":function:")[2].removesuffix("/invocations")
    qualifier = named.partition(":")[2]
    return qualifier not in ("", "$LATEST") or any(
        invoker.refers(prop, alias) for alias in stack.of(kinds.ALIAS)
    )
