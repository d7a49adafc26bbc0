"""The graph of the deployed system: its resources as nodes, and edges along which orders travel.

Everything is read from the resources that were deployed. An edge exists where one resource names
another one: an integration, an event source mapping, a subscription, a redrive policy, a failure
destination, or a statement of a role.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from local.resources import Resource

# Kinds of nodes by Pulumi type. What is not here, such as a role, is no node.
_KINDS: Final = {
    "aws:apigatewayv2/api:Api": "http-api",
    "aws:apigateway/restApi:RestApi": "rest-api",
    "aws:lambda/function:Function": "function",
    "aws:dynamodb/table:Table": "table",
    "aws:sns/topic:Topic": "topic",
    "aws:sqs/queue:Queue": "queue",
    "aws:sesv2/configurationSet:ConfigurationSet": "ses",
    "aws:cloudfront/distribution:Distribution": "distribution",
    "aws:s3/bucket:Bucket": "bucket",
}
TITLES: Final = {
    "http-api": "HTTP API",
    "rest-api": "REST API",
    "function": "Lambda function",
    "table": "DynamoDB table",
    "stream": "DynamoDB stream",
    "topic": "SNS topic",
    "queue": "SQS queue",
    "dead-letters": "Dead-letter queue",
    "ses": "SES configuration set",
    "smtp": "SMTP server",
    "alarms": "CloudWatch alarms",
    "distribution": "CloudFront distribution",
    "bucket": "S3 bucket",
}
_ALARMS: Final = "alarms/alarms"
# For a narrow box.
SHORT_TITLES: Final = {
    **TITLES,
    "function": "Function",
    "table": "Table",
    "stream": "Stream",
    "topic": "Topic",
    "queue": "Queue",
    "dead-letters": "Dead letters",
    "ses": "SES",
    "smtp": "SMTP",
    "alarms": "CloudWatch",
    "distribution": "CloudFront",
    "bucket": "Bucket",
}
_UNDELIVERED: Final = "what cannot be delivered"
_NAMES = ("name", "configurationSetName", "bucket", "comment")


@dataclass(frozen=True, kw_only=True)
class Node:
    """One resource; `attached_to` is the node in whose box it is drawn."""

    kind: str
    name: str
    arn: str
    resource: Resource | None = None
    attached_to: str | None = None

    @property
    def id(self) -> str:
        """What identifies it in the stack, as a path."""
        return f"{self.kind}/{self.name}"

    @property
    def title(self) -> str:
        """The kind in words."""
        return TITLES[self.kind]

    @property
    def resource_id(self) -> str:
        """The resource's physical ID, such as a queue's URL."""
        return self.resource.id if self.resource else ""


@dataclass(frozen=True, kw_only=True)
class Edge:
    """What goes from one node to another; `label` says how, `note` under which condition."""

    source: str
    target: str
    label: str
    note: str = ""
    is_call: bool = False
    """Whether a function calls the target, which its role allows; otherwise AWS delivers."""


@dataclass(frozen=True)
class Topology:
    """The nodes by ID, and the edges between them."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def attached(self, node: Node) -> list[Node]:
        """Return what is drawn in a node's box."""
        return [each for each in self.nodes.values() if each.attached_to == node.id]


def topology(resources: Iterable[Resource], prefix: str) -> Topology:
    """Return the graph of deployed resources.

    Args:
        resources: All resources of a stack.
        prefix: What their names begin with, which nodes leave out.
    """
    # Resources come in the order of their creation, which differs from one deployment to the next.
    known = sorted(resources, key=lambda resource: resource.key)
    nodes = [*_nodes(known, prefix), *_smtp_servers(known)]
    search = _Search(nodes)
    edges = _distinct(_deliveries(known, nodes, search))
    pairs = {frozenset((edge.source, edge.target)) for edge in edges}
    # What Lambda itself does with a function's role, such as polling a queue, is an edge already.
    calls = [
        edge
        for edge in _calls(known, nodes, search)
        if frozenset((edge.source, edge.target)) not in pairs
    ]
    return _attached(nodes, edges + calls)


def _nodes(resources: Sequence[Resource], prefix: str) -> Iterator[Node]:
    dead_letters = {arn for each in resources for arn in _dead_letter_arns(each)}
    for resource in resources:
        kind = _KINDS.get(resource.kind)
        if kind is None:
            continue
        arn, name = resource.outputs["arn"], _name(resource).removeprefix(prefix)
        if arn in dead_letters:
            kind, name = "dead-letters", name.removesuffix("-dead-letters")
        yield Node(kind=kind, name=name, arn=arn, resource=resource)
        if stream := resource.outputs.get("streamArn"):
            yield Node(kind="stream", name=name, arn=stream, resource=resource)
    alarms = [each for each in resources if each.kind == "aws:cloudwatch/metricAlarm:MetricAlarm"]
    if alarms:
        yield Node(kind="alarms", name="alarms", arn="")


def _name(resource: Resource) -> str:
    return next(filter(None, (resource.inputs.get(name) for name in _NAMES)), resource.name)


def _smtp_servers(resources: Iterable[Resource]) -> Iterator[Node]:
    """Yield the SMTP servers that functions are configured for: no resources, but targets."""
    hosts = {_variables(each).get("SMTP_HOST") for each in resources}
    yield from (Node(kind="smtp", name=host, arn="") for host in sorted(filter(None, hosts)))


