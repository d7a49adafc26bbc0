"""The alarms that judge a release: those of the stack, whose actions name one of its topics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tooling.errors import UserError

if TYPE_CHECKING:
    from orderctl.stack import Stack
    from tooling.clients import Client


@dataclass(frozen=True, kw_only=True)
class AlarmStates:
    """The states of a stack's alarms at one time, by name."""

    in_alarm: frozenset[str]
    ok: frozenset[str]
    insufficient_data: frozenset[str]

    def __str__(self) -> str:
        """The number of alarms in each state."""
        counts = {
            "in ALARM": self.in_alarm,
            "OK": self.ok,
            "without data": self.insufficient_data,
        }
        return ", ".join(f"{len(names)} {state}" for state, names in counts.items() if names)


class Alarms:
    """The alarms of a stack."""

    def __init__(self, stack: Stack) -> None:
        self._topics = frozenset(stack.outputs.alarm_topic_arns.values())
        self._client: Client = stack.client("cloudwatch")

    def read(self) -> AlarmStates:
        """Return the states of the alarms.

        Raises:
            UserError: the stack has no alarms, so that nothing could be noticed.
        """
        states: dict[str, str] = {}
        for topic in sorted(self._topics):
            # ActionPrefix also finds topics whose names begin alike.
            pages = self._client.get_paginator("describe_alarms").paginate(
                ActionPrefix=topic, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
            for page in pages:
                for alarm in [*page.get("MetricAlarms", []), *page.get("CompositeAlarms", [])]:
                    if topic in alarm["AlarmActions"]:
                        states[alarm["AlarmName"]] = alarm["StateValue"]
        if not states:
            raise UserError(
                "The stack has no alarms that could judge a new version; nothing was released. "
                "Check the output alarmTopicArns and the permission cloudwatch:DescribeAlarms."
            )
        return AlarmStates(
            in_alarm=_of(states, "ALARM"),
            ok=_of(states, "OK"),
            insufficient_data=_of(states, "INSUFFICIENT_DATA"),
        )


def _of(states: dict[str, str], value: str) -> frozenset[str]:
    return frozenset(name for name, state in states.items() if state == value)
