"""What the widgets of a dashboard read: metrics, metric math and searches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pulumi_aws as aws

from tests.infra.monitoring.support.metric_checks import MetricUse
from tests.infra.support.graph import token
from tests.support.emitted_metrics import emitted
from tooling import aws_metrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.infra.monitoring.support.metric_checks import MetricChecks
    from tests.infra.support.graph import Graph

_SEARCH = re.compile(r"SEARCH\('\{(?P<schema>[^}]+)\} (?P<terms>.+)', '(?P<statistic>\w+)'\)")
_TERM = re.compile(r'(\w+)="([^"]+)"')


class Search(NamedTuple):
    """A search expression: every metric of a name with exactly these dimensions."""

    where: str
    namespace: str
    dimensions: frozenset[str]
    name: str
    values: Mapping[str, str]
    statistic: str

    @classmethod
    def of(cls, expression: str, where: str) -> Search:
        """Read an expression."""
        match = _SEARCH.fullmatch(expression)
        assert match, f"{where}: {expression} is not a search as the program writes it"
        namespace, *dimensions = (part.strip('"') for part in match["schema"].split(","))
        terms = dict(_TERM.findall(match["terms"]))
        assert _TERM.sub("", match["terms"]).strip() == "", f"{where}: {expression}"
        return cls(
            where=where,
            namespace=namespace,
            dimensions=frozenset(dimensions),
            name=terms.pop("MetricName"),
            values=terms,
            statistic=match["statistic"],
        )

    def problems(self, checks: MetricChecks) -> list[str]:
        """What keeps the search from finding a metric of this stack, and of no other."""
        return [f"{self.where}: {problem}" for problem in self._problems(checks)]

    def _problems(self, checks: MetricChecks) -> Iterator[str]:
        if not self.dimensions >= self.values.keys():
            yield f"it searches {set(self.values)} among {set(self.dimensions)}"
        if self.namespace == checks.project:
            seen = {(each.name, each.dimensions) for each in emitted().metrics}
            if (self.name, self.dimensions) not in seen:
                yield f"no handler was seen to emit {self.name} by {set(self.dimensions)}"
            if self.values.get("environment") != checks.stack:
                yield "it finds other stacks as well"
            return
        metric = aws_metrics.emitted(self.namespace, self.name, self.dimensions)
        if metric is None or not metric.has_statistic(self.statistic):
            yield f"{self.namespace} has no {self.statistic} of {self.name} by {self.dimensions}"
        if not self.values:
            yield "it finds other stacks as well"
        for dimension, value in self.values.items():
            if value not in checks.names[self.namespace, dimension]:
                yield f"the stack has no {dimension} {value}"


class Widget(NamedTuple):
    """A widget of a dashboard."""

    where: str
    properties: Mapping[str, Any]

    @property
    def rows(self) -> list[list[Any]]:
        """The rows of metrics and expressions."""
        return list(self.properties["metrics"])

    def uses(self) -> Iterator[MetricUse]:
        """The metrics that the widget names."""
        for row in self.rows:
            if isinstance(row[0], str):
                options = row[-1] if isinstance(row[-1], dict) else {}
                namespace, name, *rest = (part for part in row if isinstance(part, str))
                yield MetricUse(
                    where=self.where,
                    namespace=namespace,
                    name=name,
                    dimensions=dict(zip(rest[::2], rest[1::2], strict=True)),
                    statistic=options.get("stat", self.properties["stat"]),
                    period=options.get("period", self.properties["period"]),
                )

    def expressions(self) -> Iterator[str]:
        """Every expression of the widget."""
        for row in self.rows:
            if isinstance(row[0], dict):
                yield row[0]["expression"]

    def searches(self) -> Iterator[Search]:
        """The searches of the widget."""
        for expression in self.expressions():
            if "SEARCH" in expression:
                yield Search.of(expression, self.where)

    def math(self) -> Iterator[str]:
        """The metric math of the widget."""
        yield from (each for each in self.expressions() if "SEARCH" not in each)

    def ids(self) -> list[str]:
        """The IDs of the widget's metrics."""
        options = [row[-1] for row in self.rows if isinstance(row[0], str)]
        return [each["id"] for each in options if isinstance(each, dict) and "id" in each]


def widgets(graph: Graph) -> list[Widget]:
    """Every widget of every dashboard of a stack."""
    return [
        Widget(f"{board.name}: {widget['properties']['title']}", widget["properties"])
        for board in graph.resources
        if board.type == token(aws.cloudwatch.Dashboard)
        for widget in board.document("dashboardBody")["widgets"]
    ]
