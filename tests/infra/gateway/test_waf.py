"""AWS WAF: the web ACL of a REST API, its rules and its metrics."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi_aws as aws
import pytest

from infra.config.objects import Waf
from tests.infra.support.features import full
from tests.infra.support.gateways import Variant, gateway_graph, rest
from tests.infra.support.graph import leaves, token

if TYPE_CHECKING:
    from tests.infra.support.graph import Graph

_COMMON = "AWSManagedRulesCommonRuleSet"

# The web ACL capacity units (WCU) that the price includes, and those of each rule.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html
_CAPACITY = 1500
_UNITS = {
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "rate-limit": 2,
}


def _protected(**waf: Any) -> Graph:
    return rest(rest=json.dumps({"waf": waf}))


def _rules(graph: Graph) -> list[dict[str, Any]]:
    (acl,) = graph.all(aws.wafv2.WebAcl)
    rules: list[dict[str, Any]] = sorted(acl["rules"], key=lambda rule: rule["priority"])
    return rules


def _managed(graph: Graph) -> dict[str, dict[str, Any]]:
    managed = [rule["statement"].get("managedRuleGroupStatement") for rule in _rules(graph)]
    return {statement["name"]: statement for statement in managed if statement}


def test_the_web_acl_is_associated_with_the_stage() -> None:
    """The web ACL is regional, and protects the API's stage."""
    graph = _protected()
    (acl,) = graph.all(aws.wafv2.WebAcl)
    (association,) = graph.all(aws.wafv2.WebAclAssociation)
    (stage,) = graph.all(aws.apigateway.Stage)
    assert acl["scope"] == "REGIONAL"
    assert (association["webAclArn"], association["resourceArn"]) == (acl.arn, stage.arn)


def test_the_default_action_is_to_allow() -> None:
    """The web ACL allows what no rule blocks, and rules block or count."""
    graph = _protected()
    (acl,) = graph.all(aws.wafv2.WebAcl)
    assert acl["defaultAction"] == {"allow": {}}
    for rule in _rules(graph):
        assert rule.get("action", rule.get("overrideAction")) in ({"block": {}}, {"none": {}}), rule


@pytest.mark.parametrize(("config", "limit"), [({}, 2000), ({"rateLimit": 50}, 50)])
def test_the_first_rule_blocks_by_rate(config: dict[str, int], limit: int) -> None:
    """The rate-based rule blocks an IP address above the stack's limit in 5 minutes."""
    first, *_ = _rules(_protected(**config))
    assert first["action"] == {"block": {}}
    assert first["statement"] == {
        "rateBasedStatement": {"limit": limit, "aggregateKeyType": "IP", "evaluationWindowSec": 300}
    }


@pytest.mark.parametrize(
    ("config", "groups"),
    [
        ({}, Waf().managed_rule_groups),
        (
            {"managedRuleGroups": ["AWSManagedRulesSQLiRuleSet"]},
            ["AWSManagedRulesSQLiRuleSet"],
        ),
        ({"managedRuleGroups": []}, []),
    ],
)
def test_the_stack_chooses_the_managed_rule_groups(
    config: dict[str, list[str]], groups: list[str]
) -> None:
    """The web ACL has the managed rule groups of the stack, in their order."""
    managed = _managed(_protected(**config))
    assert list(managed) == groups
    assert all(statement["vendorName"] == "AWS" for statement in managed.values())


def test_rules_that_would_block_valid_orders_only_count() -> None:
    """These are rules about large bodies, no User-Agent, and IDs that look like file names."""
    managed = _managed(_protected())
    counted = {
        override["name"]: override["actionToUse"]
        for override in managed[_COMMON].get("ruleActionOverrides", [])
    }
    assert counted.keys() == {
        "SizeRestrictions_BODY",
        "NoUserAgent_HEADER",
        "RestrictedExtensions_URIPATH",
    }
    assert all(action == {"count": {}} for action in counted.values())
    assert not any(
        managed[group].get("ruleActionOverrides") for group in managed if group != _COMMON
    )


def test_rules_have_unique_names_priorities_and_metrics() -> None:
    """AWS evaluates rules by priority, and counts each in its own metric."""
    rules = _rules(_protected())
    assert [rule["priority"] for rule in rules] == list(range(len(rules)))
    for names in (
        [rule["name"] for rule in rules],
        [rule["visibilityConfig"]["metricName"] for rule in rules],
    ):
        assert len(set(names)) == len(rules)


def test_no_requests_are_sampled() -> None:
    """All rules have metrics and no samples, which would hold personal data."""
    (acl,) = _protected().all(aws.wafv2.WebAcl)
    sampled = [
        value for path, value in leaves(acl.inputs) if path.endswith("sampledRequestsEnabled")
    ]
    metrics = [
        value for path, value in leaves(acl.inputs) if path.endswith("cloudwatchMetricsEnabled")
    ]
    assert len(sampled) == len(metrics) == len(acl["rules"]) + 1
    assert not any(sampled)
    assert all(metrics)


def test_the_rules_fit_into_the_capacity_of_a_web_acl() -> None:
    """The default rule groups need no more units than the price includes."""
    assert sum(_UNITS[rule["name"]] for rule in _rules(_protected())) <= _CAPACITY


def test_a_preview_shows_the_same() -> None:
    """A preview registers the same web ACL as an update."""
    before = gateway_graph(Variant("rest", "none"), preview=True, rest='{"waf":{}}')
    (previewed,), (deployed,) = before.all(aws.wafv2.WebAcl), _protected().all(aws.wafv2.WebAcl)
    assert json.dumps(previewed.inputs, sort_keys=True) == json.dumps(
        deployed.inputs, sort_keys=True
    )
    assert len(before.all(aws.wafv2.WebAclAssociation)) == 1


def test_a_whole_stack_has_the_same_rules() -> None:
    """`__main__.py` creates the web ACL that the other tests read."""
    (acl,), (alone,) = full("queued").all(aws.wafv2.WebAcl), _protected().all(aws.wafv2.WebAcl)
    assert acl["rules"] == alone["rules"]


def test_without_waf_there_is_no_web_acl(graph: Graph) -> None:
    """A stack without `waf` has neither a web ACL nor an association."""
    assert not {token(aws.wafv2.WebAcl), token(aws.wafv2.WebAclAssociation)} & {
        r.type for r in graph.resources
    }
