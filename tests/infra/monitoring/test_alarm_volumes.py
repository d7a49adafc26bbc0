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
    (found,) = (alarm for alarm in alarms(graph) if alarm.runbook == runbook)
    assert found.severity == "warning"
    return found


def _hourly(graph: Graph, runbook: str) -> Alarm:
    found = _by_runbook(graph, runbook)
    assert [(metric.statistic, metric.period) for metric in found.metrics] == [("Sum", _HOUR)]
    return found


@pytest.mark.parametrize("combination", EITHER, ids="-".join)
def test_the_stack_decides_which_volume_is_unusual(combination: Combination) -> None:
    """More requests, or more emails, in an hour than the stack says are a warning, and as many are none."""
    graph = combined(combination, monitoring="full", alarms=json.dumps(OWN_SETTINGS))
    requests, emails = _hourly(graph, "request-volume"), _hourly(graph, "email-volume")
    assert requests.rings(Count=71)
    assert not requests.rings(Count=70)
    assert emails.rings(EmailsSent=31)
    assert not emails.rings(EmailsSent=30)


def test_volumes_have_defaults(graph: Graph) -> None:
    """Every stack warns of 100,000 requests or 2,000 emails in an hour, unless it says otherwise."""
    assert _hourly(graph, "request-volume").resource["threshold"] == 100_000
    assert _hourly(graph, "email-volume").resource["threshold"] == 2_000


def test_suppressed_emails_warn(graph: Graph) -> None:
    """One email that is not sent because of the limit per recipient is a warning."""
    alarm = _hourly(graph, "suppressed-emails")
    assert alarm.watches("EmailsSuppressed", environment=graph.stackfile.stack, service="email")
    assert alarm.rings(EmailsSuppressed=1)
    assert not alarm.rings()


def test_many_rejected_emails_warn(graph: Graph) -> None:
    """More than 5 % of refused emails is a warning; a mistyped address alone is none."""
    alarm = _by_runbook(graph, "rejected-emails")
    assert alarm.watches("EmailsRejected", environment=graph.stackfile.stack, service="email")
    assert alarm.rings(EmailsRejected=2, EmailsSent=18)
    assert not alarm.rings(EmailsRejected=1, EmailsSent=19)
    assert not alarm.rings(EmailsRejected=1)
    assert not alarm.rings(EmailsRejected=19)


def test_orders_are_no_failure_because_their_emails_are_refused(graph: Graph) -> None:
    """Emails that are permanently refused, suppressed or not asked for are handled messages, and no failed ones."""
    (alarm,) = (each for each in alarms(graph) if each.watches("EmailsFailed", **_email(graph)))
    assert not alarm.rings(EmailsRejected=100, EmailsSuppressed=100, EmailsSkipped=100)
    assert not alarm.rings(
        EmailsFailed=15, EmailsRejected=100, EmailsSuppressed=100, EmailsSkipped=100
    )
    assert alarm.rings(EmailsFailed=16, EmailsRejected=100, EmailsSuppressed=100, EmailsSkipped=100)


def _email(graph: Graph) -> dict[str, str]:
    return {"environment": graph.stackfile.stack, "service": "email"}
