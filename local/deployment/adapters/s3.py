"""S3 buckets, their settings and objects."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from local.deployment.adapters.base import (
    Adapter,
    Created,
    Inputs,
    capitalise,
    deletes,
    one_call,
    rename,
    tag_list,
    text,
    written_again,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource

_BLOCKS = {"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"}
_OBJECT = {
    "bucket": "Bucket",
    "key": "Key",
    "contentType": "ContentType",
    "cacheControl": "CacheControl",
}


def _bucket(target: Target, inputs: Inputs) -> Created:
    target.client("s3").create_bucket(Bucket=inputs["bucket"])
    return Created(inputs["bucket"], _tag_bucket(target, inputs))


def _tag_bucket(target: Target, inputs: Inputs) -> dict[str, str]:
    """Replace the tags of a bucket, and return its outputs."""
    name = inputs["bucket"]
    target.client("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_list(inputs)})
    return {
        "arn": f"arn:aws:s3:::{name}",
        "bucketRegionalDomainName": f"{name}.s3.{target.region}.amazonaws.com",
    }


def _update_bucket(target: Target, _bucket: Resource, inputs: Inputs) -> dict[str, str]:
    return _tag_bucket(target, inputs)


def _delete_bucket(target: Target, bucket: Resource) -> None:
    """Delete a bucket with its objects, as `forceDestroy` does."""
    client = target.client("s3")
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket.id):
        for each in page.get("Contents", []):
            client.delete_object(Bucket=bucket.id, Key=each["Key"])
    client.delete_bucket(Bucket=bucket.id)


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


def _setting(create: Callable[[Target, Inputs], Created], delete: str, *names: str) -> Adapter:
    """Return the adapter for a resource that is one of a bucket's settings."""
    return Adapter(
        create=create,
        **written_again(create),
        delete=deletes("s3", delete, {"bucket": "Bucket"}),
        forwarded_inputs=frozenset({"bucket", *names}),
        fixed_inputs=frozenset({"bucket"}),
        name_input=None,
    )


ADAPTERS = {
    "aws:s3/bucket:Bucket": Adapter(
        create=_bucket,
        update=_update_bucket,
        delete=_delete_bucket,
        forwarded_inputs=frozenset({"bucket", "tags"}),
        ignored_inputs={
            "bucketPrefix": "The deployer makes the name of it.",
            "forceDestroy": "Buckets are deleted with their objects here.",
        },
        fixed_inputs=frozenset({"bucket"}),
        name_input="bucket",
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _setting(
        _public_access_block, "delete_public_access_block", *_BLOCKS
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _setting(
        _ownership_controls, "delete_bucket_ownership_controls", "rule"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        _setting(_encryption, "delete_bucket_encryption", "rules")
    ),
    "aws:s3/bucketPolicy:BucketPolicy": one_call(
        "s3",
        "put_bucket_policy",
        {"bucket": "Bucket", "policy": "Policy"},
        id_format="{bucket}",
        rewritable=True,
        delete=deletes("s3", "delete_bucket_policy", {"bucket": "Bucket"}),
        fixed_inputs=frozenset({"bucket"}),
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": Adapter(
        create=_object,
        **written_again(_object),
        delete=deletes("s3", "delete_object", {"bucket": "Bucket", "key": "Key"}),
        forwarded_inputs=frozenset(_OBJECT) | {"content", "contentBase64", "tags"},
        fixed_inputs=frozenset({"bucket", "key"}),
        name_input=None,
    ),
}
