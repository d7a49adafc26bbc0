"""Permissions for the storefront: its S3 bucket, and the CloudFront distribution."""

from typing import Final

from bootstrap.permissions.grant import NEW, OWN, Grant, arn

_BUCKET: Final = arn("s3", "{web}", regional=False, account=False)
_OBJECT: Final = arn("s3", "{web}/*", regional=False, account=False)


def _cloudfront(resource: str) -> str:
    return arn("cloudfront", resource, regional=False)


_DISTRIBUTION: Final = _cloudfront("distribution/*")


def _untagged(kind: str, resource: str) -> tuple[Grant, ...]:
    """Return the permissions for a kind of resource with a generated ID and without tags."""
    return (
        Grant(create=(f"cloudfront:Create{kind}",)),
        Grant(
            on=(_cloudfront(resource),),
            read=(f"cloudfront:Get{kind}",),
            update=(f"cloudfront:Update{kind}",),
            delete=(f"cloudfront:Delete{kind}",),
        ),
    )


TYPES: Final[dict[str, tuple[Grant, ...]]] = {
    "aws:s3/bucket:Bucket": (
        # The provider reads every setting of a bucket, also those that the program does not set.
        Grant(
            on=(_BUCKET,),
            read=(
                "s3:GetAccelerateConfiguration",
                "s3:GetBucketAcl",
                "s3:GetBucketCORS",
                "s3:GetBucketLocation",
                "s3:GetBucketLogging",
                "s3:GetBucketObjectLockConfiguration",
                "s3:GetBucketPolicy",
                "s3:GetBucketRequestPayment",
                "s3:GetBucketTagging",
                "s3:GetBucketVersioning",
                "s3:GetBucketWebsite",
                "s3:GetEncryptionConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:GetReplicationConfiguration",
                "s3:ListBucket",
                "s3:ListTagsForResource",
            ),
            create=("s3:CreateBucket",),
            delete=("s3:DeleteBucket", "s3:ListBucketVersions"),
            tag=("s3:PutBucketTagging", "s3:TagResource", "s3:UntagResource"),
        ),
        Grant(on=(_OBJECT,), delete=("s3:DeleteObject", "s3:DeleteObjectVersion")),
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": (
        Grant(
            on=(_OBJECT,),
            read=("s3:GetObject", "s3:GetObjectTagging"),
            create=("s3:PutObject",),
            delete=("s3:DeleteObject", "s3:DeleteObjectVersion"),
            tag=("s3:DeleteObjectTagging", "s3:PutObjectTagging"),
        ),
        Grant(on=(_BUCKET,), delete=("s3:ListBucketVersions",)),
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (
        Grant(
            on=(_BUCKET,),
            read=("s3:GetBucketOwnershipControls",),
            create=("s3:PutBucketOwnershipControls",),
            delete=("s3:PutBucketOwnershipControls",),
        ),
    ),
    "aws:s3/bucketPolicy:BucketPolicy": (
        Grant(
            on=(_BUCKET,),
            read=("s3:GetBucketPolicy",),
            create=("s3:PutBucketPolicy",),
            delete=("s3:DeleteBucketPolicy",),
        ),
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (
        Grant(
            on=(_BUCKET,),
            read=("s3:GetBucketPublicAccessBlock",),
            create=("s3:PutBucketPublicAccessBlock",),
            delete=("s3:PutBucketPublicAccessBlock",),
        ),
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        Grant(
            on=(_BUCKET,),
            read=("s3:GetEncryptionConfiguration",),
            create=("s3:PutEncryptionConfiguration",),
            delete=("s3:PutEncryptionConfiguration",),
        ),
    ),
    "aws:cloudfront/distribution:Distribution": (
        Grant(create=("cloudfront:CreateDistribution",), condition=NEW),
        Grant(on=(_DISTRIBUTION,), create=("cloudfront:TagResource",), condition=NEW),
        Grant(
            on=(_DISTRIBUTION,),
            read=(
                "cloudfront:GetDistribution",
                "cloudfront:GetDistributionConfig",
                "cloudfront:ListTagsForResource",
            ),
        ),
        Grant(
            on=(_DISTRIBUTION,),
            update=("cloudfront:UpdateDistribution",),
            delete=("cloudfront:DeleteDistribution",),
            tag=("cloudfront:TagResource", "cloudfront:UntagResource"),
            condition=OWN,
        ),
    ),
    "aws:cloudfront/originAccessControl:OriginAccessControl": _untagged(
        "OriginAccessControl", "origin-access-control/*"
    ),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": _untagged(
        "ResponseHeadersPolicy", "response-headers-policy/*"
    ),
}
