"""What stands in front of a REST API: nothing, or a web application firewall."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypedDict

import pulumi
import pulumi_aws as aws

from infra.naming import named

_RATE_WINDOW_SECONDS: Final = 300


class _Visibility(TypedDict):
    cloudwatch_metrics_enabled: bool
    sampled_requests_enabled: bool


# Figures, but no samples: those are requests as they came, with the personal data in them.
# https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-testing-view-sample.html
_VISIBILITY: Final[_Visibility] = {
    "cloudwatch_metrics_enabled": True,
    "sampled_requests_enabled": False,
}

# Rules of AWS's groups that would refuse orders which the API takes; they count what they see, and let it pass.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
_ONLY_COUNTED: Final[Mapping[str, Sequence[str]]] = {
    "AWSManagedRulesCommonRuleSet": (
        # It refuses bodies above 8 KB; an order may have 10, and the API refuses what is larger. The other rules look
        # at all of it: https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-setting-body-inspection-limit.html
        "SizeRestrictions_BODY",
        # It refuses requests without a User-Agent, a header that a program need not send, and Python's own does not.
        "NoUserAgent_HEADER",
        # It refuses paths that end as system files do; a client may end its orderId so, and no path leads to a file.
        "RestrictedExtensions_URIPATH",
    ),
}


class Firewall(Protocol):
    """What a request has to pass before the API sees it."""

    def protect(self, name: str, stage: aws.apigateway.Stage, parent: pulumi.Resource) -> None:
        """Stand in front of a stage."""
        ...


class NoFirewall:
    """Nothing: the API has its limits, and checks what it gets."""

    def protect(self, name: str, stage: aws.apigateway.Stage, parent: pulumi.Resource) -> None:
        """Let everything pass."""


@dataclass(frozen=True, kw_only=True)
class WebFirewall:
    """AWS WAF: answers 403 to who sends too much, and to what AWS's rules take for an attack.

    API Gateway writes that answer, as its gateway response WAF_FILTERED.
    """

    rate_limit: int
    """Requests of one IP address in 5 minutes."""

    rule_groups: Sequence[str]

    def protect(self, name: str, stage: aws.apigateway.Stage, parent: pulumi.Resource) -> None:
        """Create the rules, and send the stage's requests through them."""
        acl = aws.wafv2.WebAcl(
            f"{name}-firewall",
            name=named("api"),
            description="What may reach the orders API",
            scope="REGIONAL",
            default_action={"allow": {}},
            # The rate comes first: what it stops is looked at no further.
            rules=[
                self._rate(),
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

    def _rate(self) -> aws.wafv2.WebAclRuleArgsDict:
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
                    for rule in _ONLY_COUNTED.get(group, ())
                ],
            },
        },
        "visibility_config": {"metric_name": group, **_VISIBILITY},
    }
