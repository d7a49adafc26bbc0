"""The edges of the graph: along which AWS delivers, and which functions and pages call.

An edge exists where one resource names another one: an integration, an event source mapping, a
subscription, a redrive policy, a failure destination, an origin, or a statement of a role.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from local.console.nodes import ALARMS, as_list, failure_destinations, variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from local.console.nodes import Node
    from local.deployment.resources import Resource

_FILE: Final = "aws:s3/bucketObjectv2:BucketObjectv2"
UNDELIVERED: Final = "what cannot be delivered"


@dataclass(frozen=True, kw_only=True)
class Edge:
    """What goes from one node to another; `label` says how, `note` under which condition."""

    source: str
    target: str
    label: str
    note: str = ""
    is_call: bool = False
    """Whether a function or a page calls the target; otherwise AWS delivers."""


class Search:
    """Finds the node that an ARN, or a text with one, is about."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._nodes = {node.arn: node for node in nodes if node.arn}
        # The longest first: a stream's ARN begins with that of its table.
        arns = sorted(map(re.escape, self._nodes), key=len, reverse=True)
        self._pattern = re.compile(rf"(?:{'|'.join(arns)})(?![\w-])") if arns else None

    def node(self, text: str) -> str | None:
        """Return the ID of the node whose ARN is in a text."""
        match = self._pattern and self._pattern.search(text)
        return self._nodes[match[0]].id if match else None

    def edge(self, source: str, target: str, label: str, **options: Any) -> Iterator[Edge]:
        """Yield the edge between the nodes of two ARNs, if the stack has both."""
        start, end = self.node(source), self.node(target)
        if start and end:
            yield Edge(source=start, target=end, label=label, **options)


def deliveries(
    resources: Sequence[Resource], nodes: Sequence[Node], search: Search
) -> Iterator[Edge]:
    """Yield the edges along which AWS delivers."""
    for node in nodes:
        if node.kind == "stream" and node.resource:
            yield from search.edge(node.resource.outputs["arn"], node.arn, "every change")
    yield from _integrations(resources, nodes, search)
    for resource in resources:
        inputs = resource.inputs
        match resource.kind:
            case "aws:lambda/eventSourceMapping:EventSourceMapping":
                yield from _mapping(inputs, search)
            case "aws:sns/topicSubscription:TopicSubscription":
                yield from _subscription(inputs, search)
            case "aws:sqs/queue:Queue" if "redrivePolicy" in inputs:
                policy = json.loads(inputs["redrivePolicy"])
                label = f"after {policy['maxReceiveCount']} receives"
                target = policy["deadLetterTargetArn"]
                yield from search.edge(resource.outputs["arn"], target, label)
            case "aws:cloudwatch/metricAlarm:MetricAlarm":
                topics = filter(None, map(search.node, inputs.get("alarmActions", [])))
                yield from (Edge(source=ALARMS, target=topic, label="notify") for topic in topics)
            case "aws:cloudfront/distribution:Distribution":
                yield from _origins(resource, nodes, search)


def _integrations(
    resources: Sequence[Resource], nodes: Sequence[Node], search: Search
) -> Iterator[Edge]:
    """Yield the edges from APIs to the functions that they invoke."""
    apis = {node.resource_id: node.arn for node in nodes}
    for resource in resources:
        inputs = resource.inputs
        if resource.kind == "aws:apigatewayv2/integration:Integration":
            yield from search.edge(apis[inputs["apiId"]], inputs["integrationUri"], "invokes")
        elif resource.kind == "aws:apigateway/integration:Integration" and "uri" in inputs:
            yield from search.edge(apis[inputs["restApi"]], inputs["uri"], "invokes")


def _mapping(inputs: dict[str, Any], search: Search) -> Iterator[Edge]:
    filters = [each["pattern"] for each in inputs.get("filterCriteria", {}).get("filters", [])]
    label = f"batches of {inputs['batchSize']}" if "batchSize" in inputs else "batches"
    function = inputs["functionName"]
    yield from search.edge(inputs["eventSourceArn"], function, label, note=" or ".join(filters))
    for arn in failure_destinations(inputs):
        yield from search.edge(function, arn, "batches that failed")


def _subscription(inputs: dict[str, Any], search: Search) -> Iterator[Edge]:
    note = inputs.get("filterPolicy", "")
    yield from search.edge(inputs["topic"], inputs["endpoint"], "subscription", note=note)
    if "redrivePolicy" in inputs:
        target = json.loads(inputs["redrivePolicy"])["deadLetterTargetArn"]
        yield from search.edge(inputs["topic"], target, UNDELIVERED)


def _origins(distribution: Resource, nodes: Sequence[Node], search: Search) -> Iterator[Edge]:
    """Yield the edges to the buckets whose domain names are origins."""
    origins = {origin["domainName"] for origin in distribution.inputs["origins"]}
    for node in nodes:
        outputs = node.resource.outputs.values() if node.resource else ()
        if node.kind == "bucket" and origins.intersection(map(str, outputs)):
            yield from search.edge(distribution.outputs["arn"], node.arn, "serves")


def calls(resources: Sequence[Resource], nodes: Sequence[Node], search: Search) -> Iterator[Edge]:
    """Yield the edges of calls that the functions' roles allow."""
    functions = {
        node.resource.inputs["role"]: node
        for node in nodes
        if node.kind == "function" and node.resource
    }
    actions: dict[tuple[str, str], set[str]] = {}
    for role, statement in statements(resources):
        function = next((node for arn, node in functions.items() if arn.endswith(f"/{role}")), None)
        for resource in as_list(statement.get("Resource", [])):
            target = search.node(resource)
            if function and target:
                names = {action.partition(":")[2] for action in as_list(statement["Action"])}
                actions.setdefault((function.id, target), set()).update(names)
    for (source, target), names in actions.items():
        yield Edge(source=source, target=target, label=", ".join(sorted(names)), is_call=True)
    for node in functions.values():
        if host := variables(node.resource).get("SMTP_HOST"):
            yield Edge(source=node.id, target=f"smtp/{host}", label="SMTP", is_call=True)


def calls_of_pages(resources: Sequence[Resource], nodes: Sequence[Node]) -> Iterator[Edge]:
    """Yield the edges from buckets to the APIs whose URLs are in the buckets' files."""
    known = {node.resource_id: node.id for node in nodes if node.kind != "stream"}
    apis = {}
    for resource in resources:
        url = resource.outputs.get("apiEndpoint") or resource.outputs.get("invokeUrl")
        api = known.get(resource.inputs.get("restApi", resource.inputs.get("apiId", resource.id)))
        if url and api:
            apis[url] = api
    files = [each.inputs for each in resources if each.kind == _FILE]
    edges = {
        Edge(source=known[file["bucket"]], target=api, label="a page sends orders", is_call=True)
        for file in files
        for url, api in apis.items()
        if f"{url}/" in file.get("content", "")
    }
    yield from sorted(edges, key=lambda edge: edge.target)


def statements(resources: Iterable[Resource]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the statements of every role's own policies, with the role's name."""
    for resource in resources:
        if resource.kind == "aws:iam/rolePolicy:RolePolicy":
            for statement in as_list(json.loads(resource.inputs["policy"])["Statement"]):
                yield resource.inputs["role"], statement
