"""DynamoDB tables with the defaults that all of ours share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.encryption import Encryption
from infra.naming import named


@dataclass(frozen=True, kw_only=True)
class TableSettings:
    """What the stack decides for all of its tables alike."""

    encryption: Encryption
    deletion_protection: bool = False
    contributor_insights: bool = False
    """Whether CloudWatch ranks the most used keys; it shows them in clear, whatever encrypts the table."""


def secure_table(
    name: str,
    *,
    suffix: str,
    keys: Mapping[str, str],
    settings: TableSettings,
    parent: pulumi.Resource,
    index: Mapping[str, str] | None = None,
    index_name: str = "",
    **more: Any,
) -> aws.dynamodb.Table:
    """Return a table: on demand, encrypted, recoverable to any second of 35 days.

    `keys` and `index` map `hash` and, where there is one, `range` to attribute names; all keys are strings. The
    index holds whole items. `more` goes to the resource as it is.
    """
    attributes = sorted({*keys.values(), *(index or {}).values()})
    if index:
        schema = [
            {"attribute_name": attribute, "key_type": kind.upper()}
            for kind, attribute in index.items()
        ]
        more["global_secondary_indexes"] = [
            {"name": index_name, "key_schemas": schema, "projection_type": "ALL"}
        ]
    table = aws.dynamodb.Table(
        name,
        name=named(suffix),
        billing_mode="PAY_PER_REQUEST",
        attributes=[{"name": attribute, "type": "S"} for attribute in attributes],
        hash_key=keys["hash"],
        range_key=keys.get("range"),
        point_in_time_recovery={"enabled": True},
        deletion_protection_enabled=settings.deletion_protection,
        opts=pulumi.ResourceOptions(parent=parent, protect=settings.deletion_protection),
        **settings.encryption.table_args(),
        **more,
    )
    if settings.contributor_insights:
        _rank_keys(name, table, [index_name] if index else [], parent)
    return table


def _rank_keys(
    name: str, table: aws.dynamodb.Table, indexes: Sequence[str], parent: pulumi.Resource
) -> None:
    """Have CloudWatch rank the keys of a table, and of each index by itself.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContributorInsights.html
    """
    for index in (None, *indexes):
        aws.dynamodb.ContributorInsights(
            f"{name}-insights-{index}" if index else f"{name}-insights",
            table_name=table.name,
            index_name=index,
            opts=pulumi.ResourceOptions(parent=parent),
        )
