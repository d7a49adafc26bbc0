"""CloudFront distributions, origin access controls and response headers policies."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from local.adapters.base import Adapter, Created, Inputs, capitalise, rename, tag_list, without

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.adapters.base import Target

_ACCESS_CONTROL = {
    "name": "Name",
    "description": "Description",
    "originAccessControlOriginType": "OriginAccessControlOriginType",
    "signingBehavior": "SigningBehavior",
    "signingProtocol": "SigningProtocol",
}
_DISTRIBUTION = {
    "comment": "Comment",
    "enabled": "Enabled",
    "isIpv6Enabled": "IsIPV6Enabled",
    "httpVersion": "HttpVersion",
    "priceClass": "PriceClass",
    "defaultRootObject": "DefaultRootObject",
}
_DISTRIBUTION_BLOCKS = {
    *("origins", "defaultCacheBehavior", "customErrorResponses"),
    *("restrictions", "viewerCertificate"),
}


def _access_control(target: Target, inputs: Inputs) -> Created:
    response = target.client("cloudfront").create_origin_access_control(
        OriginAccessControlConfig=rename(inputs, _ACCESS_CONTROL)
    )
    return Created(response["OriginAccessControl"]["Id"], {"etag": response["ETag"]})


def _headers_policy(target: Target, inputs: Inputs) -> Created:
    custom = capitalise(inputs["customHeadersConfig"]["items"])
    response = target.client("cloudfront").create_response_headers_policy(
        ResponseHeadersPolicyConfig={
            "Name": inputs["name"],
            "SecurityHeadersConfig": capitalise(inputs["securityHeadersConfig"]),
            "CustomHeadersConfig": _items(custom),
        }
    )
    return Created(response["ResponseHeadersPolicy"]["Id"], {"etag": response["ETag"]})


def _distribution(target: Target, inputs: Inputs) -> Created:
    """Create a distribution, whose domain name here is the address that serves its files."""
    distribution = target.client("cloudfront").create_distribution_with_tags(
        DistributionConfigWithTags={
            "DistributionConfig": _configuration(inputs),
            "Tags": {"Items": tag_list(inputs)},
        }
    )["Distribution"]
    address = urlsplit(target.storefront_url).netloc
    return Created(
        distribution["Id"],
        {"arn": distribution["ARN"], "domainName": address or distribution["DomainName"]},
    )


def _configuration(inputs: Inputs) -> dict[str, Any]:
    return {
        "CallerReference": str(uuid.uuid4()),
        **rename(inputs, _DISTRIBUTION),
        "Origins": _items(map(_origin, inputs["origins"])),
        "DefaultCacheBehavior": _behavior(inputs["defaultCacheBehavior"]),
        "CustomErrorResponses": _items(map(_error_response, inputs["customErrorResponses"])),
        "Restrictions": {
            "GeoRestriction": {
                "Quantity": 0,
                **capitalise(inputs["restrictions"]["geoRestriction"]),
            }
        },
        "ViewerCertificate": {
            "CloudFrontDefaultCertificate": inputs["viewerCertificate"][
                "cloudfrontDefaultCertificate"
            ]
        },
    }


def _origin(block: Inputs) -> dict[str, Any]:
    origin: dict[str, Any] = capitalise(without(block, "originId"))
    return {"Id": block["originId"], "S3OriginConfig": {"OriginAccessIdentity": ""}, **origin}


def _behavior(block: Inputs) -> dict[str, Any]:
    behavior: dict[str, Any] = capitalise(without(block, "allowedMethods", "cachedMethods"))
    methods = {
        **_items(block["allowedMethods"]),
        "CachedMethods": _items(block["cachedMethods"]),
    }
    return {**behavior, "AllowedMethods": methods}


def _error_response(block: Inputs) -> dict[str, Any]:
    response: dict[str, Any] = capitalise(without(block, "errorCachingMinTtl", "responseCode"))
    return {
        **response,
        "ResponseCode": str(block["responseCode"]),
        "ErrorCachingMinTTL": block["errorCachingMinTtl"],
    }


def _items(values: Iterable[Any]) -> dict[str, Any]:
    """Return a list as CloudFront's API takes it."""
    items = list(values)
    return {"Quantity": len(items), "Items": items}


ADAPTERS = {
    "aws:cloudfront/originAccessControl:OriginAccessControl": Adapter(
        create=_access_control, forwarded_inputs=frozenset(_ACCESS_CONTROL)
    ),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": Adapter(
        create=_headers_policy,
        forwarded_inputs=frozenset({"name", "securityHeadersConfig", "customHeadersConfig"}),
    ),
    "aws:cloudfront/distribution:Distribution": Adapter(
        create=_distribution,
        forwarded_inputs=frozenset(_DISTRIBUTION) | _DISTRIBUTION_BLOCKS | {"tags"},
        ignored_inputs={"waitForDeployment": "A distribution is deployed at once."},
        name_input=None,
    ),
}
