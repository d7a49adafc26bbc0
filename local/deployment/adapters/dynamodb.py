"""DynamoDB tables and their Contributor Insights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.deployment.adapters.base import (
    Adapter,
    Created,
    Inputs,
    capitalise,
    deletes,
    rename,
    retagged,
    tag_list,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource
    from tooling.clients import Client

_TABLE = {
    *("name", "attributes", "hashKey", "rangeKey", "billingMode", "streamEnabled"),
    *("streamViewType", "ttl", "globalSecondaryIndexes", "pointInTimeRecovery"),
    *("serverSideEncryption", "deletionProtectionEnabled", "tags"),
}
_INSIGHTS = {"tableName": "TableName", "indexName": "IndexName"}


# Settings that UpdateTable changes one at a time, and what disables them.
_SETTINGS: dict[str, Any] = {
    "BillingMode": None,
    "DeletionProtectionEnabled": False,
    "StreamSpecification": {"StreamEnabled": False},
    "SSESpecification": {"Enabled": False},
}
_WAITING = {"Delay": 1, "MaxAttempts": 30}


def _table(target: Target, inputs: Inputs) -> Created:
    client, name = target.client("dynamodb"), inputs["name"]
    client.create_table(**_definition(inputs))
    if ttl := inputs.get("ttl"):
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=capitalise(ttl))
    if _recovers(inputs):
        _set_recovery(client, name, enabled=True)
    return Created(name, _outputs(client, name))


def _outputs(client: Client, name: str) -> dict[str, str]:
    table = client.describe_table(TableName=name)["Table"]
    return {
        "arn": table["TableArn"],
        "streamArn": table.get("LatestStreamArn", ""),
        "streamLabel": table.get("LatestStreamLabel", ""),
    }


def _recovers(inputs: Inputs) -> bool:
    return bool((inputs.get("pointInTimeRecovery") or {}).get("enabled"))


def _set_recovery(client: Client, name: str, *, enabled: bool) -> None:
    specification = {"PointInTimeRecoveryEnabled": enabled}
    client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=specification)


def _update_table(target: Target, table: Resource, inputs: Inputs) -> dict[str, str]:
    """Change a table in place: its items and its stream stay."""
    client, name, old = target.client("dynamodb"), table.id, table.inputs
    for change in _changes(_definition(old), _definition(inputs)):
        client.update_table(TableName=name, **change)
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig=_WAITING)
    if (ttl := inputs.get("ttl") or {}) != (before := old.get("ttl") or {}):
        specification = ttl or {**before, "enabled": False}
        client.update_time_to_live(
            TableName=name, TimeToLiveSpecification=capitalise(specification)
        )
    if _recovers(inputs) != _recovers(old):
        _set_recovery(client, name, enabled=_recovers(inputs))
    added, removed = retagged(table, inputs)
    if added:
        client.tag_resource(ResourceArn=table.outputs["arn"], Tags=tag_list({"tags": added}))
    if removed:
        client.untag_resource(ResourceArn=table.outputs["arn"], TagKeys=removed)
    return _outputs(client, name)


def _changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the arguments of each call of UpdateTable; one creates or deletes one index."""
    indexes = [
        {index["IndexName"]: index for index in definition.get("GlobalSecondaryIndexes", [])}
        for definition in (old, new)
    ]
    before, after = indexes
    changed = [name for name in after if before.get(name) != after[name]]
    for name in [name for name in before if name in changed or name not in after]:
        yield {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}}]}
    for name in changed:
        yield {
            "AttributeDefinitions": new["AttributeDefinitions"],
            "GlobalSecondaryIndexUpdates": [{"Create": after[name]}],
        }
    for setting, disabled in _SETTINGS.items():
        if (value := new.get(setting, disabled)) != old.get(setting, disabled):
            yield {setting: value}


def _items(target: Target, table: Resource, _inputs: Inputs) -> str | None:
    response = target.client("dynamodb").scan(TableName=table.id, Limit=1)
    return "items" if response["Items"] else None


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


def _delete_insights(target: Target, insights: Resource) -> None:
    target.client("dynamodb").update_contributor_insights(
        ContributorInsightsAction="DISABLE", **rename(insights.inputs, _INSIGHTS)
    )


ADAPTERS = {
    "aws:dynamodb/table:Table": Adapter(
        create=_table,
        update=_update_table,
        delete=deletes("dynamodb", "delete_table", {"id": "TableName"}),
        data=_items,
        forwarded_inputs=frozenset(_TABLE),
        # AWS changes a stream's view type by a new stream, which loses what has not been read.
        fixed_inputs=frozenset({"name", "hashKey", "rangeKey", "streamViewType"}),
    ),
    "aws:dynamodb/contributorInsights:ContributorInsights": Adapter(
        create=_contributor_insights,
        delete=_delete_insights,
        forwarded_inputs=frozenset(_INSIGHTS),
        name_input=None,
    ),
}
