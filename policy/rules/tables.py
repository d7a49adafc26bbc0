"""What is in a table stays there."""

import re
from collections.abc import Iterator
from typing import Final

from . import kinds
from .resource import Resource
from .rule import resource_rule

_PRODUCTION: Final = re.compile(r"(.*[-_.])?prod(uction)?([-_.].*)?")


@resource_rule(kinds.TABLE)
def tables_recoverable(resource: Resource) -> Iterator[str]:
    """Tables can be restored to any second of the last 35 days."""
    if not resource.at("pointInTimeRecovery.enabled"):
        yield "cannot be restored to a point in time; set pointInTimeRecovery.enabled to true"


@resource_rule(kinds.TABLE)
def tables_protected(resource: Resource) -> Iterator[str]:
    """Tables of production refuse to be deleted."""
    if not _PRODUCTION.fullmatch(resource.stack):
        return
    if not resource.at("deletionProtectionEnabled"):
        yield "is in production, and AWS would delete it; set deletionProtectionEnabled to true"
    if not resource.protect:
        yield "is in production, and Pulumi would delete it; set the resource option protect to true"
