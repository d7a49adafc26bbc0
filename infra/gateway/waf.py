"""AWS WAF: the web ACL in front of a REST API's stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypedDict

import pulumi
import pulumi_aws as aws

from infra.naming import resource_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_RATE_WINDOW_SECONDS: Final = 300


class _Visibility(TypedDict):
    cloudwatch_metrics_enabled: bool
    sampled_requests_enabled: bool


# Metrics, but no sampled requests, which hold personal data.
# https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-testing-view-sample.html
_VISIBILITY: Final[_Visibility] = {
    "cloudwatch_metrics_enabled": True,
    "sampled_requests_enabled": False,
}

# Managed rules that would block orders which the API accepts. They only count.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
_COUNT_ONLY: Final[Mapping[str, Sequence[str]]] = {
    "AWSManagedRulesCommonRuleSet": (
        # Blocks bodies above 8 KB; an order may have 10, and the API rejects larger ones. The other
        # rules inspect the whole body:
        # https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-setting-body-inspection-limit.html
        "SizeRestrictions_BODY",
        # Blocks requests without a User-Agent, which programs need not send.
        "NoUserAgent_HEADER",
        # Blocks paths that end like system files. An orderId may, and no path leads to a file.
        "RestrictedExtensions_URIPATH",
    ),
}


@dataclass(frozen=True, kw_only=True)
class WebFirewall:
    """A rate-based rule and managed rule groups.

    A blocked client gets the gateway response WAF_FILTERED.
    """

    rate_limit: int
    """Requests of one IP address in 5 minutes."""

    rule_groups: Sequence[str]

    def protect(self, name: str, stage: aws.apigateway.Stage, parent: pulumi.Resource) -> None:
        """Create the web ACL, and associate it with the stage."""
        acl = aws.wafv2.WebAcl(
            f"{name}-firewall",
            name=resource_name("api"),
            description="What may reach the orders API",
            scope="REGIONAL",
            default_action={"allow": {}},
            # The rate-based rule comes first: the other rules do not inspect what it blocks.
            rules=[
                self._rate_rule(),
                *(_managed(group, place) for place, group in enumerate(self.rule_groups, start=1)),
            ],
            visibility_config={"metric_name": "firewall", **_VISIBILITY},
            opts=pulumi.ResourceOptions(parent=parent),
        )
        aws.wafv2.WebAclAssociation(
            f"{name}-firewall-association",
            resource_arn=stage.arn,
            web_acl_arn=acl.arn,
            opts=pulumi.ResourceOptions(parent=parent),
        )

    def _rate_rule(self) -> aws.wafv2.WebAclRuleArgsDict:
        return {
            "name": "rate-limit",
            "priority": 0,
            "action": {"block": {}},
            "statement": {
                "rate_based_statement": {
                    "limit": self.rate_limit,
                    "aggregate_key_type": "IP",
                    "evaluation_window_sec": _RATE_WINDOW_SECONDS,
                },
            },
            "visibility_config": {"metric_name": "rate-limit", **_VISIBILITY},
        }


def _managed(group: str, priority: int) -> aws.wafv2.WebAclRuleArgsDict:
    return {
        "name": group,
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {
            "managed_rule_group_statement": {
                "vendor_name": "AWS",
                "name": group,
                "rule_action_overrides": [
                    {"name": rule, "action_to_use": {"count": {}}}
                    for rule in _COUNT_ONLY.get(group, ())
                ],
            },
        },
        "visibility_config": {"metric_name": group, **_VISIBILITY},
    }
