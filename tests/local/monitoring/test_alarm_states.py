"""Tests: the state of an alarm after an evaluation, by AWS's documented rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.monitoring.alarm_states import (
    MissingData,
    Rule,
    State,
    UnsupportedAlarmError,
    next_state,
)

_DATAPOINTS = {"0": 0.0, "X": 10.0, "-": None}
_TREATMENTS: tuple[MissingData, ...] = ("missing", "ignore", "breaching", "notBreaching")
_STATES: tuple[State, ...] = ("OK", "ALARM", "INSUFFICIENT_DATA")
_KEPT = "kept"

# The tables of AWS's page on missing data: 0 is a datapoint within the threshold, X one that
# breaches it, - a missing one. The columns are in the order of _TREATMENTS.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
_THREE_OF_THREE = {
    "0-X-X": ("OK", "OK", "OK", "OK"),
    "0----": ("OK", "OK", "OK", "OK"),
    "-----": ("INSUFFICIENT_DATA", _KEPT, "ALARM", "OK"),
    "0XX-X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "--X--": ("ALARM", _KEPT, "ALARM", "OK"),
}
_TWO_OF_THREE = {
    "0-X-X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "00X0X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0-X--": ("OK", "OK", "ALARM", "OK"),
    "----0": ("OK", "OK", "ALARM", "OK"),
    "---X-": ("ALARM", _KEPT, "ALARM", "OK"),
}
_CASES = [
    (needed, datapoints, treatment, state)
    for needed, table in ((3, _THREE_OF_THREE), (2, _TWO_OF_THREE))
    for datapoints, states in table.items()
    for treatment, state in zip(_TREATMENTS, states, strict=True)
]


def _rule(needed: int, missing: MissingData = "notBreaching", periods: int = 3) -> Rule:
    return Rule(
        comparison="GreaterThanThreshold",
        threshold=5,
        evaluation_periods=periods,
        datapoints_to_alarm=needed,
        missing=missing,
    )


def _datapoints(text: str) -> list[float | None]:
    return [_DATAPOINTS[character] for character in text]


@pytest.mark.parametrize(("needed", "datapoints", "missing", "state"), _CASES)
@pytest.mark.parametrize("current", _STATES)
def test_missing_data_is_treated_as_documented(
    needed: int, datapoints: str, missing: MissingData, state: str, current: State
) -> None:
    """Each row of the tables in AWS's documentation has the state that they say."""
    expected = current if state == _KEPT else state
    assert next_state(_rule(needed, missing), _datapoints(datapoints), current) == expected


@pytest.mark.parametrize(
    ("comparison", "value", "breaches"),
    [
        ("GreaterThanThreshold", 5, False),
        ("GreaterThanThreshold", 6, True),
        ("GreaterThanOrEqualToThreshold", 5, True),
        ("LessThanThreshold", 5, False),
        ("LessThanThreshold", 4, True),
        ("LessThanOrEqualToThreshold", 5, True),
    ],
)
def test_comparisons(comparison: str, value: float, breaches: bool) -> None:  # noqa: FBT001 (a row)
    """Each comparison operator compares the datapoint with the threshold."""
    rule = Rule(comparison=comparison, threshold=5, evaluation_periods=1, datapoints_to_alarm=1)
    assert (next_state(rule, [value], "OK") == "ALARM") is breaches


def test_an_alarm_is_read_from_its_description() -> None:
    """Without DatapointsToAlarm all periods are needed; DynamoDB's metrics ignore missing data."""
    alarm = {
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 1.0,
        "EvaluationPeriods": 3,
        "TreatMissingData": "breaching",
    }
    rule = Rule.of(alarm)
    assert (rule.datapoints_to_alarm, rule.missing) == (3, "breaching")
    assert Rule.of({**alarm, "DatapointsToAlarm": 2}).datapoints_to_alarm == 2
    assert Rule.of(alarm, ignores_missing=True).missing == "ignore"
    with pytest.raises(UnsupportedAlarmError, match="GreaterThanUpperThreshold"):
        Rule.of({**alarm, "ComparisonOperator": "GreaterThanUpperThreshold"})


_VALUES = st.sampled_from([0.0, 10.0])
_SERIES = st.lists(st.one_of(st.none(), _VALUES), min_size=5, max_size=5)
_NEEDED = st.integers(1, 3)


@given(series=st.lists(_VALUES, min_size=5, max_size=5), needed=_NEEDED)
def test_without_missing_data_the_treatment_has_no_effect(
    series: list[float | None], needed: int
) -> None:
    """If no data is missing, the last periods alone decide, with any treatment and state."""
    states = {
        next_state(_rule(needed, missing), series, current)
        for missing in _TREATMENTS
        for current in _STATES
    }
    breaching = sum(value == 10 for value in series[-3:])
    assert states == {"ALARM" if breaching >= needed else "OK"}


@given(series=_SERIES, needed=_NEEDED, current=st.sampled_from(_STATES))
def test_treatments_are_ordered(series: list[float | None], needed: int, current: State) -> None:
    """What fires with missing data as not breaching also fires with every other treatment."""
    states = {
        missing: next_state(_rule(needed, missing), series, current) for missing in _TREATMENTS
    }
    if states["notBreaching"] == "ALARM":
        assert set(states.values()) == {"ALARM"}
    if states["breaching"] == "OK":
        assert "ALARM" not in {states["notBreaching"], states["missing"]}


@given(series=_SERIES, needed=_NEEDED, missing=st.sampled_from(_TREATMENTS))
def test_a_healthy_series_never_fires(
    series: list[float | None], needed: int, missing: MissingData
) -> None:
    """An alarm does not fire for data within the threshold unless missing data is breaching."""
    healthy = [None if value is None else 0.0 for value in series]
    if missing != "breaching":
        assert next_state(_rule(needed, missing), healthy, "OK") != "ALARM"
