"""Graphs of widgets as SVG, drawn by pygal in CloudWatch's colours."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, NamedTuple

import pygal
from pygal.style import Style

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.dashboards.widgets import Line, Widget

# pygal's finder of map plugins has no `find_spec`: Python would warn at every later import.
sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, pygal.PluginImportFixer)]

_MOST_TICKS: Final = 10
_WHOLE: Final = 1_000

# CloudWatch's colours.
COLOURS: Final = (
    *("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd"),
    *("#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"),
)
_STYLE: Final = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#555",
    foreground_strong="#333",
    foreground_subtle="#e3e6e8",
    guide_stroke_color="#e3e6e8",
    major_guide_stroke_color="#e3e6e8",
    title_font_size=11,
    colors=COLOURS,
    font_family="Helvetica, Arial, sans-serif",
    label_font_size=11,
    major_label_font_size=11,
    opacity="1",
    guide_stroke_dasharray="1,0",
    major_guide_stroke_dasharray="1,0",
)


class Axis(NamedTuple):
    """The axis of time: how long it is, how long one unit of it, and what the units are called."""

    seconds: float
    unit_seconds: float
    label: str


def chart(widget: Widget, axis: Axis, *, width: int, height: int) -> str:
    """Return a graph of a widget's lines as SVG, of so many pixels."""
    last = axis.seconds / axis.unit_seconds
    graph = pygal.XY(
        style=_STYLE,
        width=width,
        height=height,
        explicit_size=True,
        disable_xml_declaration=True,
        js=(),
        show_legend=False,
        margin=2,
        dots_size=1.8,
        stroke_style={"width": 1.6},
        allow_interruptions=True,
        range=(0, _highest(line for line in widget.lines if not line.right)),
        secondary_range=(0, _highest(line for line in widget.lines if line.right)),
        xrange=(0, last),
        x_labels=_ticks(last),
        x_value_formatter=lambda value: f"{value:g}",
        value_formatter=_short,
        show_x_guides=False,
        y_labels_major_count=4,
        max_scale=6,
        truncate_label=-1,
        x_title=axis.label,
        title=None,
    )
    step = widget.period / axis.unit_seconds
    for line in widget.lines:
        # A period is drawn at its begin, as CloudWatch does.
        points = [(number * step, value) for number, value in enumerate(line.datapoints)]
        graph.add(line.label, points, secondary=line.right)
    for label, value in widget.limits:
        graph.add(label, [(0, value), (last, value)], show_dots=False)
    return str(graph.render(is_unicode=True))


def _highest(lines: Iterable[Line]) -> float:
    """Return the largest datapoint, or 1, so that an axis has a length."""
    values = (value for line in lines for value in line.datapoints if value is not None)
    return max(values, default=0) or 1


def _ticks(last: float) -> list[float]:
    step = next(each for each in (1, 2, 5, 10, 20, 50, 100) if last / each <= _MOST_TICKS)
    return [float(step * number) for number in range(int(last // step) + 1)]


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= _WHOLE else f"{value:.3g}"
