"""Tests: metric math with missing data, by the examples in AWS's documentation.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from local.monitoring.metric_math import evaluate

Series = Sequence[float | None]

GAP = None


def _evaluated(expression: str, **series: Series) -> Series:
    columns = zip(*series.values(), strict=True)
    return [evaluate(expression, dict(zip(series, column, strict=True))) for column in columns]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [("m1 < m2", [0, 0, 1, 0]), ("m1 >= 30", [1, 0, 0, 0])],
)
def test_comparisons(expression: str, expected: Series) -> None:
    """A datapoint that one of two series lacks is 0."""
    assert _evaluated(expression, m1=[30, 20, 0, 0], m2=[20, GAP, 20, GAP]) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("IF(m1, m2, m3)", [30, 0, 20, GAP, GAP]),
        ("IF(m1, 5, m3)", [5, 5, 20, GAP, GAP]),
        ("IF(m1, m2, 5)", [30, 0, 5, 5, GAP]),
    ],
)
def test_conditions(expression: str, expected: Series) -> None:
    """IF is 0 where the chosen series has no datapoint, and drops what has no condition."""
    m1, m2, m3 = [1, 1, 0, 0, GAP], [30, GAP, 0, 0, 30], [0, 0, 20, GAP, 20]
    assert _evaluated(expression, m1=m1, m2=m2, m3=m3) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1 + m2", [3, 1, 2, GAP]),
        ("m1 - m2", [-1, 1, -2, GAP]),
        ("100 * m1", [100, 100, GAP, GAP]),
        ("m1 / m2", [0.5, GAP, 0, GAP]),
        ("FILL(m1, 7) + 0 * m2", [1, 1, 7, 7]),
        ("FILL(m1, 0) + FILL(m2, 0)", [3, 1, 2, 0]),
    ],
)
def test_arithmetic(expression: str, expected: Series) -> None:
    """A missing datapoint is 0 beside one of another series; a division by 0 has no value."""
    assert _evaluated(expression, m1=[1, 1, GAP, GAP], m2=[2, GAP, 2, GAP]) == expected
