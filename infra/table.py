"""DynamoDB tables with the defaults that all of ours share."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.encryption import Encryption
from infra.naming import named


def secure_table(
    name: str,
    *,
    suffix: str,
    keys: Mapping[str, str],
    deletion_protection: bool,
    encryption: Encryption,
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
        schema = [{"attribute_name": attribute, "key_type": kind.upper()} for kind, attribute in index.items()]
        more["global_secondary_indexes"] = [{"name": index_name, "key_schemas": schema, "projection_type": "ALL"}]
    return aws.dynamodb.Table(
        name,
        name=named(suffix),
        billing_mode="PAY_PER_REQUEST",
        attributes=[{"name": attribute, "type": "S"} for attribute in attributes],
        hash_key=keys["hash"],
        range_key=keys.get("range"),
        point_in_time_recovery={"enabled": True},
        deletion_protection_enabled=deletion_protection,
        opts=pulumi.ResourceOptions(parent=parent, protect=deletion_protection),
        **encryption.table(),
        **more,
    )
