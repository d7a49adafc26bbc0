"""Private S3 buckets: no public access, no ACLs, encryption at rest, and TLS only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from infra.messaging.queue import tls_only

if TYPE_CHECKING:
    from collections.abc import Mapping


def make_private(
    name: str, bucket: aws.s3.Bucket, opts: pulumi.ResourceOptions
) -> aws.s3.BucketPublicAccessBlock:
    """Keep a bucket private, also if its policy or ACLs allow access.

    S3's own keys encrypt it. Return the public access block.
    """
    aws.s3.BucketOwnershipControls(
        f"{name}-ownership-controls",
        bucket=bucket.id,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=opts,
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket.id,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
        opts=opts,
    )
    return aws.s3.BucketPublicAccessBlock(
        f"{name}-public-access-block",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=opts,
    )


def bucket_policy(bucket: aws.s3.Bucket, *allowed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a policy with these statements, and one that denies requests without TLS."""
    resources = [bucket.arn, pulumi.Output.concat(bucket.arn, "/*")]
    deny = {**tls_only("s3:*", bucket.arn), "Resource": resources}
    return {"Version": "2012-10-17", "Statement": [*allowed, deny]}
