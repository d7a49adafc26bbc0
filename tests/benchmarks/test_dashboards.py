"""Pictures of dashboards: what the widgets show of samples, and the page that is drawn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.dashboards.charts import Axis
from benchmarks.dashboards.drawing import page
from benchmarks.dashboards.samples import Samples
from benchmarks.dashboards.widgets import Widget, widgets
from local.monitoring.metrics import Metric

if TYPE_CHECKING:
    from pathlib import Path

_START = 1_800_000_000.0
_MINUTE = 60


def _metric(namespace: str, name: str, **dimensions: str) -> Metric:
    return Metric(namespace=namespace, name=name, dimensions=frozenset(dimensions.items()))


@pytest.fixture
def samples() -> Samples:
    """Three minutes: orders in two currencies, of which one is rejected, and a queue."""
    samples = Samples(_START)
    samples.end = _START + 3 * _MINUTE
    samples.units["shop", "Sent"] = "Count"
    for seconds in (0, 10, 130):
        samples.add(_metric("shop", "Sent", service="email"), 1, _START + seconds)
    samples.add(_metric("shop", "Failed", service="email"), 1, _START + 11)
    for currency, value in (("EUR", 5), ("USD", 7), ("USD", 9)):
        metric = _metric("shop", "Value", service="orders", currency=currency)
        samples.add(metric, value, _START + 30)
    for value in (10, 20, 30, 40):
        samples.add(_metric("AWS/ApiGateway", "Latency"), value, _START)
    return samples


def _body(*rows: Any, **properties: Any) -> dict[str, Any]:
    defaults = {"title": "A & B", "view": "timeSeries", "stat": "Sum", "period": _MINUTE}
    place = {"x": 12, "y": 6, "width": 12, "height": 6}
    return {"widgets": [{**place, "properties": {**defaults, "metrics": rows, **properties}}]}


def _widget(samples: Samples, *rows: Any, scale: float = 1, **properties: Any) -> Widget:
    (widget,) = widgets(_body(*rows, **properties), samples, scale=scale)
    return widget


_SENT = ["shop", "Sent", "service", "email"]
_FAILED = ["shop", "Failed", "service", "email"]


def test_a_metric_is_a_line_of_its_statistic(samples: Samples) -> None:
    """A row has its datapoints by period, without a value where there is no data."""
    (line,) = _widget(samples, _SENT).lines
    assert (line.label, line.datapoints, line.unit) == ("Sent", [2, None, 1], "Count")
    assert line.total == 3


@pytest.mark.parametrize(
    ("statistic", "value"),
    [("p50", 20), ("p95", 40), ("Average", 25), ("Minimum", 10), ("SampleCount", 4)],
)
def test_statistics(samples: Samples, statistic: str, value: float) -> None:
    """Percentiles and other statistics are computed; the API's identity does not matter."""
    row = ["AWS/ApiGateway", "Latency", "ApiId", "abc", {"stat": statistic}]
    assert _widget(samples, row).lines[0].datapoints[0] == value


def test_a_period_may_stand_for_another(samples: Samples) -> None:
    """A dashboard of days is drawn of minutes."""
    (line,) = _widget(samples, _SENT, period=86_400, scale=1440).lines
    assert line.datapoints == [2, None, 1]


def test_labels_are_what_differs(samples: Samples) -> None:
    """Lines are called by the parts in which their metrics differ, or as the row says."""
    rows = [_SENT, _FAILED, ["shop", "Sent", "service", "audit", {"label": "other"}]]
    assert [line.label for line in _widget(samples, *rows).lines] == [
        "Sent email",
        "Failed email",
        "other",
    ]


def test_searches_find_every_value_of_a_dimension(samples: Samples) -> None:
    """A search is a line for each metric with exactly its dimensions."""
    search = 'SEARCH(\'{"shop",service,currency} MetricName="Value" service="orders"\', \'Sum\')'
    lines = _widget(samples, [{"expression": search}]).lines
    assert {line.label: line.datapoints[0] for line in lines} == {"EUR": 5, "USD": 16}
    other = search.replace("service,currency", "service")
    assert _widget(samples, [{"expression": other}]).lines == []


def test_formulas_are_evaluated(samples: Samples) -> None:
    """Metric math is evaluated over the metrics of its widget, on the axis that it names."""
    formula = {"expression": "100 * a / (a + FILL(b, 0))", "label": "%", "yAxis": "right"}
    rows = [[formula], [*_SENT, {"id": "a"}], [*_FAILED, {"id": "b"}]]
    *_, line = _widget(samples, *rows).lines
    assert (line.label, line.right) == ("%", True)
    assert line.datapoints == [pytest.approx(200 / 3), None, 100]


def test_samples_are_read_as_they_were_written(samples: Samples, tmp_path: Path) -> None:
    """A recorded load can be drawn later."""
    file = tmp_path / "new" / "samples.json"
    samples.write(file)
    read = Samples.read(file)
    assert (read.start, read.end, read.units) == (samples.start, samples.end, samples.units)
    assert read.metrics() == samples.metrics()
    for metric in samples.metrics():
        assert read.datapoints(metric, "Sum", 1) == samples.datapoints(metric, "Sum", 1)


def _page(samples: Samples, *rows: Any, **properties: Any) -> str:
    axis = Axis(seconds=180, unit_seconds=_MINUTE, label="minutes")
    return page("shop", "A load.", [_widget(samples, *rows, **properties)], axis)


def test_a_page_has_the_dashboard_s_layout(samples: Samples) -> None:
    """A widget is a graph at its place in the grid, with title, unit and legend, escaped."""
    html = _page(samples, _SENT, ["shop", "Nothing", "service", "email"])
    assert "grid-column: 13 / span 12;grid-row: 7 / span 6" in html
    assert "<h2>A &amp; B</h2>" in html
    assert "<div class='unit'>Count</div>" in html
    assert re.findall(r"</i>([^<]+)</span>", html) == ["Sent", "Nothing (no data)"]
    assert "<svg" in html


def test_a_widget_without_data_says_why(samples: Samples) -> None:
    """What the embedded AWS does not have is named in place of a graph."""
    html = _page(samples, ["AWS/Lambda", "IteratorAge", "FunctionName", "relay"])
    assert "No data in the embedded AWS: the emulator has no iterator age" in html
    assert "<svg" not in html


def test_numbers_are_totals(samples: Samples) -> None:
    """A number widget shows the sum of the whole range."""
    html = _page(samples, [*_SENT, {"label": "emailed"}], view="singleValue")
    assert "<b>3</b>emailed" in html


def test_thresholds_are_lines(samples: Samples) -> None:
    """A horizontal annotation of a widget is drawn."""
    limit = {"horizontal": [{"label": "limit", "value": 7}]}
    assert _widget(samples, _SENT, annotations=limit).limits == [("limit", 7)]
    assert _page(samples, _SENT, annotations=limit) != _page(samples, _SENT)
