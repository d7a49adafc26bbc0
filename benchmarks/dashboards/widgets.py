"""What the widgets of a dashboard show of samples: a line for each metric, search or formula."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from local.monitoring.metric_math import evaluate
from local.monitoring.metrics import Metric
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.dashboards.samples import Samples
    from local.monitoring.metric_math import Value

_SEARCH: Final = re.compile(r"SEARCH\('\{(?P<schema>[^}]+)\} (?P<terms>.+)', '(?P<stat>\w+)'\)")
_TERM: Final = re.compile(r'(\w+)="([^"]+)"')
# The stack has one API, whose samples have no dimensions but those of a route.
_API: Final = "AWS/ApiGateway"
_OF_A_ROUTE: Final = frozenset({"Method", "Resource"})


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a graph; `problem` is why it has no datapoints, `right` its axis."""

    label: str
    datapoints: Sequence[Value]
    unit: str = ""
    problem: str = ""
    right: bool = False

    @property
    def total(self) -> float | None:
        """The sum of the datapoints; None without any."""
        values = [value for value in self.datapoints if value is not None]
        return sum(values) if values else None


@dataclass(frozen=True, kw_only=True)
class Widget:
    """A widget as the dashboard's body places it, with its lines.

    `period` is in seconds of the samples.
    """

    title: str
    view: str
    x: int
    y: int
    width: int
    height: int
    period: float
    lines: Sequence[Line]
    limits: Sequence[tuple[str, float]]

    @property
    def has_data(self) -> bool:
        """Whether any line has a datapoint."""
        return any(value is not None for line in self.lines for value in line.datapoints)


@dataclass(frozen=True, kw_only=True)
class _Row:
    """A metric of a widget: how it is aggregated and called."""

    metric: Metric
    parts: Sequence[str]
    statistic: str
    options: Mapping[str, Any]


def widgets(body: Mapping[str, Any], samples: Samples, *, scale: float = 1) -> list[Widget]:
    """Return the widgets of a dashboard; a period of it is divided by `scale` in the samples."""
    return [_widget(widget, samples, scale) for widget in body["widgets"]]


def _widget(widget: Mapping[str, Any], samples: Samples, scale: float) -> Widget:
    properties = widget["properties"]
    period = properties["period"] / scale
    horizontal = properties.get("annotations", {}).get("horizontal", ())
    return Widget(
        title=properties["title"],
        view=properties["view"],
        period=period,
        # pygal gives the lines of the right axis the last colours.
        lines=sorted(_lines(properties, samples, period), key=lambda line: line.right),
        limits=[(each["label"], each["value"]) for each in horizontal],
        **{name: widget[name] for name in ("x", "y", "width", "height")},
    )


def _lines(properties: Mapping[str, Any], samples: Samples, period: float) -> Iterator[Line]:
    rows = [row for row in properties["metrics"] if isinstance(row[0], str)]
    parsed = [_row(row, properties["stat"]) for row in rows]
    labels = _labels(parsed)
    series = [samples.datapoints(row.metric, row.statistic, period) for row in parsed]
    by_id = {
        row.options["id"]: values
        for row, values in zip(parsed, series, strict=True)
        if "id" in row.options
    }
    for row in (row for row in properties["metrics"] if not isinstance(row[0], str)):
        yield from _of_expression(row[0], by_id, samples, period)
    for row, label, values in zip(parsed, labels, series, strict=True):
        metric = row.metric
        yield Line(
            label=label,
            datapoints=values,
            unit=samples.units.get((metric.namespace, metric.name), ""),
            problem=metric.problem or "",
        )


def _row(row: Sequence[Any], statistic: str) -> _Row:
    options = row[-1] if isinstance(row[-1], dict) else {}
    namespace, name, *rest = (part for part in row if isinstance(part, str))
    dimensions = dict(zip(rest[::2], rest[1::2], strict=True))
    statistic = options.get("stat", statistic)
    return _Row(
        metric=_metric(namespace, name, dimensions),
        parts=[name, *dimensions.values(), statistic],
        statistic=statistic,
        options=options,
    )


def _metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> Metric:
    pairs = dimensions.items()
    if namespace == _API:
        pairs = {key: value for key, value in pairs if key in _OF_A_ROUTE}.items()
    return Metric(namespace=namespace, name=name, dimensions=frozenset(pairs))


def _labels(rows: Sequence[_Row]) -> list[str]:
    """Return the labels of metrics: as given, or the parts in which the metrics differ."""
    columns = max((len(row.parts) for row in rows), default=0)
    differ = [
        len({row.parts[column] for row in rows if column < len(row.parts)}) > 1
        for column in range(columns)
    ]
    return [
        row.options.get("label")
        or " ".join(part for part, differs in zip(row.parts, differ, strict=False) if differs)
        or row.parts[0]
        for row in rows
    ]


def _of_expression(
    expression: Mapping[str, str],
    by_id: Mapping[str, Sequence[Value]],
    samples: Samples,
    period: float,
) -> Iterator[Line]:
    text = expression["expression"]
    if match := _SEARCH.fullmatch(text):
        yield from _found(match, samples, period)
        return
    columns = zip(*by_id.values(), strict=True)
    values = [evaluate(text, dict(zip(by_id, column, strict=True))) for column in columns]
    right = expression.get("yAxis") == "right"
    yield Line(label=expression.get("label", text), datapoints=values, right=right)


def _found(match: re.Match[str], samples: Samples, period: float) -> Iterator[Line]:
    """Yield a line for each metric that a search finds."""
    namespace, *schema = (part.strip('"') for part in match["schema"].split(","))
    terms = dict(_TERM.findall(match["terms"]))
    name = terms.pop("MetricName", None)
    if name is None:
        raise UserError(f"A dashboard searches without a metric's name: {match[0]}.")
    wanted = _metric(namespace, name, terms).dimensions
    names = set(schema) & _OF_A_ROUTE if namespace == _API else set(schema)
    for metric in samples.metrics():
        dimensions = dict(metric.dimensions)
        if (
            (metric.namespace, metric.name) == (namespace, name)
            and dimensions.keys() == names
            and wanted <= metric.dimensions
        ):
            label = " ".join(dimensions[each] for each in schema if each in names - terms.keys())
            yield Line(
                label=label.removeprefix("orders ").strip(),
                datapoints=samples.datapoints(metric, match["stat"], period),
                unit=samples.units.get((namespace, name), ""),
            )
