"""Encryption, backups and deletion protection of tables, queues, topics and log groups."""

import re
from collections.abc import Iterator
from typing import Final

from . import resource_types as types
from .resource import Resource, Unknown
from .rule import Stack, resource_rule, stack_rule

# CloudWatch may not use SNS's AWS managed key, and alarms hold no personal data (docs/adr/0008).
_ALARM_TOPICS: Final = ("-ops-alerts", "-ops-warnings")
_PRODUCTION: Final = re.compile(r"(.*[-_.])?prod(uction)?([-_.].*)?")


@resource_rule(types.TABLE)
def tables_encrypted(resource: Resource) -> Iterator[str]:
    """Tables are encrypted with a key in KMS.

    Orders are personal data.
    """
    if not resource.get("serverSideEncryption.enabled"):
        yield "is encrypted with an AWS owned key; set serverSideEncryption.enabled to true"


@resource_rule(types.QUEUE)
def queues_encrypted(resource: Resource) -> Iterator[str]:
    """Queues are encrypted."""
    if not resource.get("sqsManagedSseEnabled") and not resource.get("kmsMasterKeyId"):
        yield "is not encrypted; set sqsManagedSseEnabled to true, or kmsMasterKeyId to a key"


@resource_rule(types.TOPIC)
def topics_encrypted(resource: Resource) -> Iterator[str]:
    """Topics are encrypted, except for those of alarms (ADR 8)."""
    name = resource.get("name")
    is_exempt = isinstance(name, Unknown) or str(name).endswith(_ALARM_TOPICS)
    if not resource.get("kmsMasterKeyId") and not is_exempt:
        yield "is not encrypted; set kmsMasterKeyId to a key (only topics of alarms may have none)"


@stack_rule(types.LOG_GROUP)
def log_groups_use_the_key(resource: Resource, stack: Stack) -> Iterator[str]:
    """Log groups use the stack's customer managed key, where it has one.

    Otherwise CloudWatch uses its own.
    """
    if stack.of(types.KEY) and not resource.has("kmsKeyId"):
        yield "is not encrypted with the stack's key; set kmsKeyId to it"


@resource_rule(types.TABLE)
def tables_recoverable(resource: Resource) -> Iterator[str]:
    """Tables have point-in-time recovery.

    A faulty function can overwrite data.
    """
    if not resource.get("pointInTimeRecovery.enabled"):
        yield "has no point-in-time recovery; set pointInTimeRecovery.enabled to true"


@resource_rule(types.TABLE)
def tables_protected(resource: Resource) -> Iterator[str]:
    """Tables of production stacks have deletion protection, in AWS and in Pulumi."""
    if not _PRODUCTION.fullmatch(resource.stack):
        return
    if not resource.get("deletionProtectionEnabled"):
        yield "has no deletion protection in AWS; set deletionProtectionEnabled to true"
    if not resource.protect:
        yield "has no deletion protection in Pulumi; set the resource option protect to true"
