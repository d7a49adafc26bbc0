"""CloudFront distributions: HTTPS, access to buckets, and security headers."""

from collections.abc import Iterator
from typing import Any, Final

from . import resource_types as types
from .resource import Resource, Unknown
from .rule import resource_rule

_HTTPS: Final = {"https-only", "redirect-to-https"}
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html
_TLS_VERSIONS: Final = {"TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"}
_SECURITY_HEADERS: Final = (
    "contentSecurityPolicy",
    "contentTypeOptions",
    "frameOptions",
    "referrerPolicy",
    "strictTransportSecurity",
)


@resource_rule(types.DISTRIBUTION)
def distributions_require_https(resource: Resource) -> Iterator[str]:
    """Distributions refuse or redirect plain HTTP, and need TLS 1.2 with their own certificate.

    What customers type must not be sent in clear.
    """
    for place, behavior in _behaviors(resource):
        policy = behavior.get("viewerProtocolPolicy")
        if not isinstance(policy, Unknown) and policy not in _HTTPS:
            yield (
                f"allows plain HTTP; set {place}.viewerProtocolPolicy to "
                f"{' or '.join(sorted(_HTTPS))}"
            )
    certificate = resource.get("viewerCertificate") or {}
    version = resource.get("viewerCertificate.minimumProtocolVersion")
    if (
        not isinstance(certificate, Unknown)
        and not certificate.get("cloudfrontDefaultCertificate")
        and not isinstance(version, Unknown)
        and version not in _TLS_VERSIONS
    ):
        yield (
            "allows old versions of TLS; set viewerCertificate.minimumProtocolVersion to "
            "TLSv1.2_2021"
        )


@resource_rule(types.DISTRIBUTION)
def buckets_behind_origin_access_control(resource: Resource) -> Iterator[str]:
    """Distributions read buckets with origin access control.

    Otherwise the bucket has to be public.
    """
    for number, origin in enumerate(_blocks(resource.get("origins"))):
        # An origin that is no bucket has a custom configuration.
        if not origin.get("customOriginConfig") and not origin.get("originAccessControlId"):
            yield (
                f"reads a bucket that has to be public; set origins[{number}].originAccessControlId"
            )


@resource_rule(types.DISTRIBUTION, types.HEADERS_POLICY)
def pages_have_security_headers(resource: Resource) -> Iterator[str]:
    """Distributions add a response headers policy, which has every security header.

    With a Content-Security-Policy, a browser runs no injected script.
    """
    if resource.type == types.DISTRIBUTION:
        for place, behavior in _behaviors(resource):
            if not behavior.get("responseHeadersPolicyId"):
                yield f"adds no security headers; set {place}.responseHeadersPolicyId"
        return
    missing = [
        name for name in _SECURITY_HEADERS if not resource.get(f"securityHeadersConfig.{name}")
    ]
    if missing:
        yield f"lacks security headers; set {' and '.join(missing)} in securityHeadersConfig"


def _behaviors(resource: Resource) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the cache behaviors that are known, with the places where they are."""
    default = resource.get("defaultCacheBehavior")
    yield from (("defaultCacheBehavior", each) for each in _blocks([default]))
    for number, each in enumerate(_blocks(resource.get("orderedCacheBehaviors"))):
        yield f"orderedCacheBehaviors[{number}]", each


def _blocks(values: Any) -> list[dict[str, Any]]:
    return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []
