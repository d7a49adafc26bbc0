"""Secrets and their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs, renamed, tag_list

if TYPE_CHECKING:
    from local.adapters.base import Target

_SECRET = {"name": "Name", "description": "Description", "kmsKeyId": "KmsKeyId"}
_VERSION = {
    "secretId": "SecretId",
    "secretString": "SecretString",
    "versionStages": "VersionStages",
}


def _secret(target: Target, inputs: Inputs) -> Created:
    client = target.client("secretsmanager")
    arn = client.create_secret(Tags=tag_list(inputs), **renamed(inputs, _SECRET))["ARN"]
    return Created(arn, {"arn": arn})


def _version(target: Target, inputs: Inputs) -> Created:
    answer = target.client("secretsmanager").put_secret_value(**renamed(inputs, _VERSION))
    arn, version = answer["ARN"], answer["VersionId"]
    return Created(f"{arn}|{version}", {"arn": arn, "secretArn": arn, "versionId": version})


ADAPTERS = {
    "aws:secretsmanager/secret:Secret": Adapter(
        create=_secret,
        passes=frozenset(_SECRET) | {"tags"},
        no_meaning_locally={
            "recoveryWindowInDays": "The engine applies it when it deletes; here nothing is deleted."
        },
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Adapter(
        create=_version, passes=frozenset(_VERSION), named_by=None
    ),
}
