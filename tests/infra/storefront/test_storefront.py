"""The storefront's bucket and distribution: who reads the files, and with which headers."""

from __future__ import annotations

import dataclasses
from typing import Any

import pulumi_aws as aws
import pytest

from infra.naming import LONGEST_BUCKET_PREFIX
from tests.infra.support.features import full, stack
from tests.infra.support.graph import Graph, Resource, deployed, is_unknown, record, settings
from tests.infra.support.mock_responses import ACCOUNT, DISTRIBUTION_DOMAIN, DISTRIBUTION_ID
from tests.support.stacks import SHIPPED

_STOREFRONT = {"storefront": "true"}
_DISTRIBUTION = f"arn:aws:cloudfront::{ACCOUNT}:distribution/{DISTRIBUTION_ID}"


@pytest.fixture(scope="module")
def graph() -> Graph:
    """A stack with a storefront."""
    return stack(_STOREFRONT)


def _only(graph: Graph, kind: type[Any]) -> Resource:
    (resource,) = graph.all(kind)
    return resource


def _statements(graph: Graph) -> dict[str, dict[str, Any]]:
    policy = _only(graph, aws.s3.BucketPolicy).document("policy")
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_only_the_distribution_reads_the_bucket(graph: Graph) -> None:
    """The bucket's one permission is CloudFront's, for this distribution and for files."""
    bucket = _only(graph, aws.s3.Bucket)
    allowed = [each for each in _statements(graph).values() if each["Effect"] == "Allow"]
    assert allowed == [
        {
            "Sid": "Distribution",
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": f"{bucket.arn}/*",
            "Condition": {"StringEquals": {"aws:SourceArn": _DISTRIBUTION}},
        }
    ]
    access = _only(graph, aws.cloudfront.OriginAccessControl)
    (origin,) = _only(graph, aws.cloudfront.Distribution)["origins"]
    assert origin["originAccessControlId"] == access.outputs["id"]
    assert origin["domainName"] == bucket.outputs["bucketRegionalDomainName"]
    assert (access["signingBehavior"], access["signingProtocol"]) == ("always", "sigv4")


def test_the_bucket_is_not_public(graph: Graph) -> None:
    """The bucket has no ACLs, and blocks public access that a policy would allow."""
    block = _only(graph, aws.s3.BucketPublicAccessBlock)
    blocks = {key: value for key, value in block.inputs.items() if key != "bucket"}
    assert len(blocks) == 4
    assert set(blocks.values()) == {True}
    controls = _only(graph, aws.s3.BucketOwnershipControls)
    assert controls["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_requests_without_tls_are_denied(graph: Graph) -> None:
    """The bucket denies plain HTTP, and CloudFront redirects it to HTTPS."""
    arn = _only(graph, aws.s3.Bucket).arn
    denial = _statements(graph)["TlsOnly"]
    assert denial["Effect"] == "Deny"
    assert denial["Resource"] == [arn, f"{arn}/*"]
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    behavior = _only(graph, aws.cloudfront.Distribution)["defaultCacheBehavior"]
    assert behavior["viewerProtocolPolicy"] == "redirect-to-https"


def test_files_are_encrypted_without_the_stacks_key() -> None:
    """With `encryption: customer`, too, S3's own keys encrypt the files, which are public."""
    encryption = _only(full("direct"), aws.s3.BucketServerSideEncryptionConfiguration)
    assert encryption["rules"] == [
        {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    ]


def test_pages_have_security_headers(graph: Graph) -> None:
    """Scripts of other origins, inline scripts, frames and plain HTTP are refused by browsers."""
    policy = _only(graph, aws.cloudfront.ResponseHeadersPolicy)
    behavior = _only(graph, aws.cloudfront.Distribution)["defaultCacheBehavior"]
    assert behavior["responseHeadersPolicyId"] == policy.outputs["id"]
    security = policy["securityHeadersConfig"]
    csp = security["contentSecurityPolicy"]["contentSecurityPolicy"]
    directives = dict(directive.split(" ", 1) for directive in csp.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    assert directives["connect-src"] == "'self' https:"
    assert security["strictTransportSecurity"]["accessControlMaxAgeSec"] >= 31_536_000
    assert security["frameOptions"]["frameOption"] == "DENY"
    assert security["referrerPolicy"]["referrerPolicy"] == "no-referrer"
    assert all(header["override"] for header in security.values())
    custom = {item["header"] for item in policy["customHeadersConfig"]["items"]}
    assert custom >= {"Permissions-Policy", "Cross-Origin-Opener-Policy"}


def test_the_distribution_serves_index_and_a_page_for_missing_files(graph: Graph) -> None:
    """`/` is index.html, and a missing file, which S3 does not admit to, a page with status 404."""
    distribution = _only(graph, aws.cloudfront.Distribution)
    assert distribution["defaultRootObject"] == "index.html"
    (error,) = distribution["customErrorResponses"]
    assert (error["errorCode"], error["responseCode"]) == (403, 404)
    keys = {each["key"] for each in graph.all(aws.s3.BucketObjectv2)}
    assert {"index.html", error["responsePagePath"].removeprefix("/")} <= keys


def test_browsers_read_only(graph: Graph) -> None:
    """CloudFront takes GET and HEAD, compresses, and speaks HTTP/2, HTTP/3 and IPv6."""
    distribution = _only(graph, aws.cloudfront.Distribution)
    behavior = distribution["defaultCacheBehavior"]
    assert behavior["allowedMethods"] == behavior["cachedMethods"] == ["GET", "HEAD"]
    assert behavior["compress"] is True
    assert (distribution["httpVersion"], distribution["isIpv6Enabled"]) == ("http2and3", True)


@pytest.mark.parametrize("protected", [True, False])
def test_the_address_is_protected(*, protected: bool) -> None:
    """With `deletionProtection` Pulumi keeps the distribution, whose domain name is no other's."""
    graph = stack({**_STOREFRONT, "deletionProtection": str(protected).lower()})
    assert _only(graph, aws.cloudfront.Distribution).protect is protected
    assert not _only(graph, aws.s3.Bucket).protect


@pytest.mark.parametrize("name", ["dev", "A_stack-of-long-name"])
def test_the_buckets_name_is_random_and_valid(name: str) -> None:
    """A bucket's name starts with project and stack, as far as S3's rules for names allow."""
    configured = settings(SHIPPED["dev"], **_STOREFRONT)
    graph = record(dataclasses.replace(configured, stack=name))
    bucket = _only(graph, aws.s3.Bucket)
    assert "bucket" not in bucket.inputs
    prefix = bucket["bucketPrefix"]
    assert prefix.startswith(f"order-processing-{name}".lower().replace("_", "-")[:31])
    assert prefix.endswith("-web-")
    assert len(prefix) <= LONGEST_BUCKET_PREFIX
    assert bucket["forceDestroy"] is True


def test_outputs_name_the_storefront(graph: Graph) -> None:
    """The stack outputs the URL to open, the bucket, and the distribution."""
    assert graph.outputs["storefrontUrl"] == f"https://{DISTRIBUTION_DOMAIN}/"
    assert graph.outputs["storefrontBucketName"] == _only(graph, aws.s3.Bucket).outputs["id"]
    assert graph.outputs["storefrontDistributionId"] == DISTRIBUTION_ID


def test_the_embedded_aws_has_no_tls() -> None:
    """Where CloudFront's endpoint is on this machine, URL and origin have `http:`."""
    graph = deployed(SHIPPED["local"])
    assert graph.outputs["storefrontUrl"] == f"http://{DISTRIBUTION_DOMAIN}/"
    (api,) = graph.all(aws.apigatewayv2.Api)
    assert api["corsConfiguration"]["allowOrigins"] == [f"http://{DISTRIBUTION_DOMAIN}"]


def test_without_the_key_there_is_no_storefront() -> None:
    """A stack that does not set `storefront` has none of its resources and outputs."""
    graph = stack({})
    assert not [each for each in graph.resources if ":s3/" in each.type or "cloudf" in each.type]
    assert not [name for name in graph.outputs if name.startswith("storefront")]


def test_a_preview_leaves_outputs_unknown() -> None:
    """In a preview the files that name the API, and the bucket's policy, are unknown, no others."""
    graph = stack(_STOREFRONT, preview=True)
    objects = graph.all(aws.s3.BucketObjectv2)
    unknown = {each["key"] for each in objects if is_unknown(each.inputs.get("content"))}
    assert unknown == {"index.html", "config.json"}
    assert is_unknown(_only(graph, aws.s3.BucketPolicy)["policy"])
