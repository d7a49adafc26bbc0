"""The storefront's private S3 bucket, and the CloudFront distribution that alone reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import pulumi
import pulumi_aws as aws

from infra.naming import bucket_prefix, global_resource_name, resource_name
from infra.private_bucket import bucket_policy, make_private
from infra.storefront.headers import CUSTOM_HEADERS, SECURITY_HEADERS

if TYPE_CHECKING:
    from collections.abc import Mapping

# The suffix of names; the name of an origin access control has 64 characters at most, as a role's.
_SUFFIX: Final = "web"
_ORIGIN_ID: Final = "bucket"

_INDEX: Final = "index.html"
_NOT_FOUND: Final = "404.html"
# Without permission to list the bucket, S3 responds with 403 to a key that does not exist.
_MISSING: Final = 403
_ERROR_TTL_SECONDS: Final = 10

# The AWS managed policy CachingOptimized: compression, no cookies and query strings in the cache
# key, and a minimum TTL of one second, for which it caches files with `no-cache`, too.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
_CACHE_POLICY: Final = "658327ea-f89d-4fab-a63d-7e88639e58f6"

# North America, Europe and Israel, whose edge locations cost least; others are served from there.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PriceClass.html
_PRICE_CLASS: Final = "PriceClass_100"


@dataclass(frozen=True, kw_only=True)
class StorefrontArgs:
    """What the stack decides: the scheme of the URL, and whether Pulumi keeps the distribution.

    The scheme is `http` on the embedded AWS, which has no TLS.
    """

    deletion_protection: bool
    scheme: Literal["https", "http"] = "https"


class Storefront(pulumi.ComponentResource):
    """A bucket and its distribution, without files: those need the API, which needs `origin`."""

    bucket: aws.s3.Bucket
    distribution: aws.cloudfront.Distribution
    origin: pulumi.Output[str]
    """The origin of the storefront's pages, such as `https://d111111abcdef8.cloudfront.net`."""

    def __init__(
        self, name: str, args: StorefrontArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:Storefront", name, None, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)
        self.bucket = self._private_bucket()
        self.distribution = self._distribution(protect=args.deletion_protection)
        aws.s3.BucketPolicy(
            f"{name}-bucket-policy",
            bucket=self.bucket.id,
            policy=pulumi.Output.json_dumps(self._bucket_policy()),
            opts=self._child,
        )
        self.origin = pulumi.Output.concat(f"{args.scheme}://", self.distribution.domain_name)
        self.register_outputs({"origin": self.origin})

    @property
    def outputs(self) -> Mapping[str, pulumi.Output[str]]:
        """The stack outputs."""
        return {
            "storefrontUrl": pulumi.Output.concat(self.origin, "/"),
            "storefrontBucketName": self.bucket.id,
            "storefrontDistributionId": self.distribution.id,
        }

    def _private_bucket(self) -> aws.s3.Bucket:
        bucket = aws.s3.Bucket(
            f"{self._name}-bucket",
            bucket_prefix=bucket_prefix(_SUFFIX),
            force_destroy=True,  # a deployment writes the files again
            opts=self._child,
        )
        # Everybody may read the files, so no key of the stack protects them.
        make_private(self._name, bucket, self._child)
        return bucket

    def _distribution(self, *, protect: bool) -> aws.cloudfront.Distribution:
        access_control = aws.cloudfront.OriginAccessControl(
            f"{self._name}-access-control",
            name=global_resource_name(_SUFFIX),
            description=f"Lets CloudFront read the bucket of {resource_name(_SUFFIX)}",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=self._child,
        )
        headers = aws.cloudfront.ResponseHeadersPolicy(
            f"{self._name}-headers",
            name=global_resource_name(_SUFFIX),
            security_headers_config=SECURITY_HEADERS,
            custom_headers_config=CUSTOM_HEADERS,
            opts=self._child,
        )
        return aws.cloudfront.Distribution(
            f"{self._name}-distribution",
            comment=resource_name(_SUFFIX),
            enabled=True,
            # The API waits for the domain name alone, and not until all edge locations know it.
            wait_for_deployment=False,
            is_ipv6_enabled=True,
            http_version="http2and3",
            price_class=_PRICE_CLASS,
            default_root_object=_INDEX,
            origins=[
                {
                    "origin_id": _ORIGIN_ID,
                    "domain_name": self.bucket.bucket_regional_domain_name,
                    "origin_access_control_id": access_control.id,
                }
            ],
            default_cache_behavior={
                "target_origin_id": _ORIGIN_ID,
                "viewer_protocol_policy": "redirect-to-https",
                "allowed_methods": ["GET", "HEAD"],
                "cached_methods": ["GET", "HEAD"],
                "compress": True,
                "cache_policy_id": _CACHE_POLICY,
                "response_headers_policy_id": headers.id,
            },
            custom_error_responses=[
                {
                    "error_code": _MISSING,
                    "response_code": 404,
                    "response_page_path": f"/{_NOT_FOUND}",
                    "error_caching_min_ttl": _ERROR_TTL_SECONDS,
                }
            ],
            restrictions={"geo_restriction": {"restriction_type": "none"}},
            # Its minimum TLS version, TLSv1, cannot be changed.
            viewer_certificate={"cloudfront_default_certificate": True},
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )

    def _bucket_policy(self) -> Mapping[str, Any]:
        """Let this distribution read files, and deny requests without TLS.

        https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
        """
        read = {
            "Sid": "Distribution",
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": pulumi.Output.concat(self.bucket.arn, "/*"),
            "Condition": {"StringEquals": {"aws:SourceArn": self.distribution.arn}},
        }
        return bucket_policy(self.bucket, read)
