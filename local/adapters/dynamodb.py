"""DynamoDB tables and their Contributor Insights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.adapters.base import Adapter, Created, Inputs, capitalise, rename, tag_list, without

if TYPE_CHECKING:
    from local.adapters.base import Target

_TABLE = {
    *("name", "attributes", "hashKey", "rangeKey", "billingMode", "streamEnabled"),
    *("streamViewType", "ttl", "globalSecondaryIndexes", "pointInTimeRecovery"),
    *("serverSideEncryption", "deletionProtectionEnabled", "tags"),
}
_INSIGHTS = {"tableName": "TableName", "indexName": "IndexName"}


def _table(target: Target, inputs: Inputs) -> Created:
    client, name = target.client("dynamodb"), inputs["name"]
    table = client.create_table(**_definition(inputs))["TableDescription"]
    if ttl := inputs.get("ttl"):
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=capitalise(ttl))
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
    keys = {"HASH": inputs["hashKey"], "RANGE": inputs.get("rangeKey")}
    definition: dict[str, Any] = {
        "TableName": inputs["name"],
        "KeySchema": [
            {"AttributeName": name, "KeyType": kind} for kind, name in keys.items() if name
        ],
        "AttributeDefinitions": [
            {"AttributeName": a["name"], "AttributeType": a["type"]} for a in inputs["attributes"]
        ],
        "BillingMode": inputs["billingMode"],
        "DeletionProtectionEnabled": inputs.get("deletionProtectionEnabled", False),
        "Tags": tag_list(inputs),
    }
    if indexes := inputs.get("globalSecondaryIndexes"):
        definition["GlobalSecondaryIndexes"] = [_index(index) for index in indexes]
    if inputs.get("streamEnabled"):
        view = {"StreamEnabled": True, "StreamViewType": inputs["streamViewType"]}
        definition["StreamSpecification"] = view
    if encryption := inputs.get("serverSideEncryption"):
        key = {"KMSMasterKeyId": encryption["kmsKeyArn"]} if encryption.get("kmsKeyArn") else {}
        definition["SSESpecification"] = {"Enabled": True, "SSEType": "KMS", **key}
    return definition


def _index(index: dict[str, Any]) -> dict[str, Any]:
    return {
        "IndexName": index["name"],
        "KeySchema": capitalise(index["keySchemas"]),
        "Projection": {"ProjectionType": index["projectionType"]},
        **capitalise(without(index, "name", "keySchemas", "projectionType")),
    }


def _contributor_insights(target: Target, inputs: Inputs) -> Created:
    target.client("dynamodb").update_contributor_insights(
        ContributorInsightsAction="ENABLE", **rename(inputs, _INSIGHTS)
    )
    index = f"/index:{inputs['indexName']}" if inputs.get("indexName") else ""
    return Created(f"name:{inputs['tableName']}{index}/{target.account_id}", {})


ADAPTERS = {
    "aws:dynamodb/table:Table": Adapter(create=_table, forwarded_inputs=frozenset(_TABLE)),
    "aws:dynamodb/contributorInsights:ContributorInsights": Adapter(
        create=_contributor_insights, forwarded_inputs=frozenset(_INSIGHTS), name_input=None
    ),
}
