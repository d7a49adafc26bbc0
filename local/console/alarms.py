"""The alarms with their states, thresholds and runbooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from local.console import runbook
from local.console.pages import console_of, page
from local.monitoring.alarm_states import Rule, UnsupportedAlarmError
from local.monitoring.alarms import deployed_alarms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

_FIRING = "ALARM"
_TONES = {_FIRING: "bad", "OK": "good"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """An alarm as CloudWatch reports it; `not_evaluated` is why its state stands still here."""

    name: str
    state: str
    since: datetime
    reason: str
    description: str
    threshold: str
    anchor: str | None
    not_evaluated: str | None

    @classmethod
    def of(cls, alarm: Mapping[str, Any], *, prefix: str, not_evaluated: str | None) -> Row:
        """Return the row of an alarm, whose name begins with the stack's prefix."""
        description = alarm.get("AlarmDescription") or ""
        return cls(
            name=alarm["AlarmName"].removeprefix(prefix),
            state=alarm["StateValue"],
            since=alarm["StateUpdatedTimestamp"],
            reason=alarm.get("StateReason") or "",
            description=runbook.without_runbook(description),
            threshold=threshold_of(alarm),
            anchor=runbook.anchor_of(description),
            not_evaluated=not_evaluated,
        )

    @property
    def tone(self) -> str:
        """The tone of its state."""
        return _TONES.get(self.state, "")


def show(request: Request) -> Response:
    """Show every alarm: those that fire first, those that are not evaluated here last."""
    console = console_of(request)
    prefix = console.deployment.settings.prefix
    unevaluated = {status.name: status.not_evaluated for status in console.alarms()}
    rows = [
        Row.of(alarm, prefix=prefix, not_evaluated=unevaluated.get(alarm["AlarmName"]))
        for alarm in deployed_alarms(console.deployment.emulator.client, prefix)
    ]
    rows.sort(key=lambda row: (row.state != _FIRING, row.not_evaluated is not None, row.name))
    firing = sum(row.state == _FIRING for row in rows)
    return page(request, "alarms.html", rows=rows, firing=firing)


def threshold_of(alarm: Mapping[str, Any]) -> str:
    """Return when an alarm fires, in words; for anomaly detection, the name of its comparison."""
    try:
        rule = Rule.of(alarm)
    except UnsupportedAlarmError as error:
        return str(error)
    metrics = [each["MetricStat"] for each in alarm.get("Metrics", ()) if "MetricStat" in each]
    return rule.in_words(metrics[0]["Period"] if metrics else alarm.get("Period"))


routes: list[BaseRoute] = [Route("/alarms", show)]
