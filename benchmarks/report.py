"""The table of figures and goals: on a terminal, and in docs/performance.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks.goals import GOALS
from tooling.markdown import table as markdown_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEAD: Final = ("figure", "measured", "goal", "beyond", "")


def terminal(results: Mapping[str, Any]) -> Table:
    """Return the table for a terminal."""
    table = Table(*_HEAD, title=conditions(results), box=SIMPLE_HEAD)
    for row in rows(results):
        table.add_row(*row)
    return table


def markdown(results: Mapping[str, Any]) -> str:
    """Return the table in Markdown, and that of the CPU times."""
    times = [
        (name, f"{each['cold']:.0f}", f"{each['warm']:.1f}")
        for name, each in sorted(results["milliseconds"].items())
    ]
    return (
        f"{markdown_table(_HEAD, rows(results))}\n"
        f"{markdown_table(('CPU, median in ms', 'cold', 'warm'), times)}"
    )


def rows(results: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield figure, measured value with its range, goal, beyond, and whether the goal is met."""
    for goal in GOALS:
        figure = goal.read(results)
        spread = results["ratio_ranges"].get(goal.ratio) if goal.ratio else None
        ends = " to ".join(goal.show(end) for end in spread or ())
        yield (
            goal.title,
            f"{goal.show(figure)} ({ends})" if ends else goal.show(figure),
            goal.limit(goal.goal),
            goal.limit(goal.beyond),
            goal.verdict(figure),
        )


def conditions(results: Mapping[str, Any]) -> str:
    """Return in one sentence when, where and with what it was measured."""
    machine = results["machine"]
    return (
        f"{results['date']}, rounds: {results['rounds']}, Python {machine['python']}, "
        f"{machine['cores']} cores, {machine['processor']}"
    )
