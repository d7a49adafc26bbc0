"""Encryption keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs, renamed, text

if TYPE_CHECKING:
    from local.adapters.base import Target

_KEY = {
    "description": "Description",
    "keyUsage": "KeyUsage",
    "customerMasterKeySpec": "KeySpec",
    "multiRegion": "MultiRegion",
    "bypassPolicyLockoutSafetyCheck": "BypassPolicyLockoutSafetyCheck",
}


def _key(target: Target, inputs: Inputs) -> Created:
    client, arguments = target.client("kms"), renamed(inputs, _KEY)
    if policy := inputs.get("policy"):
        arguments["Policy"] = text(policy)
    tags = [{"TagKey": key, "TagValue": value} for key, value in (inputs.get("tags") or {}).items()]
    key = client.create_key(Tags=tags, **arguments)["KeyMetadata"]
    if inputs.get("enableKeyRotation"):
        client.enable_key_rotation(
            KeyId=key["KeyId"], **renamed(inputs, {"rotationPeriodInDays": "RotationPeriodInDays"})
        )
    if inputs.get("isEnabled") is False:
        client.disable_key(KeyId=key["KeyId"])
    return Created(key["KeyId"], {"arn": key["Arn"], "keyId": key["KeyId"]})


def _alias(target: Target, inputs: Inputs) -> Created:
    client, name = target.client("kms"), inputs["name"]
    if not name.startswith("alias/"):  # only the engine's own names come without
        name = f"alias/{name}"
    client.create_alias(AliasName=name, TargetKeyId=inputs["targetKeyId"])
    key = client.describe_key(KeyId=inputs["targetKeyId"])["KeyMetadata"]
    return Created(name, {"name": name, "arn": target.arn("kms", name), "targetKeyArn": key["Arn"]})


def _policy(target: Target, inputs: Inputs) -> Created:
    target.client("kms").put_key_policy(
        KeyId=inputs["keyId"], PolicyName="default", Policy=text(inputs["policy"])
    )
    return Created(inputs["keyId"], {})


ADAPTERS = {
    "aws:kms/key:Key": Adapter(
        create=_key,
        passes=frozenset(_KEY)
        | {"policy", "tags", "enableKeyRotation", "rotationPeriodInDays", "isEnabled"},
        no_meaning_locally={
            "deletionWindowInDays": "The engine applies it when it deletes; here nothing is deleted."
        },
        named_by=None,
    ),
    "aws:kms/alias:Alias": Adapter(create=_alias, passes=frozenset({"name", "targetKeyId"})),
    "aws:kms/keyPolicy:KeyPolicy": Adapter(
        create=_policy, passes=frozenset({"keyId", "policy"}), named_by=None
    ),
}
