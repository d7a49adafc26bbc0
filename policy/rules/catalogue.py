"""Every rule with its enforcement level; docs/policies.md is generated from it."""

import enum
from collections.abc import Mapping
from typing import Final

from . import cloudfront, dead_letters, functions, gateways, iam, network, storage, tags
from .rule import ResourceRule, StackRule


class Level(enum.Enum):
    """Pulumi's enforcement level."""

    MANDATORY = "mandatory"
    """A violation fails the preview or the update."""

    ADVISORY = "advisory"
    """A violation is reported."""


RULES: Final[Mapping[Level, tuple[ResourceRule | StackRule, ...]]] = {
    Level.MANDATORY: (
        iam.no_wildcard_actions,
        iam.no_wildcard_resources,
        iam.no_public_principals,
        iam.no_admin_policies,
        storage.tables_encrypted,
        storage.queues_encrypted,
        storage.topics_encrypted,
        storage.tables_recoverable,
        dead_letters.queues_have_dead_letters,
        dead_letters.subscriptions_have_dead_letters,
        dead_letters.streams_have_dead_letters,
        dead_letters.dead_letters_kept_14_days,
        functions.logs_expire,
        functions.functions_log_into_the_stack,
        tags.everything_tagged,
        network.policies_refuse_plain_http,
        network.queues_and_topics_tls_only,
        network.buckets_tls_only,
        network.no_public_function_urls,
        network.permissions_name_their_source,
        network.no_public_buckets,
        network.buckets_block_public_access,
        network.no_open_ingress,
        cloudfront.distributions_require_https,
        cloudfront.buckets_behind_origin_access_control,
        cloudfront.pages_have_security_headers,
        gateways.stages_log_access,
        gateways.stages_throttle,
        gateways.no_bodies_in_execution_logs,
    ),
    Level.ADVISORY: (
        iam.no_aws_managed_policies,
        storage.log_groups_use_the_key,
        storage.tables_protected,
        functions.functions_behind_aliases,
        functions.functions_traced,
        gateways.routes_authorized,
    ),
}
