"""The tables of docs/alarms.md: `python -m tests.docs.alarms --write` or `--check`."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.infra.monitoring.support.alarms import ESSENTIAL, Alarm, alarms
from tests.infra.monitoring.support.dashboards import widgets
from tests.infra.support.combinations import EITHER, combined
from tests.support.emitted_metrics import emitted
from tooling import markdown
from tooling.aws_metrics import AWS_METRICS
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from local.monitoring.alarm_definitions import Definition
    from tests.infra.monitoring.support.dashboards import Widget
    from tests.infra.support.graph import Graph
    from tooling.aws_metrics import AwsMetric

PAGE: Final = ROOT / "docs" / "alarms.md"

_SHARE: Final = re.compile(
    r"IF\((?P<whole>.+?) >= (?P<minimum>\d+), 100 \* \((?P<part>.+?)\) / .+?, (?P<below>0|IF.+)\)"
)
_MISSING: Final = {"notBreaching": "OK", "ignore": "keeps its state"}


class _Kind(NamedTuple):
    """What alarms have in common that stand in one row."""

    severity: str
    metric: str
    threshold: str
    missing: str
    levels: str
    runbook: str


def generate(page: str) -> str:
    """Return the page with each of its tables, in this order, generated anew."""
    graphs = [combined(each, monitoring="full") for each in EITHER]
    tables = iter(
        (
            _alarms(graphs),
            _widgets(graphs, "operations"),
            _widgets(graphs, "business"),
            markdown.table(
                ("metric", "dimensions", "unit", "statistics", "no data", "not in that page"),
                map(_aws_cells, AWS_METRICS),
            ),
            markdown.table(("metric", "functions", "dimensions", "unit"), _handler_rows()),
        )
    )
    return re.sub(r"(?:^\|.*\n)+", lambda _: next(tables), page, flags=re.MULTILINE)


def _alarms(graphs: Iterable[Graph]) -> str:
    """Return the table of alarms: those of the same kind in one row."""
    rows: defaultdict[_Kind, list[str]] = defaultdict(list)
    for alarm in (alarm for graph in graphs for alarm in alarms(graph)):
        names = rows[_kind(alarm)]
        if alarm.label not in names:
            names.append(alarm.label)
    return markdown.table(
        ("alarm", "severity", "reads", "fires", "no data", "`monitoring`", "runbook"),
        ((_code(names), *kind) for kind, names in rows.items()),
    )


def _kind(alarm: Alarm) -> _Kind:
    definition = alarm.definition
    return _Kind(
        severity=alarm.severity,
        metric=_in_words(alarm),
        threshold=definition.rule.in_words(alarm.metrics[0].period),
        missing=_without_data(alarm, definition),
        levels="`full`, `essential`" if alarm.runbook in ESSENTIAL else "`full`",
        runbook=f"[{alarm.runbook}](operations.md#{alarm.runbook})",
    )


def _in_words(alarm: Alarm) -> str:
    """Return what an alarm computes; the metrics' names are code."""
    share = _SHARE.fullmatch(alarm.expression)
    if share is None:
        statistic = alarm.metrics[0].statistic
        return f"{statistic} of {_named(alarm, alarm.expression)}"
    words = f"{_named(alarm, share['part'])} as % of {_named(alarm, share['whole'])}"
    words += f", if that is at least {share['minimum']}"
    return words + ("" if share["below"] == "0" else ", or if all failed, and at least three")


def _named(alarm: Alarm, expression: str) -> str:
    """Return an expression with the metrics' names; `ReadThrottleEvents` may be of two metrics."""
    names = {metric.id: f"`{metric.name}`" for metric in alarm.metrics}
    ids = re.findall(r"\bm\d+\b", expression)
    return " + ".join(dict.fromkeys(names[each] for each in ids))


def _without_data(alarm: Alarm, definition: Definition) -> str:
    (value,) = definition.evaluated({metric.id: [None] for metric in alarm.metrics})
    return _MISSING[definition.rule.missing] if value is None else "counts as 0"


def _widgets(graphs: Iterable[Graph], label: str) -> str:
    """Return the table of a dashboard's widgets, with the metrics of either gateway."""
    metrics: dict[str, list[str]] = {}
    for widget in (widget for graph in graphs for widget in widgets(graph)):
        board, _, title = widget.where.partition(": ")
        if board.endswith(label):
            metrics.setdefault(title, []).extend(_metrics(widget))
    return markdown.table(
        ("widget", "metrics"),
        ((title, _code(dict.fromkeys(names))) for title, names in metrics.items()),
    )


def _metrics(widget: Widget) -> Iterator[str]:
    yield from (use.name for use in widget.uses())
    yield from (search.name for search in widget.searches())


def _aws_cells(metric: AwsMetric) -> tuple[str, ...]:
    sets = "; ".join(_code(sorted(each)) for each in metric.dimension_sets)
    return (
        f"[{metric.namespace} {metric.name}]({metric.source})",
        sets,
        metric.unit,
        ", ".join(metric.statistics),
        metric.without_data,
        metric.unverified,
    )


def _handler_rows() -> Iterator[tuple[str, ...]]:
    functions: defaultdict[tuple[str, frozenset[str], str], set[str]] = defaultdict(set)
    for metric in emitted().metrics:
        functions[metric.name, metric.dimensions, metric.unit].add(metric.package)
    for (name, dimensions, unit), packages in sorted(
        functions.items(), key=lambda item: (item[0][0], sorted(item[1]))
    ):
        yield f"`{name}`", _code(sorted(packages)), _code(sorted(dimensions)), unit


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    markdown.run("tests.docs.alarms", PAGE, generate)
