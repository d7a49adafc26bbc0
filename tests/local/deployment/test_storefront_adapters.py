"""S3 and CloudFront in the embedded AWS: what is created, changed and deleted there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws
import pytest
from botocore.exceptions import ClientError

from local.deployment.deployer import target_of, update
from local.deployment.record import Record
from tests.local.support import sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.deployment.engine import Changes
    from local.emulator.emulator import Emulator

_ADDRESS = "127.0.0.1:4567"
_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the program below is about: a page, its headers, and the owner in the tags."""

    text: str = "<h1>Orders</h1>"
    csp: str = "default-src 'none'"
    root: str = "index.html"
    owner: str = "shop"


def _deploy(page: Page) -> None:
    """Create a bucket with a page, and a distribution for it."""
    tags = {"owner": page.owner}
    bucket = aws.s3.Bucket("page", bucket_prefix="page-", force_destroy=True, tags=tags)
    aws.s3.BucketPublicAccessBlock("page", bucket=bucket.id, block_public_acls=True)
    aws.s3.BucketOwnershipControls(
        "page", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        "page",
        bucket=bucket.id,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
    )
    aws.s3.BucketPolicy("page", bucket=bucket.id, policy=pulumi.Output.json_dumps(_POLICY))
    aws.s3.BucketObjectv2(
        "page",
        bucket=bucket.id,
        key="index.html",
        content=page.text,
        content_type="text/html",
        cache_control="no-cache",
        tags=tags,
    )
    aws.s3.BucketObjectv2("icon", bucket=bucket.id, key="icon.png", content_base64="iVBORw==")
    control = aws.cloudfront.OriginAccessControl(
        "page",
        name="page",
        description=page.root,
        origin_access_control_origin_type="s3",
        signing_behavior="always",
        signing_protocol="sigv4",
    )
    headers = aws.cloudfront.ResponseHeadersPolicy(
        "page",
        name="page",
        security_headers_config={
            "content_security_policy": {"content_security_policy": page.csp, "override": True},
            "strict_transport_security": {"access_control_max_age_sec": 60, "override": True},
        },
        custom_headers_config={"items": [{"header": "X-A", "value": "b", "override": True}]},
    )
    distribution = aws.cloudfront.Distribution(
        "page",
        comment="page",
        enabled=True,
        default_root_object=page.root,
        origins=[
            {
                "origin_id": "bucket",
                "domain_name": bucket.bucket_regional_domain_name,
                "origin_access_control_id": control.id,
            }
        ],
        default_cache_behavior={
            "target_origin_id": "bucket",
            "viewer_protocol_policy": "redirect-to-https",
            "allowed_methods": ["GET", "HEAD"],
            "cached_methods": ["GET", "HEAD"],
            "response_headers_policy_id": headers.id,
        },
        custom_error_responses=[
            {"error_code": 403, "response_code": 404, "response_page_path": "/404.html"}
        ],
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        viewer_certificate={"cloudfront_default_certificate": True},
        tags=tags,
    )
    pulumi.export("bucket", bucket.id)
    pulumi.export("control", control.id)
    pulumi.export("headers", headers.id)
    pulumi.export("distribution", distribution.id)
    pulumi.export("domain", distribution.domain_name)


class Cloud:
    """A stack on the emulator that is deployed again and again."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.s3, self.cloudfront = emulator.client("s3"), emulator.client("cloudfront")
        self._target = target_of(emulator.client, emulator.url, f"http://{_ADDRESS}")
        self._stackfile, self._record = sample.stackfile(folder), Record()
        self.outputs: dict[str, Any] = {}

    def deploy(self, page: Page | None) -> Changes:
        """Deploy a page, or nothing."""
        self.outputs, changes = update(
            self._target,
            self._stackfile,
            self._record,
            function=(lambda: None) if page is None else (lambda: _deploy(page)),
        )
        return changes

    def file(self, key: str) -> dict[str, Any]:
        """An object with its metadata."""
        found = self.s3.get_object(Bucket=self.outputs["bucket"], Key=key)
        return {**found, "Body": found["Body"].read()}

    def config(self) -> dict[str, Any]:
        """The distribution's configuration."""
        identifier = self.outputs["distribution"]
        config: dict[str, Any] = self.cloudfront.get_distribution_config(Id=identifier)
        return dict(config["DistributionConfig"])

    def csp(self) -> str:
        """The Content-Security-Policy of the response headers policy."""
        policy = self.cloudfront.get_response_headers_policy_config(Id=self.outputs["headers"])
        security = policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
        return str(security["ContentSecurityPolicy"]["ContentSecurityPolicy"])


