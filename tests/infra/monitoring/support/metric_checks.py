"""Whether a metric that an alarm or a dashboard reads is emitted, with these dimensions."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from typing import TYPE_CHECKING

import pulumi_aws as aws

from tests.infra.support.graph import token
from tests.support.emitted_metrics import emitted
from tooling import aws_metrics
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pulumi

    from tests.infra.support.graph import Graph, Resource

# What operators write themselves, in the project's namespace, with the command of a page.
_OF_OPERATORS = {"Failover": (frozenset({"environment"}), ROOT / "docs" / "regions.md")}

# CloudWatch has metrics of AWS services by minute.
_SECONDS = 60


@dataclasses.dataclass(frozen=True, kw_only=True)
class MetricUse:
    """A metric that something reads, and how."""

    where: str
    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str
    period: int

    def __str__(self) -> str:
        return f"{self.where} reads {self.namespace} {self.name} of {dict(self.dimensions)}"


class MetricChecks:
    """The checks of one stack, whose resources are looked up once."""

    def __init__(self, graph: Graph) -> None:
        self.project, self.stack = graph.stackfile.project, graph.stackfile.stack
        self.names = _deployed_names(graph)
        self._indexes = _indexes(graph)
        self._stream_readers = _stream_readers(graph, self.names["AWS/Lambda", "FunctionName"])
        functions = _all(graph, aws.lambda_.Function)
        self._packages = {str(each["handler"]).split(".")[1] for each in functions}

    def problems(self, use: MetricUse) -> list[str]:
        """What keeps a metric from having data, or its statistic from meaning something."""
        found = [*self._problems(use)]
        if use.period < _SECONDS or use.period % _SECONDS:
            found.append(f"a period of {use.period} s is not of whole minutes")
        return [f"{use}: {problem}" for problem in found]

    def _problems(self, use: MetricUse) -> Iterator[str]:
        if use.namespace != self.project:
            return self._of_service(use)
        return self._of_operator(use) if use.name in _OF_OPERATORS else self._of_handler(use)

    def _of_operator(self, use: MetricUse) -> Iterator[str]:
        dimensions, page = _OF_OPERATORS[use.name]
        if f"--metric-name {use.name} " not in page.read_text(encoding="utf-8"):
            yield f"{page.name} has no command that writes it"
        if use.dimensions.keys() != dimensions:
            yield f"operators write it with {set(dimensions)}"
        if use.dimensions.get("environment") != self.stack:
            yield "it is another stack's"

    def _of_service(self, use: MetricUse) -> Iterator[str]:
        metric = aws_metrics.emitted(use.namespace, use.name, use.dimensions)
        if metric is None:
            yield "the service does not emit it"
            return
        if not metric.has_statistic(use.statistic):
            yield f"the statistic {use.statistic} says nothing about it"
        for dimension, value in use.dimensions.items():
            if value not in self.names[use.namespace, dimension]:
                yield f"the stack has no {dimension} {value}"
        index = use.dimensions.get("GlobalSecondaryIndexName")
        if index and index not in self._indexes.get(use.dimensions["TableName"], ()):
            yield f"the table has no index {index}"
        if use.name == "IteratorAge" and use.dimensions["FunctionName"] not in self._stream_readers:
            yield "the function reads no stream"

    def _of_handler(self, use: MetricUse) -> Iterator[str]:
        metric = emitted().metric(use.name, use.dimensions)
        if metric is None:
            yield "no handler was seen to emit it"
            return
        if use.dimensions["environment"] != self.stack:
            yield f"the stack is not {use.dimensions['environment']}"
        if metric.package not in self._packages:
            yield f"the stack has no function {metric.package}"
        if metric.unit == "Count" and use.statistic != "Sum":
            yield f"a count is added up, and not {use.statistic}"


def _deployed_names(graph: Graph) -> Mapping[tuple[str, str], set[str]]:
    """The values of dimensions by namespace and dimension."""
    names: defaultdict[tuple[str, str], set[str]] = defaultdict(set)

    def add(namespace: str, dimension: str, kind: type[pulumi.Resource], key: str) -> None:
        names[namespace, dimension] |= {
            str(each.inputs[key] if key in each.inputs else each.outputs[key])
            for each in _all(graph, kind)
        }

    add("AWS/Lambda", "FunctionName", aws.lambda_.Function, "name")
    add("AWS/SQS", "QueueName", aws.sqs.Queue, "name")
    add("AWS/DynamoDB", "TableName", aws.dynamodb.Table, "name")
    add("AWS/ApiGateway", "ApiId", aws.apigatewayv2.Api, "id")
    add("AWS/ApiGateway", "ApiName", aws.apigateway.RestApi, "name")
    add("AWS/ApiGateway", "Stage", aws.apigateway.Stage, "stageName")
    add("AWS/ApiGateway", "Stage", aws.apigatewayv2.Stage, "name")
    add("AWS/SES", "ses:configuration-set", aws.sesv2.ConfigurationSet, "configurationSetName")
    for each in _all(graph, aws.lambda_.Alias):
        names["AWS/Lambda", "Resource"].add(f"{each['functionName']}:{each['name']}")
    for indexes in _indexes(graph).values():
        names["AWS/DynamoDB", "GlobalSecondaryIndexName"] |= indexes
    return names


def _all(graph: Graph, kind: type[pulumi.Resource]) -> list[Resource]:
    """The resources of a class, of which a stack may have none."""
    return [each for each in graph.resources if each.type == token(kind)]


def _indexes(graph: Graph) -> Mapping[str, set[str]]:
    """The indexes of each table."""
    return {
        table["name"]: {index["name"] for index in table.inputs.get("globalSecondaryIndexes") or ()}
        for table in _all(graph, aws.dynamodb.Table)
    }


def _stream_readers(graph: Graph, functions: set[str]) -> set[str]:
    """The functions with an event source mapping for a stream."""
    return {
        name
        for mapping in _all(graph, aws.lambda_.EventSourceMapping)
        if "/stream/" in str(mapping["eventSourceArn"])
        for name in functions & set(str(mapping["functionName"]).split(":"))
    }
