"""Alarms: metrics, thresholds, severity, runbooks."""

from __future__ import annotations

import re
from itertools import starmap
from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from tests.infra.monitoring.support.alarms import Alarm, alarm_on, alarms
from tests.infra.support.expectations import OUTCOMES, api_metrics, client_packages
from tests.infra.support.graph import Graph, Resource, monitored
from tests.infra.support.handlers import metrics_emitted
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_FIVE_MINUTES = 300


@pytest.fixture
def graph(stack_file: Path) -> Graph:
    """What each stack would deploy with all of its monitoring, in turn."""
    return monitored(stack_file)


def test_every_dead_letter_fires_at_once(graph: Graph) -> None:
    """One message in any dead-letter queue, the relay's included, is critical within a minute."""
    dead = [queue for queue in graph.all(aws.sqs.Queue) if "redrivePolicy" not in queue.inputs]
    assert len(dead) >= 3
    for queue in dead:
        alarm = alarm_on(graph, "ApproximateNumberOfMessagesVisible", QueueName=queue["name"])
        assert alarm.severity == "critical"
        assert alarm.runbook == "dead-letters"
        assert alarm.fires_with(ApproximateNumberOfMessagesVisible=1)
        assert not alarm.fires_with(ApproximateNumberOfMessagesVisible=0)
        assert [(metric.statistic, metric.period) for metric in alarm.metrics] == [("Maximum", 60)]


def test_more_than_one_error_in_twenty_fires(graph: Graph) -> None:
    """More than 5 % failed invocations in periods of 5 minutes is critical for every function."""
    for function in graph.all(aws.lambda_.Function):
        alarm = alarm_on(graph, "Errors", FunctionName=function["name"])
        assert alarm.watches("Invocations", FunctionName=function["name"])
        assert (alarm.severity, alarm.runbook) == ("critical", "function-errors")
        assert alarm.fires_with(Errors=6, Invocations=100)
        assert alarm.fires_with(Errors=2, Invocations=20)
        assert not alarm.fires_with(Errors=5, Invocations=100)
        assert _sums_over_five_minutes(alarm)


def test_every_throttle_fires(graph: Graph) -> None:
    """A throttled invocation is critical if it is synchronous, otherwise a warning."""
    for function in graph.all(aws.lambda_.Function):
        alarm = alarm_on(graph, "Throttles", FunctionName=function["name"])
        severity = "critical" if _package_of(function) in client_packages(graph) else "warning"
        assert (alarm.severity, alarm.runbook) == (severity, "function-throttles")
        assert alarm.fires_with(Throttles=1)
        assert not alarm.fires_with(Throttles=0)
        assert {metric.statistic for metric in alarm.metrics} == {"Sum"}


def test_slow_functions_warn(graph: Graph) -> None:
    """An invocation that takes more than 80 % of the timeout is a warning for every function."""
    for function in graph.all(aws.lambda_.Function):
        alarm = alarm_on(graph, "Duration", FunctionName=function["name"])
        milliseconds = 1000 * function["timeout"]
        assert (alarm.severity, alarm.runbook) == ("warning", "function-duration")
        assert alarm.fires_with(Duration=0.81 * milliseconds)
        assert not alarm.fires_with(Duration=0.8 * milliseconds)
        assert {metric.statistic for metric in alarm.metrics} == {"Maximum"}


def test_a_relay_that_falls_behind_warns(graph: Graph) -> None:
    """A growing iterator age of the relay is a warning, hours before records expire."""
    alarm = alarm_on(graph, "IteratorAge", FunctionName=f"{graph.prefix}relay")
    assert (alarm.severity, alarm.runbook) == ("warning", "stream-iterator-age")
    assert alarm.fires_with(IteratorAge=3_600_000)
    assert not alarm.fires_with(IteratorAge=60_000)
    assert {metric.statistic for metric in alarm.metrics} == {"Maximum"}


def test_messages_that_wait_warn(graph: Graph) -> None:
    """A queue's oldest message is a warning after two attempts, before its last one."""
    for queue in (queue for queue in graph.all(aws.sqs.Queue) if "redrivePolicy" in queue.inputs):
        alarm = alarm_on(graph, "ApproximateAgeOfOldestMessage", QueueName=queue["name"])
        attempts = queue.document("redrivePolicy")["maxReceiveCount"]
        assert (alarm.severity, alarm.runbook) == ("warning", "oldest-message")
        assert alarm.fires_with(
            ApproximateAgeOfOldestMessage=attempts * queue["visibilityTimeoutSeconds"]
        )
        assert not alarm.fires_with(ApproximateAgeOfOldestMessage=queue["visibilityTimeoutSeconds"])


def test_throttled_tables_warn(graph: Graph) -> None:
    """One throttled read or write of any table is a warning."""
    for table in graph.all(aws.dynamodb.Table):
        alarm = alarm_on(graph, "ReadThrottleEvents", TableName=table["name"])
        assert alarm == alarm_on(graph, "WriteThrottleEvents", TableName=table["name"])
        assert (alarm.severity, alarm.runbook) == ("warning", "table-throttles")
        assert alarm.fires_with(ReadThrottleEvents=1)
        assert alarm.fires_with(WriteThrottleEvents=1)
        assert not alarm.fires_with()


