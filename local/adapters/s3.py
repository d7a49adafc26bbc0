"""S3 buckets, their settings and objects."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from local.adapters.base import Adapter, Created, Inputs, capitalise, one_call, rename, text

if TYPE_CHECKING:
    from local.adapters.base import Target

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
    if tags := inputs.get("tags"):
        tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
        client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_set})
    return Created(
        name,
        {
            "arn": f"arn:aws:s3:::{name}",
            "bucketRegionalDomainName": f"{name}.s3.{target.region}.amazonaws.com",
        },
    )


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


ADAPTERS = {
    "aws:s3/bucket:Bucket": Adapter(
        create=_bucket,
        forwarded_inputs=frozenset({"bucket", "tags"}),
        ignored_inputs={
            "bucketPrefix": "The deployer makes the name of it.",
            "forceDestroy": "It is about Pulumi's deletion alone.",
        },
        name_input="bucket",
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Adapter(
        create=_public_access_block,
        forwarded_inputs=frozenset(_BLOCKS) | {"bucket"},
        name_input=None,
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Adapter(
        create=_ownership_controls, forwarded_inputs=frozenset({"bucket", "rule"}), name_input=None
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        Adapter(
            create=_encryption, forwarded_inputs=frozenset({"bucket", "rules"}), name_input=None
        )
    ),
    "aws:s3/bucketPolicy:BucketPolicy": one_call(
        "s3", "put_bucket_policy", {"bucket": "Bucket", "policy": "Policy"}, id_format="{bucket}"
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": Adapter(
        create=_object,
        forwarded_inputs=frozenset(_OBJECT) | {"content", "contentBase64", "tags"},
        name_input=None,
    ),
}