class _Search:
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


def _deliveries(
    resources: Sequence[Resource], nodes: Sequence[Node], search: _Search
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
                yield from (Edge(source=_ALARMS, target=topic, label="notify") for topic in topics)
            case "aws:cloudfront/distribution:Distribution":
                yield from _origins(resource, nodes, search)


def _integrations(
    resources: Sequence[Resource], nodes: Sequence[Node], search: _Search
) -> Iterator[Edge]:
    """Yield the edges from APIs to the functions that they invoke."""
    apis = {node.resource_id: node.arn for node in nodes}
    for resource in resources:
        inputs = resource.inputs
        if resource.kind == "aws:apigatewayv2/integration:Integration":
            yield from search.edge(apis[inputs["apiId"]], inputs["integrationUri"], "invokes")
        elif resource.kind == "aws:apigateway/integration:Integration" and "uri" in inputs:
            yield from search.edge(apis[inputs["restApi"]], inputs["uri"], "invokes")


def _mapping(inputs: dict[str, Any], search: _Search) -> Iterator[Edge]:
    filters = [each["pattern"] for each in inputs.get("filterCriteria", {}).get("filters", [])]
    label = f"batches of {inputs['batchSize']}" if "batchSize" in inputs else "batches"
    function = inputs["functionName"]
    yield from search.edge(inputs["eventSourceArn"], function, label, note=" or ".join(filters))
    for arn in _dead_letter_arns_of_mapping(inputs):
        yield from search.edge(function, arn, "batches that failed")


def _subscription(inputs: dict[str, Any], search: _Search) -> Iterator[Edge]:
    note = inputs.get("filterPolicy", "")
    yield from search.edge(inputs["topic"], inputs["endpoint"], "subscription", note=note)
    if "redrivePolicy" in inputs:
        target = json.loads(inputs["redrivePolicy"])["deadLetterTargetArn"]
        yield from search.edge(inputs["topic"], target, _UNDELIVERED)


def _origins(distribution: Resource, nodes: Sequence[Node], search: _Search) -> Iterator[Edge]:
    """Yield the edges to the buckets whose domain names are origins."""
    origins = {origin["domainName"] for origin in distribution.inputs["origins"]}
    for node in nodes:
        outputs = node.resource.outputs.values() if node.resource else ()
        if node.kind == "bucket" and origins.intersection(map(str, outputs)):
            yield from search.edge(distribution.outputs["arn"], node.arn, "serves")


def _calls(resources: Sequence[Resource], nodes: Sequence[Node], search: _Search) -> Iterator[Edge]:
    """Yield the edges of calls that the functions' roles allow."""
    functions = {
        node.resource.inputs["role"]: node
        for node in nodes
        if node.kind == "function" and node.resource
    }
    actions: dict[tuple[str, str], set[str]] = {}
    for role, statement in statements(resources):
        function = next((node for arn, node in functions.items() if arn.endswith(f"/{role}")), None)
        for resource in _list(statement.get("Resource", [])):
            target = search.node(resource)
            if function and target:
                names = {action.partition(":")[2] for action in _list(statement["Action"])}
                actions.setdefault((function.id, target), set()).update(names)
    for (source, target), names in actions.items():
        yield Edge(source=source, target=target, label=", ".join(sorted(names)), is_call=True)
    for node in functions.values():
        if host := _variables(node.resource).get("SMTP_HOST"):
            yield Edge(source=node.id, target=f"smtp/{host}", label="SMTP", is_call=True)


def statements(resources: Iterable[Resource]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the statements of every role's own policies, with the role's name."""
    for resource in resources:
        if resource.kind == "aws:iam/rolePolicy:RolePolicy":
            for statement in _list(json.loads(resource.inputs["policy"])["Statement"]):
                yield resource.inputs["role"], statement


def _dead_letter_arns(resource: Resource) -> Iterator[str]:
    inputs = resource.inputs
    if policy := inputs.get("redrivePolicy"):
        yield json.loads(policy)["deadLetterTargetArn"]
    yield from _dead_letter_arns_of_mapping(inputs)


def _dead_letter_arns_of_mapping(inputs: dict[str, Any]) -> Iterator[str]:
    if failure := inputs.get("destinationConfig", {}).get("onFailure"):
        yield failure["destinationArn"]


def _attached(nodes: Iterable[Node], edges: list[Edge]) -> Topology:
    """Draw streams in the box of their table, and a dead-letter queue in that of its one source."""
    deliveries = [edge for edge in edges if not edge.is_call]
    sources = {edge.target: edge.source for edge in deliveries if edge.label != _UNDELIVERED}
    counts = Counter(edge.target for edge in deliveries if edge.label != _UNDELIVERED)
    placed = {
        node.id: replace(node, attached_to=sources[node.id])
        if node.kind in ("stream", "dead-letters") and counts[node.id] == 1
        else node
        for node in nodes
    }
    return Topology(placed, edges)


def _distinct(edges: Iterable[Edge]) -> list[Edge]:
    return list(dict.fromkeys(edges))


def _variables(resource: Resource | None) -> dict[str, str]:
    environment = (resource.inputs.get("environment") or {}) if resource else {}
    return environment.get("variables") or {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
