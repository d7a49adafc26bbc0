"""S3 buckets, their settings and objects."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from local.adapters.base import (
    Adapter,
    Created,
    Inputs,
    capitalise,
    deletes,
    one_call,
    rename,
    text,
    written_again,
)

if TYPE_CHECKING:
    from local.adapters.base import Target
    from local.resources import Resource
    from tooling.clients import Client

_BLOCKS = {"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"}
_OBJECT = {
    "bucket": "Bucket",
    "key": "Key",
    "contentType": "ContentType",
    "cacheControl": "CacheControl",
}


def _bucket(target: Target, inputs: Inputs) -> Created:
    client, name = target.client("s3"), inputs["bucket"]
    client.create_bucket(Bucket=name)
    _tag(client, inputs)
    return Created(
        name,
        {
            "arn": f"arn:aws:s3:::{name}",
            "bucketRegionalDomainName": f"{name}.s3.{target.region}.amazonaws.com",
        },
    )


def _tag(client: Client, inputs: Inputs) -> None:
    if tags := inputs.get("tags"):
        tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
        client.put_bucket_tagging(Bucket=inputs["bucket"], Tagging={"TagSet": tag_set})


def _update_bucket(target: Target, bucket: Resource, inputs: Inputs) -> dict[str, str]:
    client = target.client("s3")
    client.delete_bucket_tagging(Bucket=bucket.id)
    _tag(client, inputs)
    return bucket.outputs


def _public_access_block(target: Target, inputs: Inputs) -> Created:
    bucket = inputs["bucket"]
    blocks = {name: inputs[name] for name in _BLOCKS if name in inputs}
    target.client("s3").put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration=capitalise(blocks)
    )
    return Created(bucket, {})


def _ownership_controls(target: Target, inputs: Inputs) -> Created:
    bucket = inputs["bucket"]
    target.client("s3").put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [capitalise(inputs["rule"])]}
    )
    return Created(bucket, {})


def _encryption(target: Target, inputs: Inputs) -> Created:
    bucket = inputs["bucket"]
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"]
            }
        }
        for rule in inputs["rules"]
    ]
    target.client("s3").put_bucket_encryption(
        Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules}
    )
    return Created(bucket, {})


def _object(target: Target, inputs: Inputs) -> Created:
    if "content" in inputs:
        body = text(inputs["content"]).encode()
    else:
        body = base64.b64decode(inputs["contentBase64"])
    etag = target.client("s3").put_object(
        Body=body, Tagging=urlencode(inputs.get("tags") or {}), **rename(inputs, _OBJECT)
    )["ETag"]
    bucket, key = inputs["bucket"], inputs["key"]
    return Created(key, {"arn": f"arn:aws:s3:::{bucket}/{key}", "etag": etag.strip('"')})


_BUCKET = {"bucket": "Bucket"}
_FIXED = frozenset(_BUCKET)

ADAPTERS = {
    "aws:s3/bucket:Bucket": Adapter(
        create=_bucket,
        update=_update_bucket,
        delete=deletes("s3", "delete_bucket", _BUCKET),
        fixed_inputs=_FIXED,
        forwarded_inputs=frozenset({"bucket", "tags"}),
        ignored_inputs={
            "bucketPrefix": "The deployer makes the name of it.",
            "forceDestroy": "It is about Pulumi's deletion alone.",
        },
        name_input="bucket",
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Adapter(
        create=_public_access_block,
        **written_again(_public_access_block),
        fixed_inputs=_FIXED,
        forwarded_inputs=frozenset(_BLOCKS) | {"bucket"},
        name_input=None,
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Adapter(
        create=_ownership_controls,
        **written_again(_ownership_controls),
        forwarded_inputs=frozenset({"bucket", "rule"}),
        fixed_inputs=_FIXED,
        name_input=None,
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        Adapter(
            create=_encryption,
            **written_again(_encryption),
            forwarded_inputs=frozenset({"bucket", "rules"}),
            fixed_inputs=_FIXED,
            name_input=None,
        )
    ),
    "aws:s3/bucketPolicy:BucketPolicy": one_call(
        "s3",
        "put_bucket_policy",
        {"bucket": "Bucket", "policy": "Policy"},
        id_format="{bucket}",
        rewritable=True,
        fixed_inputs=_FIXED,
        delete=deletes("s3", "delete_bucket_policy", _BUCKET),
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": Adapter(
        create=_object,
        **written_again(_object),
        delete=deletes("s3", "delete_object", {"bucket": "Bucket", "key": "Key"}),
        fixed_inputs=_FIXED | {"key"},
        forwarded_inputs=frozenset(_OBJECT) | {"content", "contentBase64", "tags"},
        name_input=None,
    ),
}