@pytest.mark.parametrize(
    ("errors", "severity", "percent", "runbook"),
    [
        ("server_errors", "critical", 1, "api-server-errors"),
        ("client_errors", "warning", 10, "api-client-errors"),
    ],
)
def test_share_of_failed_requests(
    graph: Graph, errors: str, severity: str, percent: int, runbook: str
) -> None:
    """More than 1 % of 5xx in periods of 5 minutes is critical, more than 10 % of 4xx a warning."""
    api = api_metrics(graph)
    metric = getattr(api, errors)
    alarm = alarm_on(graph, metric, **api.dimensions)
    assert (alarm.severity, alarm.runbook) == (severity, runbook)
    assert alarm.fires_with(Count=1000, **{metric: 10 * percent + 1})
    assert not alarm.fires_with(Count=1000, **{metric: 10 * percent})
    assert _sums_over_five_minutes(alarm)


def _sums_over_five_minutes(alarm: Alarm) -> bool:
    return {(metric.statistic, metric.period) for metric in alarm.metrics} == {
        ("Sum", _FIVE_MINUTES)
    }


def test_every_alarm_reaches_the_topic_of_its_severity(graph: Graph) -> None:
    """Alarms publish to the topic of their severity, critical ones also when they return to OK."""
    topics = {"critical": "ops-alerts", "warning": "ops-warnings"}
    for alarm in alarms(graph):
        topic = graph.named(aws.sns.Topic, topics[alarm.severity])
        assert alarm.resource["alarmActions"] == [topic.arn], alarm.resource
        over = alarm.resource.inputs.get("okActions") or []
        assert over == ([topic.arn] if alarm.severity == "critical" else []), alarm.resource
        assert not alarm.resource.inputs.get("insufficientDataActions"), alarm.resource
        assert alarm.resource.inputs.get("actionsEnabled", True), alarm.resource


def test_every_alarm_names_a_section_of_the_runbook(graph: Graph) -> None:
    """Every alarm's description ends with a section that docs/operations.md has."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    anchors = set(starmap(_anchor, re.findall(r"^(#{2,}) (.+)$", text, re.MULTILINE)))
    for alarm in alarms(graph):
        assert alarm.runbook in anchors, (
            f"{alarm.resource}: docs/operations.md has no section #{alarm.runbook}"
        )


def _anchor(_level: str, heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _indexes(table: Resource) -> list[dict[str, str]]:
    return list(table.inputs.get("globalSecondaryIndexes", []))


def _package_of(function: Resource) -> str:
    return str(function["handler"]).split(".")[1]


def test_what_a_handler_counts_as_failed_is_an_error(graph: Graph) -> None:
    """More than 5 % of failed requests or messages is critical, also without failed invocations."""
    for package in client_packages(graph):
        (failed,) = OUTCOMES[package]
        alarm = alarm_on(graph, failed, environment=graph.stackfile.stack, service=package)
        assert (alarm.severity, alarm.runbook) == ("critical", "function-errors")
        assert alarm.fires_with(Invocations=100, Errors=0, **{failed: 6})
        assert not alarm.fires_with(Invocations=100, Errors=0, **{failed: 5})
        assert failed in metrics_emitted(package)


@pytest.mark.parametrize(("rate", "limit"), [("BounceRate", 0.05), ("ComplaintRate", 0.001)])
def test_bounces_and_complaints_warn(graph: Graph, rate: str, limit: float) -> None:
    """A bounce rate above 5 % or a complaint rate above 0.1 % is a warning."""
    if graph.config("smtp"):
        assert all(
            metric.namespace != "AWS/SES" for alarm in alarms(graph) for metric in alarm.metrics
        )
        return
    (used,) = graph.all(aws.sesv2.ConfigurationSet)
    alarm = alarm_on(
        graph, f"Reputation.{rate}", **{"ses:configuration-set": used["configurationSetName"]}
    )
    assert (alarm.severity, alarm.runbook) == ("warning", "bounces-and-complaints")
    assert alarm.fires_with(**{f"Reputation.{rate}": 1.1 * limit})
    assert not alarm.fires_with(**{f"Reputation.{rate}": limit})
    assert {(metric.statistic, metric.period) for metric in alarm.metrics} == {("Average", 3600)}


def test_without_ses_there_are_no_ses_alarms(customised: Graph) -> None:
    """With SMTP there are no figures of SES's to watch."""
    test_bounces_and_complaints_warn(customised, "BounceRate", 0.05)


def test_a_throttled_index_warns(graph: Graph) -> None:
    """A read or write that an index throttles is a warning."""
    for table in graph.all(aws.dynamodb.Table):
        for index in _indexes(table):
            dimensions = {"TableName": table["name"], "GlobalSecondaryIndexName": index["name"]}
            of_table = alarm_on(graph, "ReadThrottleEvents", TableName=table["name"])
            assert of_table == alarm_on(graph, "WriteThrottleEvents", **dimensions)
            assert of_table == alarm_on(graph, "ReadThrottleEvents", **dimensions)


def test_an_expression_is_over_one_period(graph: Graph) -> None:
    """All metrics of an alarm have the same period."""
    for alarm in alarms(graph):
        assert len({metric.period for metric in alarm.metrics}) == 1, alarm.resource
