"""Stacks whose functions run elsewhere, start otherwise, or are found elsewhere, and what their graphs hold."""

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

_PLAIN = SHIPPED["dev"]

# The plain stack's region, and one with the longest name.
REGIONS = ("us-east-1", "ap-southeast-5")

VPC = {
    "vpcId": "vpc-0a1b",
    "subnetIds": ["subnet-0a1b", "subnet-0c2d"],
    "routeTableIds": ["rtb-0a1b"],
}
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1b4f"
DOMAIN = {"name": f"api.{OWNED}", "certificateArn": CERTIFICATE, "hostedZoneId": "Z0123456789"}
SMTP = {
    "emailTransport": "smtp",
    "smtpHost": f"mail.{OWNED}",
    "smtpPort": "2525",
    "smtpSecretArn": SMTP_SECRET,
}

# Two stacks that have, between them and in a network, every function and every part that can be switched on.
FULL = {
    "direct": {
        "auth": "jwt",
        "jwt": json.dumps(
            {
                "issuer": f"https://id.{OWNED}",
                "audiences": ["shop"],
                "customerClaim": "shop_customer",
            }
        ),
        "encryption": "customer",
        "emailIdentity": "domain",
        "domain": json.dumps(DOMAIN),
        "provisionedConcurrency": '{"orders":{"min":2,"max":9},"lookup":{"min":1,"max":4,"targetUtilization":0.5}}',
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
        "waf": "true",
    },
}


def stack(config: Mapping[str, str], *, preview: bool = False) -> Graph:
    """The plain stack, some of whose keys are set."""
    return _recorded(frozenset(config.items()), preview=preview)


@functools.cache
def _recorded(config: frozenset[tuple[str, str]], *, preview: bool) -> Graph:
    return record(settings(_PLAIN, **dict(config)), preview=preview)


def in_network(
    config: Mapping[str, str], *, preview: bool = False, create_endpoints: bool = True
) -> Graph:
    """A stack in a network, with endpoints of its own or with those that exist."""
    return stack({**_vpc(create_endpoints=create_endpoints), **config}, preview=preview)


def network_alone(config: Mapping[str, str]) -> Graph:
    """What such a stack has for the network itself, without functions: a fraction of the time that a stack takes."""
    return record(settings(_PLAIN, **_vpc(), **config), _place)


def _place() -> None:
    """What the program does for the network."""
    wiring.vpc(load())


def _vpc(*, create_endpoints: bool = True) -> dict[str, str]:
    own = {key: value for key, value in VPC.items() if create_endpoints or key != "routeTableIds"}
    return {"vpc": json.dumps({**own, "createEndpoints": create_endpoints})}


def full(kind: str, *, preview: bool = False) -> Graph:
    """One of the two stacks with everything that can be switched on."""
    return in_network(FULL[kind], preview=preview)


def monitored_in(region: str) -> Graph:
    """The plain stack in a region, with all of its monitoring."""
    configured = settings(_PLAIN, monitoring="full")
    return record(
        dataclasses.replace(configured, config={**configured.config, "aws:region": region})
    )


def configuration(graph: Graph) -> StackConfig:
    """What a stack is configured to be, defaults included."""
    namespace = f"{graph.stackfile.project}:"
    found = {key: text for key, text in graph.stackfile.config.items() if key.startswith(namespace)}
    return parse({key.removeprefix(namespace): text for key, text in found.items()})


def functions(graph: Graph) -> dict[str, Resource]:
    """The functions of a stack by their packages."""
    return {
        function["handler"].split(".")[1]: function for function in graph.all(aws.lambda_.Function)
    }
