"""What is stored is encrypted."""

from collections.abc import Iterator
from typing import Final

from . import kinds
from .resource import Resource, Unknown
from .rule import Stack, resource_rule, stack_rule

# CloudWatch may not use AWS's own key of SNS, and what alarms say is not personal (docs/adr/0008).
_ALARMS: Final = ("-ops-alerts", "-ops-warnings")


@resource_rule(kinds.TABLE)
def tables_encrypted(resource: Resource) -> Iterator[str]:
    """Tables are encrypted with a key of the account."""
    if not resource.at("serverSideEncryption.enabled"):
        yield "is not encrypted with a key of the account; set serverSideEncryption.enabled to true"


@resource_rule(kinds.QUEUE)
def queues_encrypted(resource: Resource) -> Iterator[str]:
    """Queues are encrypted."""
    if not resource.at("sqsManagedSseEnabled") and not resource.at("kmsMasterKeyId"):
        yield "is not encrypted; set sqsManagedSseEnabled to true, or kmsMasterKeyId to a key"


@resource_rule(kinds.TOPIC)
def topics_encrypted(resource: Resource) -> Iterator[str]:
    """Topics are encrypted, save those of alarms."""
    name = resource.at("name")
    of_alarms = isinstance(name, Unknown) or str(name).endswith(_ALARMS)
    if not resource.at("kmsMasterKeyId") and not of_alarms:
        exempt = " and ".join(f"'*{suffix}'" for suffix in _ALARMS)
        yield f"is not encrypted; set kmsMasterKeyId to a key (only {exempt} may go without)"


@stack_rule(kinds.LOG_GROUP)
def log_groups_use_the_key(resource: Resource, stack: Stack) -> Iterator[str]:
    """Where a stack has a key of its own, its log groups use it."""
    if stack.of(kinds.KEY) and not resource.gives("kmsKeyId"):
        yield "is encrypted with CloudWatch's own key, while the stack has one; set kmsKeyId to it"
