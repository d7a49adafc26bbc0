"""States of CloudWatch alarms: from the datapoints of a metric to OK, ALARM, INSUFFICIENT_DATA.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Self, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from local.monitoring.metric_math import Value

State: TypeAlias = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
MissingData: TypeAlias = Literal["missing", "ignore", "breaching", "notBreaching"]

# CloudWatch reads more datapoints than it evaluates, so that data that comes late does not look
# missing. AWS does not say how many; these are those of the examples in its documentation.
EXTRA_PERIODS: Final = 2

_MINUTE: Final = 60


class _Comparison(NamedTuple):
    test: Callable[[float, float], bool]
    sign: str
    words: str


_COMPARISONS: Final[Mapping[str, _Comparison]] = {
    "GreaterThanThreshold": _Comparison(operator.gt, ">", "above"),
    "GreaterThanOrEqualToThreshold": _Comparison(operator.ge, ">=", "at or above"),
    "LessThanThreshold": _Comparison(operator.lt, "<", "below"),
    "LessThanOrEqualToThreshold": _Comparison(operator.le, "<=", "at or below"),
}


class UnsupportedAlarmError(Exception):
    """An alarm is of a kind that is not evaluated here; says which."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When an alarm fires: enough of the evaluated datapoints breach the threshold."""

    comparison: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    missing: MissingData = "missing"

    @classmethod
    def of(cls, alarm: Mapping[str, Any], *, ignores_missing: bool = False) -> Self:
        """Read an alarm as in the response of DescribeAlarms.

        Args:
            alarm: The alarm.
            ignores_missing: Whether its metrics are those of DynamoDB, for which CloudWatch ignores
                missing data in place of what the alarm says.

        Raises:
            UnsupportedAlarmError: its threshold is an anomaly detection band.
        """
        comparison = alarm["ComparisonOperator"]
        if comparison not in _COMPARISONS:
            raise UnsupportedAlarmError(f"comparison {comparison}")
        periods = alarm["EvaluationPeriods"]
        return cls(
            comparison=comparison,
            threshold=alarm["Threshold"],
            evaluation_periods=periods,
            datapoints_to_alarm=alarm.get("DatapointsToAlarm") or periods,
            missing="ignore" if ignores_missing else alarm.get("TreatMissingData") or "missing",
        )

    def breaches(self, value: float) -> bool:
        """Whether a datapoint is outside the threshold."""
        return _COMPARISONS[self.comparison].test(value, self.threshold)

    def in_words(self, period: int | None) -> str:
        """Return when the alarm fires: `above 5 in 2 of 3 periods of 5 minutes`."""
        count = (
            "1 period"
            if self.evaluation_periods == 1
            else f"{self.datapoints_to_alarm} of {self.evaluation_periods} periods"
        )
        length = f" of {_duration(period)}" if period else ""
        words = _COMPARISONS[self.comparison].words
        return f"{words} {self.threshold:,g} in {count}{length}"

    def __str__(self) -> str:
        sign = _COMPARISONS[self.comparison].sign
        return (
            f"{self.datapoints_to_alarm} of {self.evaluation_periods} datapoints "
            f"{sign} {self.threshold:g}"
        )


def _duration(seconds: int) -> str:
    if seconds % _MINUTE:
        return f"{seconds} seconds"
    minutes = seconds // _MINUTE
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def next_state(rule: Rule, datapoints: Sequence[Value], current: State) -> State:
    """Return an alarm's state after an evaluation.

    Args:
        rule: When it fires.
        datapoints: Those of the evaluation range, oldest first, None where data is missing: the
            evaluated periods and a few before them.
        current: The state before.
    """
    existing = [value for value in datapoints if value is not None]
    missing = max(0, rule.evaluation_periods - len(existing))
    breaching = sum(map(rule.breaches, existing[-rule.evaluation_periods :]))
    if missing and rule.missing == "breaching":
        breaching += missing
    if breaching >= rule.datapoints_to_alarm:
        return "ALARM"
    if not missing or rule.missing in {"breaching", "notBreaching"}:
        return "OK"
    if not existing:
        return current if rule.missing == "ignore" else "INSUFFICIENT_DATA"
    if not all(map(rule.breaches, existing)):
        return "OK"
    return _state_of_breaching_data(rule, datapoints, current)


def _state_of_breaching_data(rule: Rule, datapoints: Sequence[Value], current: State) -> State:
    """Return the state where all data there is breaches, but is too little to fire.

    The alarm fires if the oldest of it is as old as the datapoints that it needs. Until then the
    next datapoints may show that one breach was all.
    """
    oldest = next(index for index, value in enumerate(datapoints) if value is not None)
    is_old = len(datapoints) - oldest >= rule.datapoints_to_alarm
    return "ALARM" if is_old and rule.missing == "missing" else current
