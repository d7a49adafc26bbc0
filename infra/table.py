"""DynamoDB tables: on demand, encrypted, with point-in-time recovery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from infra.naming import resource_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.encryption import Encryption


@dataclass(frozen=True, kw_only=True)
class TableSettings:
    """What the stack decides for all tables."""

    encryption: Encryption
    deletion_protection: bool
    contributor_insights: bool
    """Whether CloudWatch shows the most used keys, which it does unencrypted."""


def secure_table(
    name: str,
    *,
    suffix: str,
    keys: Mapping[str, str],
    settings: TableSettings,
    parent: pulumi.Resource,
    index: Mapping[str, str] | None = None,
    index_name: str = "",
    **table_args: Any,
) -> aws.dynamodb.Table:
    """Create a table, with at most one index that projects all attributes.

    `keys` and `index` map `hash` and `range` to attribute names; all keys are strings. `table_args`
    are further arguments of the resource.
    """
    attributes = sorted({*keys.values(), *(index or {}).values()})
    if index:
        schema = [
            {"attribute_name": attribute, "key_type": kind.upper()}
            for kind, attribute in index.items()
        ]
        table_args["global_secondary_indexes"] = [
            {"name": index_name, "key_schemas": schema, "projection_type": "ALL"}
        ]
    table = aws.dynamodb.Table(
        name,
        name=resource_name(suffix),
        billing_mode="PAY_PER_REQUEST",
        attributes=[{"name": attribute, "type": "S"} for attribute in attributes],
        hash_key=keys["hash"],
        range_key=keys.get("range"),
        point_in_time_recovery={"enabled": True},
        deletion_protection_enabled=settings.deletion_protection,
        opts=pulumi.ResourceOptions(parent=parent, protect=settings.deletion_protection),
        **settings.encryption.table_args(),
        **table_args,
    )
    if settings.contributor_insights:
        _contributor_insights(name, table, [index_name] if index else [], parent)
    return table


def _contributor_insights(
    name: str, table: aws.dynamodb.Table, indexes: Sequence[str], parent: pulumi.Resource
) -> None:
    """Enable contributor insights of a table, and of each index.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContributorInsights.html
    """
    for index in (None, *indexes):
        aws.dynamodb.ContributorInsights(
            f"{name}-insights-{index}" if index else f"{name}-insights",
            table_name=table.name,
            index_name=index,
            opts=pulumi.ResourceOptions(parent=parent),
        )
