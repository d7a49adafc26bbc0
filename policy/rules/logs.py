"""Logs are kept for as long as somebody decided."""

from collections.abc import Iterator

from . import kinds
from .resource import Resource
from .rule import Stack, resource_rule, stack_rule


@resource_rule(kinds.LOG_GROUP)
def logs_expire(resource: Resource) -> Iterator[str]:
    """Logs are kept for a number of days."""
    if not resource.at("retentionInDays"):
        yield "keeps its logs for ever; set retentionInDays"


@stack_rule(kinds.FUNCTION)
def functions_log_into_the_stack(resource: Resource, stack: Stack) -> Iterator[str]:
    """Every function logs into a group that the stack creates."""
    if not any(_logs_into(resource, group) for group in stack.of(kinds.LOG_GROUP)):
        yield "logs into a group that the stack does not create; set loggingConfig.logGroup to one that it does"


def _logs_into(function: Resource, group: Resource) -> bool:
    return (
        function.refers("loggingConfig", group)
        or group.at("name") == f"/aws/lambda/{function.at('name')}"
    )
