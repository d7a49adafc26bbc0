"""Every table: its keys, and what keeps its contents."""

from __future__ import annotations

import pulumi_aws as aws
import pytest

from tests.infra.support.features import full
from tests.infra.support.graph import Graph, settings, token
from tests.support.stacks import SHIPPED

# Deployed name -> partition key, sort key; then the index: its name, partition key, sort key.
_KEYS = {
    "orders": ("orderId", None, ("CustomerIdIndex", "customerId", "createdAt")),
    "audit-logs": ("auditId", "timestamp", ("OrderIdIndex", "orderId", "timestamp")),
    "sent-emails": ("eventId", None, None),
}


def test_every_table_is_listed_here(graph: Graph) -> None:
    """No table goes without a check of its keys."""
    assert {table["name"] for table in graph.all(aws.dynamodb.Table)} == {
        graph.prefix + suffix for suffix in _KEYS
    }


@pytest.mark.parametrize("suffix", _KEYS)
def test_keys_and_indexes(graph: Graph, suffix: str) -> None:
    """A table and its index have the keys of the contract, and declare no attribute beyond them."""
    table = graph.named(aws.dynamodb.Table, suffix)
    hash_key, range_key, index = _KEYS[suffix]
    assert (table["hashKey"], table.inputs.get("rangeKey")) == (hash_key, range_key)
    actual = [
        (
            each["name"],
            each["projectionType"],
            [(key["keyType"], key["attributeName"]) for key in each["keySchemas"]],
        )
        for each in table.inputs.get("globalSecondaryIndexes", [])
    ]
    assert actual == (
        [(index[0], "ALL", [("HASH", index[1]), ("RANGE", index[2])])] if index else []
    )
    attributes = {attribute["name"]: attribute["type"] for attribute in table["attributes"]}
    assert attributes == dict.fromkeys(
        {hash_key, *([range_key] if range_key else []), *(index or ())[1:]}, "S"
    )


def test_tables_are_on_demand_encrypted_and_recoverable(graph: Graph) -> None:
    """Every table grows by itself, is encrypted, and can be restored to any second."""
    for table in graph.all(aws.dynamodb.Table):
        assert table["billingMode"] == "PAY_PER_REQUEST", table
        assert table["serverSideEncryption"]["enabled"] is True, table
        assert table["pointInTimeRecovery"]["enabled"] is True, table


def test_tables_have_the_configured_deletion_protection(graph: Graph) -> None:
    """Every table refuses to be deleted, by AWS and by Pulumi, where the stack says so."""
    for table in graph.all(aws.dynamodb.Table):
        assert table["deletionProtectionEnabled"] is graph.config("deletionProtection"), table
        assert table.protect is graph.config("deletionProtection"), table


def test_deletion_protection_follows_its_key(customised: Graph) -> None:
    """The key `deletionProtection` protects every table."""
    assert customised.config("deletionProtection") is True
    test_tables_have_the_configured_deletion_protection(customised)


def test_production_is_protected() -> None:
    """The prod stack's tables refuse to be deleted."""
    prod = settings(SHIPPED["prod"])
    assert prod.config[f"{prod.project}:deletionProtection"] == "true"


def test_contributor_insights_of_every_table_and_index() -> None:
    """With `contributorInsights` every table and every index has contributor insights."""
    graph = full("direct")
    assert graph.config("contributorInsights") is True
    expected = {
        (table["name"], index)
        for table in graph.all(aws.dynamodb.Table)
        for index in (
            None,
            *(each["name"] for each in table.inputs.get("globalSecondaryIndexes", [])),
        )
    }
    assert len(expected) == 5
    matches = [
        (each["tableName"], each.inputs.get("indexName"))
        for each in graph.all(aws.dynamodb.ContributorInsights)
    ]
    assert sorted(matches, key=str) == sorted(expected, key=str)


def test_no_contributor_insights_by_default(graph: Graph) -> None:
    """By default no table has contributor insights."""
    ranked = token(aws.dynamodb.ContributorInsights) in {
        resource.type for resource in graph.resources
    }
    assert ranked is graph.config("contributorInsights")


def test_the_orders_table_streams_whole_items(graph: Graph) -> None:
    """The orders table's stream carries both images; no other table has a stream."""
    for table in graph.all(aws.dynamodb.Table):
        streams = table["name"] == f"{graph.prefix}orders"
        assert table.inputs.get("streamEnabled", False) is streams, table
        assert table.inputs.get("streamViewType") == ("NEW_AND_OLD_IMAGES" if streams else None), (
            table
        )


def test_time_to_live(graph: Graph) -> None:
    """Orders and sent emails expire, the audit trail does not."""
    ttl = {
        table["name"].removeprefix(graph.prefix): table.inputs.get("ttl")
        for table in graph.all(aws.dynamodb.Table)
    }
    expiry = {"attributeName": "expiresAt", "enabled": True}
    assert ttl == {"orders": expiry, "sent-emails": expiry, "audit-logs": None}
