"""KMS keys and aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs, text

if TYPE_CHECKING:
    from local.adapters.base import Target


def _key(target: Target, inputs: Inputs) -> Created:
    client = target.client("kms")
    tags = [{"TagKey": key, "TagValue": value} for key, value in (inputs.get("tags") or {}).items()]
    key = client.create_key(
        Description=inputs["description"], Policy=text(inputs["policy"]), Tags=tags
    )["KeyMetadata"]
    if inputs.get("enableKeyRotation"):
        client.enable_key_rotation(KeyId=key["KeyId"])
    return Created(key["KeyId"], {"arn": key["Arn"], "keyId": key["KeyId"]})


def _alias(target: Target, inputs: Inputs) -> Created:
    client, name = target.client("kms"), inputs["name"]
    client.create_alias(AliasName=name, TargetKeyId=inputs["targetKeyId"])
    key = client.describe_key(KeyId=inputs["targetKeyId"])["KeyMetadata"]
    return Created(name, {"name": name, "arn": target.arn("kms", name), "targetKeyArn": key["Arn"]})


ADAPTERS = {
    "aws:kms/key:Key": Adapter(
        create=_key,
        forwarded_inputs=frozenset({"description", "policy", "tags", "enableKeyRotation"}),
        ignored_inputs={"deletionWindowInDays": "No resource is deleted here."},
        name_input=None,
    ),
    "aws:kms/alias:Alias": Adapter(
        create=_alias, forwarded_inputs=frozenset({"name", "targetKeyId"}), name_input=None
    ),
}
