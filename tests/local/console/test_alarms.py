"""Alarms on the console, and their runbooks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from infra.monitoring.alarms.alarm import Alarm
from local.console.alarms import threshold_of
from local.console.app import create_app
from local.console.runbook import anchor_of, without_runbook
from local.monitoring.alarms import AlarmStatus
from tests.local.console.support import TOKEN, Browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.orderctl.support.operator import OperatorStack

_PREFIX = "orders-local-"
_NAME = re.compile("<h2>([^<]+)</h2>")


@pytest.fixture
def alarms(operator: OperatorStack) -> Iterator[Any]:
    """CloudWatch with two of the stack's alarms, one of which fires, and another stack's."""
    client = operator.stack.client("cloudwatch")
    names = [f"{_PREFIX}email-errors", f"{_PREFIX}email-dead-letters", "orders-prod-email-errors"]
    for name in names:
        client.put_metric_alarm(
            AlarmName=name,
            AlarmDescription="[critical] It <b>holds</b>. Runbook: docs/operations.md#dead-letters",
            MetricName="ApproximateNumberOfMessagesVisible",
            Namespace="AWS/SQS",
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
        )
    client.set_alarm_state(AlarmName=names[1], StateValue="OK", StateReason="fine")
    client.set_alarm_state(AlarmName=names[0], StateValue="ALARM", StateReason="1 message")
    yield client
    client.delete_alarms(AlarmNames=names)


@pytest.mark.usefixtures("alarms")
def test_alarms_that_fire_are_first(browser: Browser) -> None:
    """An alarm has its state, reason, threshold, description and runbook; those in ALARM first."""
    page = browser.get("/alarms").text
    assert _NAME.findall(page) == ["email-errors", "email-dead-letters"]
    assert "1 in ALARM" in page
    assert "1 message" in page
    assert "Fires above 0 in 1 period of 1 minute." in page
    assert "It &lt;b&gt;holds&lt;/b&gt;." in page
    assert "prod" not in page
    assert 'href="/runbook/dead-letters"' in page


@pytest.mark.usefixtures("alarms")
def test_alarms_that_are_not_evaluated_say_why(deployment: Any, activity: Any, faults: Any) -> None:
    """An alarm whose state stands still on the emulator is the last, and has the reason."""
    status = AlarmStatus(
        name=f"{_PREFIX}email-dead-letters",
        label="email-dead-letters",
        description="",
        state="OK",
        reason="",
        not_evaluated="there is no metric",
    )
    options = {"deployment": deployment, "activity": activity, "faults": faults}
    browser = Browser(create_app(**options, token=TOKEN, alarms=lambda: [status]))
    browser.open()

    page = browser.get("/alarms").text

    assert _NAME.findall(page) == ["email-errors", "email-dead-letters"]
    assert "Not evaluated here: there is no metric." in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "above 5 in 2 of 3 periods of 5 minutes"),
        ({"EvaluationPeriods": 1}, "above 5 in 1 period of 5 minutes"),
        ({"ComparisonOperator": "LessThanThreshold"}, "below 5 in 2 of 3 periods of 5 minutes"),
        ({"Threshold": 300000.0}, "above 300,000 in 2 of 3 periods of 5 minutes"),
        ({"Threshold": 0.001}, "above 0.001 in 2 of 3 periods of 5 minutes"),
        ({"Period": 10}, "above 5 in 2 of 3 periods of 10 seconds"),
        (
            {"Period": 60, "Metrics": [{"Id": "r"}, {"MetricStat": {"Period": 3600}}]},
            "above 5 in 2 of 3 periods of 60 minutes",
        ),
    ],
)
def test_thresholds_are_in_words(changes: dict[str, Any], words: str) -> None:
    """A threshold is a phrase, with the periods of metric math as well."""
    alarm = {
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 5.0,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Period": 300,
    }
    assert threshold_of({**alarm, **changes}) == words


def test_the_descriptions_of_alarms_name_runbooks() -> None:
    """The anchor in the description that the program writes is read."""
    alarm = Alarm(
        label="a", severity="critical", summary="It fails.", runbook="b-c", metrics=(), threshold=0
    )
    assert anchor_of(alarm.description) == "b-c"
    assert without_runbook(alarm.description) == "[critical] It fails."
    assert anchor_of("another") is None


def test_a_runbook_is_a_section_of_the_document(browser: Browser) -> None:
    """A runbook has its own section alone, and its links lead to pages of the console."""
    page = browser.get("/runbook/dead-letters").text
    assert "<h1>Runbook: Dead letters</h1>" in page
    assert "orderctl dlq redrive" in page
    assert 'href="/runbook/' in page
    assert ".md" not in page
    assert "Oldest message" not in page
    assert browser.get("/runbook/nowhere").status_code == 404
