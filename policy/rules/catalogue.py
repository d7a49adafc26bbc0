"""Every rule under what follows from breaking it; docs/policies.md says why."""

import enum
from collections.abc import Mapping
from typing import Final

from . import (
    dead_letters,
    encryption,
    exposure,
    functions,
    gateways,
    iam,
    logs,
    tables,
    tags,
    transport,
)
from .rule import ResourceRule, StackRule


class Level(enum.Enum):
    """What follows from a violation."""

    MANDATORY = "mandatory"
    """The preview, or the deployment, fails."""

    ADVISORY = "advisory"
    """It is said, and nothing else happens."""


RULES: Final[Mapping[Level, tuple[ResourceRule | StackRule, ...]]] = {
    Level.MANDATORY: (
        iam.no_wildcard_actions,
        iam.no_wildcard_resources,
        iam.no_public_principals,
        iam.no_admin_policies,
        encryption.tables_encrypted,
        encryption.queues_encrypted,
        encryption.topics_encrypted,
        tables.tables_recoverable,
        dead_letters.queues_have_dead_letters,
        dead_letters.subscriptions_have_dead_letters,
        dead_letters.streams_have_dead_letters,
        dead_letters.dead_letters_kept_14_days,
        logs.logs_expire,
        logs.functions_log_into_the_stack,
        tags.everything_tagged,
        transport.policies_refuse_plain_http,
        transport.queues_and_topics_tls_only,
        exposure.no_public_function_urls,
        exposure.permissions_name_their_source,
        exposure.no_public_buckets,
        exposure.no_open_ingress,
        gateways.stages_log_access,
        gateways.stages_throttle,
        gateways.no_bodies_in_execution_logs,
    ),
    Level.ADVISORY: (
        iam.no_aws_managed_policies,
        encryption.log_groups_use_the_key,
        tables.tables_protected,
        functions.functions_behind_aliases,
        functions.functions_traced,
        gateways.routes_authorized,
    ),
}
