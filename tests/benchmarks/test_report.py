"""Figures beside their goals: the verdicts, and the table."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from benchmarks import report
from benchmarks.goals import GOALS, Goal

_RESULTS: dict[str, Any] = {
    "date": "2026-01-15",
    "rounds": 9,
    "batch": 10,
    "ratios": {"orders_cold": 0.56, "orders_warm": None},
    "ratio_ranges": {"orders_cold": [0.5, 0.61], "orders_warm": None},
    "milliseconds": {"orders": {"cold": 108.9, "warm": 0.57}},
    "calls": {"orders": {"PutItem": 1.0}},
    "calls_per_order": 3.1,
    "log_bytes_per_order": 1800.4,
    "bundle_bytes": {"orders": 2_000_000, "email": 3_210_000},
    "machine": {"python": "3.13.0", "cores": 2, "processor": "Processor"},
}


def _goal(*, at_least: bool = False) -> Goal:
    beyond = 2.0 if at_least else 0.5
    return Goal(title="", read=lambda _: None, goal=1.0, beyond=beyond, at_least=at_least)


@pytest.mark.parametrize(
    ("figure", "verdict"),
    [
        (None, "not measured"),
        (0.5, "met, and beyond"),
        (0.51, "met"),
        (1.0, "met"),
        (1.004, "met"),
        (1.25, "missed by 25%"),
    ],
)
def test_a_figure_meets_its_goal_as_it_is_shown(figure: float | None, verdict: str) -> None:
    """A figure meets the goal up to the digits that are shown, or misses it by a share of it."""
    assert _goal().verdict(figure) == verdict


@pytest.mark.parametrize(
    ("figure", "verdict"), [(2.0, "met, and beyond"), (1.0, "met"), (0.9, "missed by 10%")]
)
def test_some_figures_should_be_large(figure: float, verdict: str) -> None:
    """Where more is better, the goal is a minimum."""
    assert _goal(at_least=True).verdict(figure) == verdict


def test_every_goal_has_a_row() -> None:
    """Each goal is a row with its figure, the range of a ratio, and the verdict."""
    rows = {row[0]: row[1:] for row in report.rows(_RESULTS)}

    assert len(rows) == len(GOALS)
    assert rows["orders, cold / http_platform.py"] == (
        "0.56 (0.50 to 0.61)",
        "≤ 0.70",
        "≤ 0.35",
        "met",
    )
    assert rows["orders, warm / http_platform.py"][0] == "-"
    assert rows["log bytes per order"] == ("1800", "≤ 1500", "-", "missed by 20%")
    assert rows["largest bundle, MB zipped"][0] == "3.21"
    assert rows["make test, s"] == ("-", "≤ 180", "-", "not measured")


def test_both_tables_have_the_same_rows() -> None:
    """The table on a terminal and the one in Markdown show the same cells and the conditions."""
    output = io.StringIO()
    Console(file=output, width=140).print(report.terminal(_RESULTS))
    lines = report.markdown(_RESULTS).partition("\n\n")[0].splitlines()

    assert len(lines) == len(GOALS) + 2
    for line in lines[2:]:
        assert all(cell.strip() in output.getvalue() for cell in line.strip("| ").split(" | "))
    assert "2026-01-15, rounds: 9, Python 3.13.0, 2 cores, Processor" in output.getvalue()


def test_the_page_has_the_times_of_each_process() -> None:
    """The page's second table has the CPU time of each process in milliseconds."""
    assert "| orders | 109 | 0.6 |\n" in report.markdown(_RESULTS)
