"""Permissions for the commands of `release/`, which a workflow runs after `pulumi up`."""

from typing import Final

from bootstrap.permissions.grant import Grant

RELEASE: Final[tuple[Grant, ...]] = ()
