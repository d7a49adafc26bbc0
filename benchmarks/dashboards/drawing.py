"""Draws dashboards as CloudWatch does: a page with a grid of 24 columns, and a picture of it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from playwright.sync_api import sync_playwright

from benchmarks.dashboards.charts import COLOURS, chart
from tooling import chromium

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.dashboards.charts import Axis
    from benchmarks.dashboards.widgets import Line, Widget

_COLUMNS: Final = 24
_PAGE_WIDTH: Final = 1280
_UNIT_HEIGHT: Final = 42
_GAP: Final = 8
# What a widget's frame, title and legend take of its size.
_FRAME: Final = (34, 86)

_CSS: Final = f"""
* {{ box-sizing: border-box; }}
body {{ margin: 0; padding: 16px; width: {_PAGE_WIDTH}px; background: #f2f3f3;
  font: 13px Helvetica, Arial, sans-serif; color: #16191f; }}
h1 {{ font-size: 19px; margin: 0 0 4px; }}
p {{ margin: 0 0 14px; color: #444; line-height: 1.45; }}
main {{ display: grid; grid-template-columns: repeat({_COLUMNS}, 1fr);
  grid-auto-rows: {_UNIT_HEIGHT}px; gap: {_GAP}px; }}
section {{ background: #fff; border: 1px solid #d5dbdb; padding: 8px 12px; position: relative;
  display: flex; flex-direction: column; overflow: hidden; }}
h2 {{ font-size: 14px; margin: 0; }}
.unit {{ font-size: 11px; color: #666; height: 15px; }}
.legend {{ font-size: 11.5px; color: #333; display: flex; flex-wrap: wrap; gap: 1px 12px;
  margin-top: auto; }}
.legend i {{ display: inline-block; width: 10px; height: 10px; margin-right: 5px; }}
.none {{ color: #687078; margin: auto; text-align: center; max-width: 80%; line-height: 1.5; }}
.numbers {{ display: flex; margin: auto; gap: 44px; }}
.numbers div {{ text-align: center; font-size: 13px; color: #333; }}
.numbers b {{ display: block; font-size: 34px; font-weight: 400; }}
"""


def page(title: str, caption: str, widgets: Sequence[Widget], axis: Axis) -> str:
    """Return an HTML page of a dashboard.

    Args:
        title: The heading.
        caption: What the figures are, below the heading.
        widgets: The widgets.
        axis: The axis of time.
    """
    sections = "".join(_section(widget, axis) for widget in widgets)
    return (
        f"<!doctype html><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<style>{_CSS}</style><h1>{escape(title)}</h1><p>{escape(caption)}</p>"
        f"<main>{sections}</main>"
    )


def _section(widget: Widget, axis: Axis) -> str:
    place = (
        f"grid-column: {widget.x + 1} / span {widget.width};"
        f"grid-row: {widget.y + 1} / span {widget.height}"
    )
    if not widget.has_data:
        content = f"<div class='none'>{escape(_why(widget.lines))}</div>"
    elif widget.view == "singleValue":
        content = _numbers(widget.lines)
    else:
        content = _graph(widget, axis)
    return f"<section style='{place}'><h2>{escape(widget.title)}</h2>{content}</section>"


def _why(lines: Sequence[Line]) -> str:
    reasons = list(dict.fromkeys(line.problem for line in lines if line.problem))
    return f"No data in the embedded AWS: {'; '.join(reasons)}" if reasons else "No data"


def _numbers(lines: Sequence[Line]) -> str:
    cells = (
        f"<div><b>{'-' if line.total is None else f'{line.total:,.0f}'}</b>"
        f"{escape(line.label)}</div>"
        for line in lines
    )
    return f"<div class='numbers'>{''.join(cells)}</div>"


def _graph(widget: Widget, axis: Axis) -> str:
    units = list(dict.fromkeys(line.unit for line in widget.lines if line.unit not in {"", "None"}))
    labels = [
        *(f"{escape(line.label)}{_note(line)}" for line in widget.lines),
        *(escape(label) for label, _ in widget.limits),
    ]
    legend = "".join(
        f"<span><i style='background: {COLOURS[number % len(COLOURS)]}'></i>{label}</span>"
        for number, label in enumerate(labels)
    )
    return (
        f"<div class='unit'>{escape(', '.join(units))}</div>{_drawn(widget, axis)}"
        f"<div class='legend'>{legend}</div>"
    )


def _note(line: Line) -> str:
    if not any(value is not None for value in line.datapoints):
        return " (no data)"
    return " (right axis)" if line.right else ""


def _drawn(widget: Widget, axis: Axis) -> str:
    width = _PAGE_WIDTH * widget.width // _COLUMNS - _FRAME[0]
    height = _UNIT_HEIGHT * widget.height + _GAP * (widget.height - 1) - _FRAME[1]
    return chart(widget, axis, width=width, height=height)


def picture(executable: str, html: str, file: Path) -> None:
    """Write a picture of a page, as Chromium shows it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable)
        tab = browser.new_page(viewport={"width": _PAGE_WIDTH, "height": 800})
        tab.set_content(html)
        size = tab.context.new_cdp_session(tab).send("Page.getLayoutMetrics")["cssContentSize"]
        image = chromium.picture(tab, captureBeyondViewport=True, clip={**size, "scale": 1})
        browser.close()
    file.write_bytes(image)
