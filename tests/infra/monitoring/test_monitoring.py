"""The key `monitoring`: what each level has and costs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from costs.stacks import ALARM_METRICS
from tests.infra.monitoring.support.alarms import ESSENTIAL, Alarm, alarms
from tests.infra.support.combinations import EITHER, Combination, combined
from tests.infra.support.features import REGIONS, monitored_in
from tests.infra.support.graph import STACK_FILES, deployed, leaves, monitored, token
from tests.infra.support.policies import statements

if TYPE_CHECKING:
    from tests.infra.support.graph import Graph, Resource

_ALARM = token(aws.cloudwatch.MetricAlarm)
_DASHBOARD = token(aws.cloudwatch.Dashboard)
_QUERY = token(aws.cloudwatch.QueryDefinition)
_SUBSCRIPTION = token(aws.sns.TopicSubscription)


def _of(graph: Graph, kind: str) -> list[Resource]:
    return [resource for resource in graph.resources if resource.type == kind]


def _topics(graph: Graph) -> set[str]:
    return {topic["name"].removeprefix(graph.prefix) for topic in graph.all(aws.sns.Topic)}


def _runbooks(graph: Graph) -> set[str]:
    return {Alarm.of(resource).runbook for resource in _of(graph, _ALARM)}


@pytest.mark.parametrize("combination", EITHER, ids="-".join)
def test_essential_has_alarms_for_lost_and_refused_orders(combination: Combination) -> None:
    """`essential` has exactly the alarms for dead letters, 5xx, waiting messages and the stream."""
    full, essential = (combined(combination, monitoring=level) for level in ("full", "essential"))
    assert _runbooks(essential) == ESSENTIAL < _runbooks(full)
    expected = {
        alarm.resource.urn: alarm.resource.inputs
        for alarm in alarms(full)
        if alarm.runbook in ESSENTIAL
    }
    assert {alarm.resource.urn: alarm.resource.inputs for alarm in alarms(essential)} == expected
    assert _topics(essential) == _topics(full)
    assert len(_of(essential, _QUERY)) == len(_of(full, _QUERY)) == 2
    assert not _of(essential, _DASHBOARD)
    assert essential.outputs["dashboardUrls"] == {}


@pytest.mark.parametrize("combination", EITHER, ids="-".join)
def test_none_removes_monitoring_only(combination: Combination) -> None:
    """`none` removes monitoring with topics and receivers, and changes nothing else."""
    full, none = (combined(combination, monitoring=level) for level in ("full", "none"))
    of_monitoring = {r.urn for r in full.resources if r.name.partition("-")[0] == "monitoring"}
    assert of_monitoring
    everything_else = {r.urn: r.inputs for r in full.resources if r.urn not in of_monitoring}
    assert {r.urn: r.inputs for r in none.resources}.keys() == everything_else.keys()
    assert none.outputs == {**full.outputs, "alarmTopicArns": {}, "dashboardUrls": {}}


@pytest.mark.parametrize("level", ["full", "essential", "none"])
@pytest.mark.parametrize("combination", EITHER, ids="-".join)
def test_detailed_metrics_only_with_a_dashboard(combination: Combination, level: str) -> None:
    """The gateway's detailed metrics are on exactly where a dashboard shows them."""
    graph = combined(combination, monitoring=level)
    if combination.gateway == "http":
        (stage,) = graph.all(aws.apigatewayv2.Stage)
        detailed = stage["defaultRouteSettings"]["detailedMetricsEnabled"]
    else:
        (method,) = graph.all(aws.apigateway.MethodSettings)
        detailed = method["settings"]["metricsEnabled"]
    read = any("Method,Resource" in board["dashboardBody"] for board in _of(graph, _DASHBOARD))
    assert detailed is read is (level == "full")


def _unwatched(*, preview: bool = False) -> Graph:
    """A stack that is not watched, although it names receivers, and has a key of its own."""
    receivers = {
        "alerts": '{"emails":["a@shop-orders.net"]}',
        "warnings": '{"webhooks":["https://chat.shop-orders.net/x"]}',
    }
    return combined(
        EITHER[0], preview=preview, encryption="customer", monitoring="none", **receivers
    )


def test_without_monitoring_there_are_no_subscriptions() -> None:
    """With `none`, receivers may stay in the configuration, also in a preview."""
    before, graph = _unwatched(preview=True), _unwatched()
    assert all(subscription["protocol"] == "sqs" for subscription in _of(graph, _SUBSCRIPTION))
    assert [resource.urn for resource in before.resources] == [
        resource.urn for resource in graph.resources
    ]


def test_outputs_name_both_topics() -> None:
    """The outputs hold the ARN of each topic by its severity."""
    graph = deployed(STACK_FILES[0])
    names = {"critical": "ops-alerts", "warning": "ops-warnings"}
    topics = {severity: graph.named(aws.sns.Topic, name).arn for severity, name in names.items()}
    assert graph.outputs["alarmTopicArns"] == topics


def test_the_topic_of_critical_alarms_keeps_its_identity(customised: Graph) -> None:
    """The topic of critical alarms and its subscriptions keep their names."""
    topic = customised.named(aws.sns.Topic, "ops-alerts")
    assert topic.name == "monitoring-topic"
    subscriptions = [each for each in _of(customised, _SUBSCRIPTION) if each["topic"] == topic.arn]
    names = [each.name for each in subscriptions if each["protocol"] == "email"]
    assert len(names) == 2
    assert all(re.fullmatch("monitoring-email-[0-9a-f]{8}", name) for name in names)


def test_without_monitoring_the_key_admits_no_alarms() -> None:
    """The key policy allows CloudWatch the two topics that exist, and no others."""
    for graph, admitted in (
        (combined(EITHER[0], encryption="customer"), True),
        (_unwatched(), False),
    ):
        (key,) = graph.all(aws.kms.Key)
        services = {
            each.principal.get("Service")
            for each in statements(key)
            if isinstance(each.principal, dict)
        }
        assert ("cloudwatch.amazonaws.com" in services) is admitted


def test_two_regions_have_dashboards_of_their_own() -> None:
    """The same stack in another region has dashboards with other names."""
    names = [
        {board["dashboardName"] for board in graph.all(aws.cloudwatch.Dashboard)}
        for graph in map(monitored_in, REGIONS)
    ]
    assert all(len(each) == 2 for each in names)
    assert not names[0] & names[1]


@pytest.mark.parametrize("level", ALARM_METRICS)
def test_what_monitoring_costs_is_calculated(level: str) -> None:
    """The costs of each level (docs/scale.md) are those of the metrics of its alarms."""
    watched = _of(combined(EITHER[0], monitoring=level), _ALARM)
    assert sum(len(Alarm.of(resource).metrics) for resource in watched) == ALARM_METRICS[level]


def test_dashboards_show_confirmations_that_were_not_sent() -> None:
    """The operations dashboard shows sent, rejected, suppressed and skipped emails."""
    graph = monitored(STACK_FILES[0])
    shown = {
        str(value)
        for board in _of(graph, _DASHBOARD)
        for _, value in leaves(board.document("dashboardBody"))
    }
    assert {
        "EmailsSent",
        "EmailsFailed",
        "EmailsRejected",
        "EmailsSuppressed",
        "EmailsSkipped",
    } <= shown
