"""Security headers of the storefront: Content-Security-Policy, HSTS and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pulumi_aws as aws

# The API's origin is not in this policy, as the API is deployed after the distribution. A `<meta>`
# element in index.html, whose placeholder the deployment fills in, narrows `connect-src` to it.
# There is no `upgrade-insecure-requests`: the pages name no URL with plain HTTP.
_CONTENT_SECURITY_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "connect-src": "'self' https:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}

_YEAR_SECONDS: Final = 31_536_000

# Features that the pages do not use; a browser then refuses them to injected scripts as well.
_PERMISSIONS_POLICY: Final = ", ".join(
    f"{feature}=()" for feature in ("camera", "geolocation", "microphone", "payment", "usb")
)

# For `aws.cloudfront.ResponseHeadersPolicy`; S3 sends none of these headers by itself.
SECURITY_HEADERS: Final[aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgsDict] = {
    "content_security_policy": {
        "content_security_policy": "; ".join(map(" ".join, _CONTENT_SECURITY_POLICY.items())),
        "override": True,
    },
    "content_type_options": {"override": True},
    "frame_options": {"frame_option": "DENY", "override": True},  # for old browsers
    "referrer_policy": {"referrer_policy": "no-referrer", "override": True},
    "strict_transport_security": {
        "access_control_max_age_sec": _YEAR_SECONDS,
        "override": True,
    },
}
CUSTOM_HEADERS: Final[aws.cloudfront.ResponseHeadersPolicyCustomHeadersConfigArgsDict] = {
    "items": [
        {"header": name, "value": value, "override": True}
        for name, value in {
            "Permissions-Policy": _PERMISSIONS_POLICY,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }.items()
    ]
}
