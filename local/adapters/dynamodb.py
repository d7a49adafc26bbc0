"""DynamoDB tables and what watches them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.adapters.base import Adapter, Created, Inputs, pascal, renamed, tag_list

if TYPE_CHECKING:
    from local.adapters.base import Target

_PASSES = {
    "name", "attributes", "hashKey", "rangeKey", "billingMode", "streamEnabled", "streamViewType", "ttl",
    "globalSecondaryIndexes", "pointInTimeRecovery", "serverSideEncryption", "deletionProtectionEnabled", "tags",
}  # fmt: skip
_INSIGHTS = {"tableName": "TableName", "indexName": "IndexName", "mode": "ContributorInsightsMode"}


def _table(target: Target, inputs: Inputs) -> Created:
    client, name = target.client("dynamodb"), inputs["name"]
    table = client.create_table(**_definition(inputs))["TableDescription"]
    if (ttl := inputs.get("ttl")) and ttl.get("enabled", True):
        client.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": ttl["attributeName"]},
        )
    if (recovery := inputs.get("pointInTimeRecovery")) and recovery["enabled"]:
        client.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    return Created(
        name,
        {
            "arn": table["TableArn"],
            "streamArn": table.get("LatestStreamArn", ""),
            "streamLabel": table.get("LatestStreamLabel", ""),
        },
    )


def _definition(inputs: Inputs) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "TableName": inputs["name"],
        "KeySchema": _keys(inputs),
        "AttributeDefinitions": [
            {"AttributeName": a["name"], "AttributeType": a["type"]} for a in inputs["attributes"]
        ],
        "BillingMode": inputs.get("billingMode", "PROVISIONED"),
        "DeletionProtectionEnabled": inputs.get("deletionProtectionEnabled", False),
        "Tags": tag_list(inputs),
    }
    if indexes := inputs.get("globalSecondaryIndexes"):
        definition["GlobalSecondaryIndexes"] = [_index(index) for index in indexes]
    if inputs.get("streamEnabled"):
        definition["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": inputs["streamViewType"],
        }
    if encryption := inputs.get("serverSideEncryption"):
        definition["SSESpecification"] = _encryption(encryption)
    return definition


def _encryption(block: dict[str, Any]) -> dict[str, Any]:
    key = {"KMSMasterKeyId": block["kmsKeyArn"]} if block.get("kmsKeyArn") else {}
    return {"Enabled": block["enabled"], **({"SSEType": "KMS", **key} if block["enabled"] else {})}


def _index(index: dict[str, Any]) -> dict[str, Any]:
    projection = {"ProjectionType": index["projectionType"]}
    attributes = (
        {"NonKeyAttributes": index["nonKeyAttributes"]} if index.get("nonKeyAttributes") else {}
    )
    return {
        "IndexName": index["name"],
        "KeySchema": _keys(index),
        "Projection": projection | attributes,
    }


def _keys(block: dict[str, Any]) -> list[dict[str, str]]:
    """The key schema, which an index may give as a list and a table gives as two names."""
    if schemas := block.get("keySchemas"):
        return [pascal(schema) for schema in schemas]
    named = [(block.get("hashKey"), "HASH"), (block.get("rangeKey"), "RANGE")]
    return [{"AttributeName": name, "KeyType": kind} for name, kind in named if name]


def _contributor_insights(target: Target, inputs: Inputs) -> Created:
    target.client("dynamodb").update_contributor_insights(
        ContributorInsightsAction="ENABLE", **renamed(inputs, _INSIGHTS)
    )
    index = f"/index:{inputs['indexName']}" if inputs.get("indexName") else ""
    return Created(f"name:{inputs['tableName']}{index}/{target.account_id}", {})


ADAPTERS = {
    "aws:dynamodb/table:Table": Adapter(create=_table, passes=frozenset(_PASSES)),
    "aws:dynamodb/contributorInsights:ContributorInsights": Adapter(
        create=_contributor_insights, passes=frozenset(_INSIGHTS), named_by=None
    ),
}
