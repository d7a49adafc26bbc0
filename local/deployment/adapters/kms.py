"""KMS keys and aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.deployment.adapters.base import Adapter, Created, Inputs, deletes, retagged, text

if TYPE_CHECKING:
    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource

# The shortest time after which AWS deletes a key.
_DELETION_DAYS = 7


def _key(target: Target, inputs: Inputs) -> Created:
    client = target.client("kms")
    key = client.create_key(
        Description=inputs["description"],
        Policy=text(inputs["policy"]),
        Tags=_tags(inputs.get("tags") or {}),
    )["KeyMetadata"]
    if inputs.get("enableKeyRotation"):
        client.enable_key_rotation(KeyId=key["KeyId"])
    return Created(key["KeyId"], {"arn": key["Arn"], "keyId": key["KeyId"]})


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]


def _update_key(target: Target, key: Resource, inputs: Inputs) -> dict[str, str]:
    client = target.client("kms")
    client.update_key_description(KeyId=key.id, Description=inputs["description"])
    client.put_key_policy(KeyId=key.id, PolicyName="default", Policy=text(inputs["policy"]))
    if inputs.get("enableKeyRotation"):
        client.enable_key_rotation(KeyId=key.id)
    else:
        client.disable_key_rotation(KeyId=key.id)
    added, removed = retagged(key, inputs)
    if added:
        client.tag_resource(KeyId=key.id, Tags=_tags(added))
    if removed:
        client.untag_resource(KeyId=key.id, TagKeys=removed)
    return key.outputs


def _alias(target: Target, inputs: Inputs) -> Created:
    name = inputs["name"]
    target.client("kms").create_alias(AliasName=name, TargetKeyId=inputs["targetKeyId"])
    return Created(name, _alias_outputs(target, inputs))


def _alias_outputs(target: Target, inputs: Inputs) -> dict[str, str]:
    name = inputs["name"]
    key = target.client("kms").describe_key(KeyId=inputs["targetKeyId"])["KeyMetadata"]
    return {"name": name, "arn": target.arn("kms", name), "targetKeyArn": key["Arn"]}


def _update_alias(target: Target, alias: Resource, inputs: Inputs) -> dict[str, str]:
    target.client("kms").update_alias(AliasName=alias.id, TargetKeyId=inputs["targetKeyId"])
    return _alias_outputs(target, inputs)


ADAPTERS = {
    "aws:kms/key:Key": Adapter(
        create=_key,
        update=_update_key,
        delete=deletes(
            "kms", "schedule_key_deletion", {"id": "KeyId"}, PendingWindowInDays=_DELETION_DAYS
        ),
        forwarded_inputs=frozenset({"description", "policy", "tags", "enableKeyRotation"}),
        ignored_inputs={"deletionWindowInDays": "The shortest one is enough here."},
        name_input=None,
    ),
    "aws:kms/alias:Alias": Adapter(
        create=_alias,
        update=_update_alias,
        delete=deletes("kms", "delete_alias", {"id": "AliasName"}),
        forwarded_inputs=frozenset({"name", "targetKeyId"}),
        fixed_inputs=frozenset({"name"}),
        name_input=None,
    ),
}