@pytest.fixture
def cloud(emulator: Emulator, tmp_path: Path) -> Iterator[Cloud]:
    """A stack, which is removed afterwards: its names are fixed."""
    cloud = Cloud(emulator, tmp_path)
    yield cloud
    cloud.deploy(None)


def test_a_bucket_has_its_settings_and_objects(cloud: Cloud) -> None:
    """A bucket has a name of its own, tags, settings, and objects with their metadata."""
    cloud.deploy(Page())
    bucket, s3 = cloud.outputs["bucket"], cloud.s3
    assert bucket.startswith("page-")
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "owner", "Value": "shop"}]
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert block["BlockPublicAcls"] is True
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    (rule,) = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rule == {"ObjectOwnership": "BucketOwnerEnforced"}
    assert "TlsOnly" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    page = cloud.file("index.html")
    assert (page["ContentType"], page["CacheControl"]) == ("text/html", "no-cache")
    assert page["Body"] == b"<h1>Orders</h1>"
    assert cloud.file("icon.png")["Body"] == b"\x89PNG"


def test_a_distribution_has_its_settings(cloud: Cloud) -> None:
    """A distribution has its origin, root, error responses and headers, and the local address."""
    cloud.deploy(Page())
    config = cloud.config()
    (origin,) = config["Origins"]["Items"]
    assert origin["OriginAccessControlId"] == cloud.outputs["control"]
    assert origin["DomainName"] == f"{cloud.outputs['bucket']}.s3.us-east-1.amazonaws.com"
    assert config["DefaultRootObject"] == "index.html"
    (error,) = config["CustomErrorResponses"]["Items"]
    assert (error["ErrorCode"], error["ResponseCode"]) == (403, "404")
    behavior = config["DefaultCacheBehavior"]
    assert behavior["ResponseHeadersPolicyId"] == cloud.outputs["headers"]
    assert cloud.csp() == "default-src 'none'"
    assert cloud.outputs["domain"] == _ADDRESS


def test_changes_are_made_to_what_exists(cloud: Cloud) -> None:
    """A changed page, header, root or tag changes the resource, and replaces none."""
    cloud.deploy(Page())
    before = cloud.outputs
    page = Page(text="<h1>New</h1>", csp="default-src 'self'", root="page.html", owner="web")
    changes = cloud.deploy(page)
    assert (changes.created, changes.replaced, changes.deleted) == ([], [], [])
    assert len(changes.updated) == 5
    assert cloud.outputs == before
    assert cloud.file("index.html")["Body"] == b"<h1>New</h1>"
    assert cloud.csp() == "default-src 'self'"
    assert cloud.config()["DefaultRootObject"] == "page.html"
    arn = cloud.cloudfront.get_distribution(Id=before["distribution"])["Distribution"]["ARN"]
    assert cloud.cloudfront.list_tags_for_resource(Resource=arn)["Tags"]["Items"] == [
        {"Key": "owner", "Value": "web"}
    ]


def test_everything_can_be_deleted(cloud: Cloud) -> None:
    """A bucket is deleted with its objects, and a distribution with its policies."""
    cloud.deploy(Page())
    before = cloud.outputs
    assert len(cloud.deploy(None).deleted) == 10
    with pytest.raises(ClientError, match="NoSuchBucket"):
        cloud.s3.list_objects_v2(Bucket=before["bucket"])
    with pytest.raises(ClientError, match="NoSuchDistribution"):
        cloud.cloudfront.get_distribution(Id=before["distribution"])
    with pytest.raises(ClientError, match="NoSuchResponseHeadersPolicy"):
        cloud.cloudfront.get_response_headers_policy(Id=before["headers"])
    with pytest.raises(ClientError, match="NoSuchOriginAccessControl"):
        cloud.cloudfront.get_origin_access_control(Id=before["control"])
