"""Alarms on volume: unusually many requests or emails, and emails that are not sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.infra.monitoring.support.alarms import OWN_SETTINGS, Alarm, alarms
from tests.infra.support.combinations import EITHER, Combination, combined
from tests.infra.support.graph import Graph, monitored

if TYPE_CHECKING:
    from pathlib import Path

_HOUR = 3600


@pytest.fixture
def graph(stack_file: Path) -> Graph:
    """What each stack would deploy with all of its monitoring, in turn."""
    return monitored(stack_file)


def _by_runbook(graph: Graph, runbook: str) -> Alarm:
    (match,) = (alarm for alarm in alarms(graph) if alarm.runbook == runbook)
    assert match.severity == "warning"
    return match


def _hourly(graph: Graph, runbook: str) -> Alarm:
    alarm = _by_runbook(graph, runbook)
    assert [(metric.statistic, metric.period) for metric in alarm.metrics] == [("Sum", _HOUR)]
    return alarm


@pytest.mark.parametrize("combination", EITHER, ids="-".join)
def test_volumes_are_configurable(combination: Combination) -> None:
    """More requests or emails in an hour than configured are a warning, as many are not."""
    graph = combined(combination, monitoring="full", alarms=json.dumps(OWN_SETTINGS))
    requests, emails = _hourly(graph, "request-volume"), _hourly(graph, "email-volume")
    assert requests.fires_with(Count=71)
    assert not requests.fires_with(Count=70)
    assert emails.fires_with(EmailsSent=31)
    assert not emails.fires_with(EmailsSent=30)


@pytest.mark.parametrize("combination", EITHER, ids="-".join)
def test_volumes_have_defaults(combination: Combination) -> None:
    """By default more than 100,000 requests or 2,000 emails in an hour are a warning."""
    graph = combined(combination, monitoring="full")
    assert _hourly(graph, "request-volume").resource["threshold"] == 100_000
    assert _hourly(graph, "email-volume").resource["threshold"] == 2_000


def test_suppressed_emails_warn(graph: Graph) -> None:
    """One email that is not sent because of the limit per recipient is a warning."""
    alarm = _hourly(graph, "suppressed-emails")
    assert alarm.watches("EmailsSuppressed", environment=graph.stackfile.stack, service="email")
    assert alarm.fires_with(EmailsSuppressed=1)
    assert not alarm.fires_with()


def test_many_rejected_emails_warn(graph: Graph) -> None:
    """More than 5 % of refused emails is a warning; a mistyped address alone is none."""
    alarm = _by_runbook(graph, "rejected-emails")
    assert alarm.watches("EmailsRejected", environment=graph.stackfile.stack, service="email")
    assert alarm.fires_with(EmailsRejected=2, EmailsSent=18)
    assert not alarm.fires_with(EmailsRejected=1, EmailsSent=19)
    assert not alarm.fires_with(EmailsRejected=1)
    assert not alarm.fires_with(EmailsRejected=19)


def test_rejected_emails_are_no_failed_messages(graph: Graph) -> None:
    """Emails that are rejected, suppressed or skipped are no failed messages."""
    (alarm,) = (each for each in alarms(graph) if each.watches("EmailsFailed", **_email(graph)))
    assert not alarm.fires_with(EmailsRejected=100, EmailsSuppressed=100, EmailsSkipped=100)
    assert not alarm.fires_with(
        EmailsFailed=15, EmailsRejected=100, EmailsSuppressed=100, EmailsSkipped=100
    )
    assert alarm.fires_with(
        EmailsFailed=16, EmailsRejected=100, EmailsSuppressed=100, EmailsSkipped=100
    )


def _email(graph: Graph) -> dict[str, str]:
    return {"environment": graph.stackfile.stack, "service": "email"}
