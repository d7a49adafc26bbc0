"""What each kind of alarm means: series of its metrics, and the state that they lead to.

A period is a mapping of values by metric; a metric without a value has no data in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from local.monitoring.alarm_states import State
    from tests.infra.monitoring.support.alarms import Alarm

Period = dict[str, float]

BREACHING: Final = "breaching"
HEALTHY: Final = "healthy"
SPARSE: Final = "sparse"
MISSING: Final = "missing"

# Longer than any evaluation, with the datapoints that CloudWatch reads before.
_LONG: Final = 10


class Case(NamedTuple):
    """A series, and the state at its end; `before` is the state at its begin."""

    kind: str
    periods: Sequence[Mapping[str, float]]
    state: State
    before: State = "OK"


def cases(alarm: Alarm) -> list[Case]:
    """The cases of an alarm, by its label.

    Raises:
        AssertionError: no kind of alarm has this label, or more than one.
    """
    matches = [each for pattern, each in _KINDS.items() if re.fullmatch(pattern, alarm.label)]
    assert len(matches) == 1, f"{len(matches)} kinds of alarms have the label {alarm.label}"
    return matches[0](alarm)


def _missing(*, after_alarm: State) -> list[Case]:
    """Without any data an alarm does not fire; one in ALARM returns to OK, or stays."""
    nothing: list[Period] = [{}] * _LONG
    return [Case(MISSING, nothing, "OK"), Case(MISSING, nothing, after_alarm, before="ALARM")]


def _event(alarm: Alarm) -> list[Case]:
    """One event fires at once. Its metric has data only while things happen."""
    (name,) = (metric.name for metric in alarm.metrics)
    return [
        Case(BREACHING, [{name: 1}], "ALARM"),
        Case(HEALTHY, [{name: 0}] * _LONG, "OK"),
        Case(HEALTHY, [{name: 1}, {name: 0}], "OK", before="ALARM"),
        Case(SPARSE, [{}, {}, {name: 1}], "ALARM"),
        *_missing(after_alarm="OK"),
    ]


def _any_event(alarm: Alarm) -> list[Case]:
    """One event of any metric fires, also if it is seen one period late."""
    names = list(dict.fromkeys(metric.name for metric in alarm.metrics))
    return [
        *(Case(BREACHING, [{name: 1}], "ALARM") for name in names),
        *(Case(SPARSE, [{}, {}, {name: 1}, {}], "ALARM") for name in names),
        Case(HEALTHY, [dict.fromkeys(names, 0.0)] * _LONG, "OK"),
        Case(HEALTHY, [dict.fromkeys(names, 1.0), {}, {}], "OK"),
        *_missing(after_alarm="OK"),
    ]


def _limit(alarm: Alarm) -> list[Case]:
    """A value above the threshold fires at once, the threshold itself does not."""
    (name,) = (metric.name for metric in alarm.metrics)
    threshold = float(alarm.resource["threshold"])
    return [
        Case(BREACHING, [{name: 1.01 * threshold}], "ALARM"),
        Case(HEALTHY, [{name: threshold}] * _LONG, "OK"),
        Case(HEALTHY, [{name: 0.1 * threshold}] * _LONG, "OK"),
        Case(SPARSE, [{}, {name: 1.01 * threshold}], "ALARM"),
        Case(SPARSE, [{name: 0.9 * threshold}, {}, {name: 0.9 * threshold}, {}], "OK"),
        *_missing(after_alarm="OK"),
    ]


def _state(alarm: Alarm) -> list[Case]:
    """As `_limit`; the alarm keeps its state without data, because what it reports stays."""
    (name,) = (metric.name for metric in alarm.metrics)
    threshold = float(alarm.resource["threshold"])
    above = 1.01 * threshold or 1.0
    return [
        Case(BREACHING, [{name: above}], "ALARM"),
        Case(HEALTHY, [{name: threshold}] * _LONG, "OK"),
        Case(HEALTHY, [{name: above}, {name: threshold}], "OK"),
        Case(SPARSE, [{name: above}, {}, {}, {}, {}], "ALARM"),
        Case(SPARSE, [{name: threshold}, {}, {}, {}, {}], "OK"),
        *_missing(after_alarm="ALARM"),
    ]


def _share(
    failed: Callable[[float, float], Period], percent: int, *, sees_outage: bool = False
) -> list[Case]:
    """Two of three periods above the percentage fire, each of at least twenty.

    Args:
        failed: Returns a period by the numbers of all and of failed invocations, or requests.
        percent: The percentage.
        sees_outage: Whether a period below twenty counts in which everything failed.
    """
    bad, good = failed(1000, 10 * percent + 1), failed(1000, 10 * percent)
    return [
        Case(BREACHING, [bad, bad], "ALARM"),
        Case(BREACHING, [bad, good, bad], "ALARM"),
        Case(HEALTHY, [good] * _LONG, "OK"),
        Case(HEALTHY, [bad, good, good, bad], "OK"),
        Case(HEALTHY, [bad, bad, good, good], "OK"),
        Case(SPARSE, [failed(1, 1)] * _LONG, "OK"),
        Case(SPARSE, [failed(19, 2)] * _LONG, "OK"),
        Case(SPARSE, [bad, {}, bad], "ALARM"),
        Case(SPARSE, [failed(3, 3), {}, failed(3, 3)], "ALARM" if sees_outage else "OK"),
        *_missing(after_alarm="OK"),
    ]


def _function_errors(alarm: Alarm) -> list[Case]:
    """Failed invocations, and the requests that the handler counts as failed, if it counts."""
    invocations, *failures = [metric.name for metric in alarm.metrics]
    sees_outage = alarm.label == "relay-errors"

    def of(name: str) -> list[Case]:
        return _share(
            lambda whole, failed: {invocations: whole, name: failed}, 5, sees_outage=sees_outage
        )

    return [case for name in failures for case in of(name)]


def _messages(alarm: Alarm) -> list[Case]:
    """Failed messages, as a share of them and those of any success metric."""
    failed_name, *handled = [metric.name for metric in alarm.metrics]

    def of(name: str) -> list[Case]:
        return _share(lambda whole, failed: {failed_name: failed, name: whole - failed}, 5)

    return [case for name in handled for case in of(name)]


def _responses(percent: int, *, sees_outage: bool) -> Callable[[Alarm], list[Case]]:
    """Failed responses, as a share of the requests."""

    def of_alarm(alarm: Alarm) -> list[Case]:
        failed_name, count = [metric.name for metric in alarm.metrics]
        return _share(
            lambda whole, failed: {count: whole, failed_name: failed},
            percent,
            sees_outage=sees_outage,
        )

    return of_alarm


def _switch(alarm: Alarm) -> list[Case]:
    """Operators write 1 or 0; without data Route 53 keeps the last status of its health check."""
    (name,) = (metric.name for metric in alarm.metrics)
    nothing: list[Period] = [{}] * _LONG
    return [
        Case(BREACHING, [{name: 1}], "ALARM"),
        Case(HEALTHY, [{name: 0}], "OK", before="ALARM"),
        Case(SPARSE, [{}, {}, {name: 1}], "ALARM"),
        Case(MISSING, nothing, "INSUFFICIENT_DATA"),
        Case(MISSING, [{name: 1}, *nothing], "INSUFFICIENT_DATA"),
    ]


_KINDS: Final[Mapping[str, Callable[[Alarm], list[Case]]]] = {
    r"\w+-errors": _function_errors,
    r"\w+-failed-messages": _messages,
    r"\w+-throttles": _event,
    r"\w+-duration": _limit,
    r"relay-iterator-age": _limit,
    r"\w+-dead-letters": _state,
    r"\w+-oldest-message": _limit,
    r"[\w-]+-table-throttles": _any_event,
    r"api-server-errors": _responses(1, sees_outage=True),
    r"api-client-errors": _responses(10, sees_outage=False),
    r"api-request-volume": _limit,
    r"email-volume": _limit,
    r"email-suppressed": _event,
    r"email-rejected": _messages,
    r".+-failover-alarm": _switch,
    r"email-(bounces|complaints)": _state,
}
