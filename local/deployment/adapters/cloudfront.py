"""CloudFront distributions, origin access controls and response headers policies."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from local.deployment.adapters.base import (
    Adapter,
    Created,
    Inputs,
    capitalise,
    rename,
    retagged,
    tag_list,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource

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


def _update_access_control(target: Target, control: Resource, inputs: Inputs) -> dict[str, str]:
    response = target.client("cloudfront").update_origin_access_control(
        Id=control.id,
        IfMatch=control.outputs["etag"],
        OriginAccessControlConfig=rename(inputs, _ACCESS_CONTROL),
    )
    return {"etag": response["ETag"]}


def _headers_policy(target: Target, inputs: Inputs) -> Created:
    response = target.client("cloudfront").create_response_headers_policy(
        ResponseHeadersPolicyConfig=_headers(inputs)
    )
    return Created(response["ResponseHeadersPolicy"]["Id"], {"etag": response["ETag"]})


def _headers(inputs: Inputs) -> dict[str, Any]:
    return {
        "Name": inputs["name"],
        "SecurityHeadersConfig": capitalise(inputs["securityHeadersConfig"]),
        "CustomHeadersConfig": _items(capitalise(inputs["customHeadersConfig"]["items"])),
    }


def _update_headers_policy(target: Target, policy: Resource, inputs: Inputs) -> dict[str, str]:
    response = target.client("cloudfront").update_response_headers_policy(
        Id=policy.id,
        IfMatch=policy.outputs["etag"],
        ResponseHeadersPolicyConfig=_headers(inputs),
    )
    return {"etag": response["ETag"]}


def _deletes(call: str) -> Callable[[Target, Resource], object]:
    """Return a `delete` of the version that the record has."""

    def delete(target: Target, resource: Resource) -> None:
        getattr(target.client("cloudfront"), call)(Id=resource.id, IfMatch=resource.outputs["etag"])

    return delete


def _distribution(target: Target, inputs: Inputs) -> Created:
    """Create a distribution, whose domain name here is the address that serves its files."""
    distribution = target.client("cloudfront").create_distribution_with_tags(
        DistributionConfigWithTags={
            "DistributionConfig": _configuration(inputs),
            "Tags": {"Items": tag_list(inputs)},
        }
    )["Distribution"]
    return Created(distribution["Id"], _distribution_outputs(target, distribution))


def _distribution_outputs(target: Target, distribution: dict[str, Any]) -> dict[str, str]:
    address = urlsplit(target.storefront_url).netloc
    return {"arn": distribution["ARN"], "domainName": address or distribution["DomainName"]}


def _update_distribution(target: Target, old: Resource, inputs: Inputs) -> dict[str, str]:
    client = target.client("cloudfront")
    current = client.get_distribution_config(Id=old.id)
    reference = {"CallerReference": current["DistributionConfig"]["CallerReference"]}
    distribution = client.update_distribution(
        Id=old.id,
        IfMatch=current["ETag"],
        DistributionConfig={**_configuration(inputs), **reference},
    )["Distribution"]
    added, removed = retagged(old, inputs)
    if added:
        tags = {"Items": tag_list({"tags": added})}
        client.tag_resource(Resource=distribution["ARN"], Tags=tags)
    if removed:
        client.untag_resource(Resource=distribution["ARN"], TagKeys={"Items": removed})
    return _distribution_outputs(target, distribution)


def _delete_distribution(target: Target, distribution: Resource) -> None:
    """Disable a distribution, which AWS requires first, and delete it."""
    client = target.client("cloudfront")
    current = client.get_distribution_config(Id=distribution.id)
    disabled = client.update_distribution(
        Id=distribution.id,
        IfMatch=current["ETag"],
        DistributionConfig={**current["DistributionConfig"], "Enabled": False},
    )
    client.delete_distribution(Id=distribution.id, IfMatch=disabled["ETag"])


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
    names = {"errorCachingMinTtl": "ErrorCachingMinTTL"}
    response: dict[str, Any] = capitalise(without(block, *names, "responseCode"))
    return {"ResponseCode": str(block["responseCode"]), **rename(block, names), **response}


def _items(values: Iterable[Any]) -> dict[str, Any]:
    """Return a list as CloudFront's API takes it."""
    items = list(values)
    return {"Quantity": len(items), "Items": items}


ADAPTERS = {
    "aws:cloudfront/originAccessControl:OriginAccessControl": Adapter(
        create=_access_control,
        update=_update_access_control,
        delete=_deletes("delete_origin_access_control"),
        forwarded_inputs=frozenset(_ACCESS_CONTROL),
    ),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": Adapter(
        create=_headers_policy,
        update=_update_headers_policy,
        delete=_deletes("delete_response_headers_policy"),
        forwarded_inputs=frozenset({"name", "securityHeadersConfig", "customHeadersConfig"}),
    ),
    "aws:cloudfront/distribution:Distribution": Adapter(
        create=_distribution,
        update=_update_distribution,
        delete=_delete_distribution,
        forwarded_inputs=frozenset(_DISTRIBUTION) | _DISTRIBUTION_BLOCKS | {"tags"},
        ignored_inputs={"waitForDeployment": "A distribution is deployed at once."},
        name_input=None,
    ),
}
