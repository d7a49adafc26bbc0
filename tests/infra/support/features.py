"""Graphs of stacks with optional features: VPC, custom domain, SMTP, or all at once."""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import TYPE_CHECKING

import pulumi_aws as aws

from infra import wiring
from infra.config import StackConfig, load, parse
from tests.infra.support.graph import SMTP_SECRET, Graph, record, settings
from tests.infra.support.mock_responses import ACCOUNT
from tests.support.stacks import DOMAIN as OWNED
from tests.support.stacks import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.infra.support.graph import Resource

_DEV = SHIPPED["dev"]

# The region of the `dev` stack, and one with the longest name.
REGIONS = ("us-east-1", "ap-southeast-5")

VPC = {"vpcId": "vpc-0a1b", "subnetIds": ["subnet-0a1b", "subnet-0c2d"]}
ENDPOINTS = {"routeTableIds": ["rtb-0a1b"]}
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1b4f"
DOMAIN = {"name": f"api.{OWNED}", "certificateArn": CERTIFICATE, "hostedZoneId": "Z0123456789"}
HEALTH_CHECK = "1a2b3c4d-1a2b-1a2b-1a2b-1a2b3c4d5e6f"
SMTP = {
    "smtp": json.dumps({"host": f"mail.{OWNED}", "port": 2525, "secretArn": SMTP_SECRET}),
}

# Two stacks in a VPC that have, together, every function and every optional feature.
FULL = {
    "direct": {
        "auth": "jwt",
        "jwt": json.dumps(
            {
                "issuer": f"https://id.{OWNED}",
                "audiences": ["shop"],
                "customerClaim": "shop_customer",
                "clientId": "shop-web",
                "signInOrigin": f"https://sign-in.{OWNED}",
            }
        ),
        "storefront": "true",
        "encryption": "customer",
        "emailIdentity": "domain",
        "domain": json.dumps(DOMAIN),
        "provisionedConcurrency": (
            '{"orders":{"min":2,"max":9},"lookup":{"min":1,"max":4,"targetUtilization":0.5}}'
        ),
        "contributorInsights": "true",
        "traceSampling": "1",
    },
    "queued": {
        "auth": "apiKey",
        "apiKeys": '["shop"]',
        "encryption": "customer",
        **SMTP,
        "gateway": "rest",
        "ingestion": "queued",
        "rest": '{"waf":{}}',
    },
}


def stack(config: Mapping[str, str], *, preview: bool = False) -> Graph:
    """The `dev` stack with these keys."""
    return _recorded(frozenset(config.items()), preview=preview)


@functools.cache
def _recorded(config: frozenset[tuple[str, str]], *, preview: bool) -> Graph:
    return record(settings(_DEV, **dict(config)), preview=preview)


def in_vpc(
    config: Mapping[str, str], *, preview: bool = False, create_endpoints: bool = True
) -> Graph:
    """The `dev` stack in a VPC, with VPC endpoints of its own or existing ones."""
    return stack({**_vpc(create_endpoints=create_endpoints), **config}, preview=preview)


def vpc_alone(config: Mapping[str, str]) -> Graph:
    """The VPC resources of such a stack alone, in a fraction of the time."""
    return record(settings(_DEV, **_vpc(), **config), _create_vpc)


def _create_vpc() -> None:
    wiring.vpc(load())


def _vpc(*, create_endpoints: bool = True) -> dict[str, str]:
    return {"vpc": json.dumps({**VPC, **({"endpoints": ENDPOINTS} if create_endpoints else {})})}


def full(kind: str, *, preview: bool = False) -> Graph:
    """One of the two stacks with every optional feature."""
    return in_vpc(FULL[kind], preview=preview)


def monitored_in(region: str) -> Graph:
    """The `dev` stack in a region, with `monitoring: full`."""
    stackfile = settings(_DEV, monitoring="full")
    return record(dataclasses.replace(stackfile, config={**stackfile.config, "aws:region": region}))


def configuration(graph: Graph) -> StackConfig:
    """The configuration of a stack, with defaults."""
    namespace = f"{graph.stackfile.project}:"
    values = graph.stackfile.config.items()
    return parse({key.removeprefix(namespace): text for key, text in values if namespace in key})


def functions(graph: Graph) -> dict[str, Resource]:
    """The functions of a stack by package."""
    return {
        function["handler"].split(".")[1]: function for function in graph.all(aws.lambda_.Function)
    }
