"""Tests: datapoints of metrics, by period and statistic."""

from __future__ import annotations

import pytest

from local.monitoring.metrics import STATISTICS, Metric, Metrics

_NOW = 1_800_000_000.0
_METRIC = Metric(namespace="shop", name="OrderValue")
_DEPTH = Metric(namespace="AWS/SQS", name="ApproximateNumberOfMessagesVisible")


def _metrics(metric: Metric, *values: tuple[float, float], seconds: int = 300) -> Metrics:
    """Values with their ages in seconds."""
    metrics = Metrics(dict)
    metrics.watch({metric: seconds})
    for value, age in values:
        metrics.add(metric, value, _NOW - age)
    return metrics


def _datapoints(metrics: Metrics, statistic: str, metric: Metric = _METRIC) -> list[float | None]:
    return metrics.datapoints(metric, statistic, period=60, count=3, now=_NOW)


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("Sum", 9), ("Maximum", 6), ("Minimum", 1), ("Average", 3), ("SampleCount", 3)],
)
def test_statistics(statistic: str, expected: float) -> None:
    """A datapoint has its statistic over the values of its period, those of one second included."""
    metrics = _metrics(_METRIC, (1, 1), (2, 1), (6, 30))
    assert _datapoints(metrics, statistic)[-1] == expected


def test_every_statistic_is_tested() -> None:
    """No statistic is without an example here."""
    assert STATISTICS.keys() == {"Sum", "Maximum", "Minimum", "Average", "SampleCount"}


def test_periods_end_now() -> None:
    """The last period ends now, in any minute; a period without a value has no datapoint."""
    metrics = _metrics(_METRIC, (1, 179), (2, 130), (4, 59), (8, 200))
    assert _datapoints(metrics, "Sum") == [3, None, 4]


def test_a_queue_has_its_latest_depth() -> None:
    """A queue's depth is the latest of the period, so that an emptied queue is seen at once."""
    metrics = _metrics(_DEPTH, (5, 100), (3, 20), (0, 2))
    assert _datapoints(metrics, "Maximum", _DEPTH) == [None, 5, 0]


def test_values_are_kept_as_long_as_they_are_needed() -> None:
    """Values of other metrics, and older ones, are not kept."""
    metrics = _metrics(_METRIC, (1, 170), (2, 1), seconds=100)
    metrics.add(_DEPTH, 1, _NOW)
    assert _datapoints(metrics, "Sum") == [None, None, 2]
    assert _datapoints(metrics, "Maximum", _DEPTH) == [None, None, None]
    metrics.watch({_METRIC: 100})
    assert _datapoints(metrics, "Sum") == [None, None, 2]
