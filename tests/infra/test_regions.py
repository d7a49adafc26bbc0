"""Two regions of one stack in one account: what AWS keeps for all regions is named apart."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.infra.support.features import FULL, HEALTH_CHECK, REGIONS, in_vpc
from tests.infra.support.graph import STACK_FILES, Graph, record, settings, stack_of
from tests.infra.support.mock_responses import API_ID
from tests.support.stacks import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.infra.support.graph import Resource
    from tooling.stackfile import StackFile

# What is one namespace for all regions of an account or hosted zone, and what its names consist of.
# https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
_GLOBAL: Final = {
    "aws:cloudfront/originAccessControl:OriginAccessControl": ("name",),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": ("name",),
    "aws:cloudwatch/dashboard:Dashboard": ("dashboardName",),
    "aws:iam/role:Role": ("name",),
    "aws:route53/record:Record": ("zoneId", "name", "type", "setIdentifier"),
}

# Global, with an ID or a name that AWS chooses.
_NAMED_BY_AWS: Final = {
    "aws:cloudfront/distribution:Distribution",
    "aws:route53/healthCheck:HealthCheck",
    "aws:s3/bucket:Bucket",
}

# Services whose other resources belong to one region.
_REGIONAL: Final = {
    *("apigateway", "apigatewayv2", "appautoscaling", "cloudwatch", "dynamodb", "ec2", "kms"),
    *("lambda", "sesv2", "sns", "sqs", "vpc", "wafv2", "xray"),
}

# Global, and a part of one of the resources above.
_WITHIN: Final = {
    *("aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"),
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
}


def _in_region(stackfile: StackFile, region: str, role: str) -> Graph:
    """A stack in a region, with its certificate and secret there, and its part of the failover."""
    old = stackfile.config["aws:region"]
    config = {key: value.replace(old, region) for key, value in stackfile.config.items()}
    key = f"{stackfile.project}:domain"
    domain = json.loads(config.get(key, "null"))
    if domain and "hostedZoneId" in domain:
        check = {"healthCheckId": HEALTH_CHECK} if role == "primary" else {}
        config[key] = json.dumps({**domain, "failover": {"role": role, **check}})
    return record(dataclasses.replace(stackfile, config=config))


def _global_names(graph: Graph) -> Iterator[tuple[str, tuple[Any, ...]]]:
    region = graph.stackfile.config["aws:region"]
    for resource in graph.resources:
        if resource.type in _GLOBAL:
            values = (str(resource.inputs.get(name)) for name in _GLOBAL[resource.type])
            # An API has an ID of its own in each region, which these mocks do not know.
            yield resource.type, tuple(value.replace(API_ID, f"id-{region}") for value in values)


def _check(stackfile: StackFile) -> None:
    """Two regions of a stack share no global name, and all types are known."""
    graphs = [
        _in_region(stackfile, region, role)
        for region, role in zip(REGIONS, ("primary", "secondary"), strict=True)
    ]
    first, second = (set(_global_names(graph)) for graph in graphs)
    assert first
    assert first & second == set()
    for graph in graphs:
        unknown = {each.type for each in graph.resources if not _is_known(each)}
        assert unknown == set()


def _is_known(resource: Resource) -> bool:
    if resource.is_component or resource.type in {*_GLOBAL, *_NAMED_BY_AWS, *_WITHIN}:
        return True
    return resource.type.split(":")[1].partition("/")[0] in _REGIONAL


@pytest.mark.parametrize("kind", FULL)
def test_two_regions_share_no_global_name(kind: str) -> None:
    """A stack with every optional feature can be in two regions of one account."""
    _check(in_vpc(FULL[kind]).stackfile)


@pytest.mark.thorough
@pytest.mark.parametrize("path", [*STACK_FILES, *VARIANTS], ids=stack_of)
def test_every_stack_can_be_in_two_regions(path: Path) -> None:
    """The same holds for every stack file, example and variant."""
    _check(settings(path))
