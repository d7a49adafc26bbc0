"""The checks of alarms, dashboards and the receivers of alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from release.preflight import monitoring
from tests.release.preflight.support import planned_stacks
from tests.release.preflight.support.account import Account
from tests.release.preflight.support.cases import Case, case_id, verify
from tests.release.preflight.support.planned_stacks import ALL, check

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUBSCRIPTIONS: Final = ("sns", "ListSubscriptionsByTopic")


def _alarm(*, metrics: int = 1, actions: int = 1) -> Mapping[str, Any]:
    queries: list[Mapping[str, Any]] = [{"metric": {}}] * metrics
    return {"name": "an-alarm", "metricQueries": queries, "alarmActions": ["x"] * actions}


def _dashboard(widgets: int, metrics: int) -> Mapping[str, Any]:
    widget: Mapping[str, Any] = {"properties": {"metrics": [[]] * metrics}}
    return {"dashboardName": "a-dashboard", "dashboardBody": {"widgets": [widget] * widgets}}


_CASES: Final = [
    Case("receivers of alarms", "warning", "nobody is notified"),
    Case(
        "receivers of alarms",
        "ok",
        "not deployed yet",
        keys={"alerts": {"emails": ["me@shop-orders.net"]}},
    ),
    Case(
        "receivers of alarms",
        "ok",
        "1 of 1 in alerts have confirmed",
        keys={"alerts": {"emails": ["me@shop-orders.net"]}},
        account={
            _SUBSCRIPTIONS: {
                "Subscriptions": [
                    {"Endpoint": "me@shop-orders.net", "SubscriptionArn": "arn:aws:sns:x"}
                ]
            }
        },
    ),
    Case(
        "receivers of alarms",
        "warning",
        "0 of 2 in alerts have confirmed. Pending: 1, which have to open the link",
        keys={"alerts": {"emails": ["me@shop-orders.net", "you@shop-orders.net"]}},
        account={
            _SUBSCRIPTIONS: {
                "Subscriptions": [
                    {"Endpoint": "me@shop-orders.net", "SubscriptionArn": "PendingConfirmation"}
                ]
            }
        },
    ),
]


@pytest.mark.parametrize("case", _CASES, ids=case_id)
def test_a_check_reports_what_it_sees(case: Case) -> None:
    """A check has the state that its account calls for, and says what it sees and what to do."""
    verify(case)


def test_personal_data_is_not_shown() -> None:
    """No finding shows a receiver's phone number or email address."""
    keys = {"alerts": {"phoneNumbers": ["+15550100"], "emails": ["me@shop-orders.net"]}}
    account = Account(
        {
            ("sns", "ListSMSSandboxPhoneNumbers"): {"PhoneNumbers": []},
            _SUBSCRIPTIONS: {"Subscriptions": []},
        }
    )
    report = check(planned_stacks.without_resources(ALL["prod"], **keys), account)
    text = " ".join(each.line for each in report)
    assert "alerts.phoneNumbers[0]" in text
    assert "5550100" not in text
    assert "me@" not in text


@pytest.mark.parametrize(
    ("alarm", "dashboard", "shows"),
    [
        (_alarm(metrics=10, actions=5), _dashboard(5, 500), "1 alarms and 1 dashboards"),
        (_alarm(metrics=11), _dashboard(1, 1), "an-alarm has more"),
        (_alarm(actions=6), _dashboard(1, 1), "an-alarm has more"),
        (_alarm(), _dashboard(501, 1), "a-dashboard has more"),
        (_alarm(), _dashboard(1, 501), "a-dashboard has more"),
        (_alarm(), _dashboard(6, 500), "a-dashboard has more"),
    ],
)
def test_alarms_and_dashboards_keep_to_limits(
    alarm: Mapping[str, Any], dashboard: Mapping[str, Any], shows: str
) -> None:
    """Metrics and actions of an alarm, and metrics and widgets of a dashboard, are limited."""
    finding = monitoring.judge_limits([alarm], [dashboard])
    assert shows in finding.detail
    assert (finding.state == "ok") == ("more" not in shows)
