"""The web application firewall: what it turns away, what it lets pass, and what it remembers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi_aws as aws
import pytest

from infra.config.values import MANAGED_RULE_GROUPS
from tests.infra.support.features import full
from tests.infra.support.gateways import Front, front_door, rest
from tests.infra.support.graph import leaves, token

if TYPE_CHECKING:
    from tests.infra.support.graph import Graph

_COMMON = "AWSManagedRulesCommonRuleSet"

# What web ACLs may hold without more to pay, and what rules need of it.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html
_CAPACITY = 1500
_UNITS = {
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "rate-limit": 2,
}


def _protected(**config: str) -> Graph:
    return rest(waf="true", **config)


def _rules(graph: Graph) -> list[dict[str, Any]]:
    (acl,) = graph.all(aws.wafv2.WebAcl)
    found: list[dict[str, Any]] = sorted(acl["rules"], key=lambda rule: rule["priority"])
    return found


def _managed(graph: Graph) -> dict[str, dict[str, Any]]:
    managed = [rule["statement"].get("managedRuleGroupStatement") for rule in _rules(graph)]
    return {statement["name"]: statement for statement in managed if statement}


def test_every_request_goes_through_the_firewall() -> None:
    """A regional web ACL stands before the API's stage."""
    graph = _protected()
    (acl,) = graph.all(aws.wafv2.WebAcl)
    (association,) = graph.all(aws.wafv2.WebAclAssociation)
    (stage,) = graph.all(aws.apigateway.Stage)
    assert acl["scope"] == "REGIONAL"
    assert (association["webAclArn"], association["resourceArn"]) == (acl.arn, stage.arn)


def test_what_no_rule_stops_is_let_through() -> None:
    """The firewall lets pass what it has nothing against, and blocks what it has."""
    graph = _protected()
    (acl,) = graph.all(aws.wafv2.WebAcl)
    assert acl["defaultAction"] == {"allow": {}}
    for rule in _rules(graph):
        assert rule.get("action", rule.get("overrideAction")) in ({"block": {}}, {"none": {}}), rule


@pytest.mark.parametrize(("config", "limit"), [({}, 2000), ({"wafRateLimit": "50"}, 50)])
def test_who_asks_too_often_is_turned_away_first(config: dict[str, str], limit: int) -> None:
    """The first rule turns an IP address away when it asks more often than the stack says within 5 minutes."""
    first, *_ = _rules(_protected(**config))
    assert first["action"] == {"block": {}}
    assert first["statement"] == {
        "rateBasedStatement": {"limit": limit, "aggregateKeyType": "IP", "evaluationWindowSec": 300}
    }


@pytest.mark.parametrize(
    ("config", "groups"),
    [
        ({}, MANAGED_RULE_GROUPS),
        (
            {"wafManagedRuleGroups": '["AWSManagedRulesSQLiRuleSet"]'},
            ["AWSManagedRulesSQLiRuleSet"],
        ),
        ({"wafManagedRuleGroups": "[]"}, []),
    ],
)
def test_the_stack_chooses_among_the_rule_groups_of_aws(
    config: dict[str, str], groups: list[str]
) -> None:
    """The firewall applies the groups of AWS's that the stack names, in their order."""
    managed = _managed(_protected(**config))
    assert list(managed) == groups
    assert all(statement["vendorName"] == "AWS" for statement in managed.values())


def test_orders_that_the_api_takes_are_let_through() -> None:
    """Rules that would refuse valid orders only count: large bodies, no User-Agent, IDs that look like files."""
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


def test_rules_are_told_apart() -> None:
    """Each rule has a name, a priority and a metric of its own."""
    rules = _rules(_protected())
    assert [rule["priority"] for rule in rules] == list(range(len(rules)))
    for names in (
        [rule["name"] for rule in rules],
        [rule["visibilityConfig"]["metricName"] for rule in rules],
    ):
        assert len(set(names)) == len(rules)


def test_nothing_of_a_request_is_kept() -> None:
    """The firewall counts in metrics, and keeps no samples, which would hold personal data."""
    (acl,) = _protected().all(aws.wafv2.WebAcl)
    kept = [value for path, value in leaves(acl.inputs) if path.endswith("sampledRequestsEnabled")]
    counted = [
        value for path, value in leaves(acl.inputs) if path.endswith("cloudwatchMetricsEnabled")
    ]
    assert len(kept) == len(counted) == len(acl["rules"]) + 1
    assert not any(kept)
    assert all(counted)


def test_the_rules_fit_into_one_acl() -> None:
    """The groups of the default need no more capacity than is included."""
    assert sum(_UNITS[rule["name"]] for rule in _rules(_protected())) <= _CAPACITY


def test_a_preview_shows_the_same() -> None:
    """A preview registers the same firewall as an update."""
    before = front_door(Front("rest", "none"), preview=True, waf="true")
    (acl,), (known,) = before.all(aws.wafv2.WebAcl), _protected().all(aws.wafv2.WebAcl)
    assert json.dumps(acl.inputs, sort_keys=True) == json.dumps(known.inputs, sort_keys=True)
    assert len(before.all(aws.wafv2.WebAclAssociation)) == 1


def test_the_stack_has_the_firewall_of_its_front_door() -> None:
    """The whole stack's firewall is the one that the other tests look at."""
    (acl,), (alone,) = full("queued").all(aws.wafv2.WebAcl), _protected().all(aws.wafv2.WebAcl)
    assert acl["rules"] == alone["rules"]


def test_without_a_word_there_is_no_firewall(graph: Graph) -> None:
    """A stack that asks for none has none."""
    assert not {token(aws.wafv2.WebAcl), token(aws.wafv2.WebAclAssociation)} & {
        r.type for r in graph.resources
    }
