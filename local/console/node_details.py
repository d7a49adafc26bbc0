"""What the console shows about one node: configuration, permissions, event sources, log lines."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from handlers.common.contract import ALIAS
from local.console.connections import statements
from local.console.nodes import as_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.console.connections import Edge
    from local.console.nodes import Node
    from local.console.pages import Console
    from local.console.topology import Topology
    from local.monitoring.activity import Event

MASK: Final = "••••••"
_SECRET_NAME = re.compile(r"SECRET|PASSWORD|TOKEN|CREDENTIAL|PRIVATE|(?:^|_)KEY", re.IGNORECASE)
_LOG_LINES = 50
# Resource policies by the type of the resource that has them, and the input that names it.
_POLICIES: Final = {
    "aws:sqs/queuePolicy:QueuePolicy": "queueUrl",
    "aws:sns/topicPolicy:TopicPolicy": "arn",
    "aws:s3/bucketPolicy:BucketPolicy": "bucket",
    "aws:lambda/permission:Permission": "function",
}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy; `source` is the policy's place."""

    source: str
    effect: str
    principal: str
    actions: list[str]
    resources: list[str]
    condition: str


@dataclass(frozen=True, kw_only=True)
class Details:
    """Everything about a node."""

    node: Node
    facts: list[tuple[str, str]]
    variables: Mapping[str, str]
    incoming: list[Edge]
    outgoing: list[Edge]
    mappings: list[dict[str, Any]]
    statements: list[Statement]
    configuration: str
    events: list[Event]

    @property
    def errors(self) -> list[Event]:
        """The log lines about failures."""
        return [event for event in self.events if event.is_failure]


def details(console: Console, topology: Topology, node: Node) -> Details:
    """Return what is known about a node; log lines are the newest first."""
    events = console.activity.events(function=node.name) if node.kind == "function" else []
    inputs = _inputs(node)
    return Details(
        node=node,
        facts=list(_facts(node, inputs)),
        variables=(inputs.get("environment") or {}).get("variables") or {},
        incoming=[edge for edge in topology.edges if edge.target == node.id],
        outgoing=[edge for edge in topology.edges if edge.source == node.id],
        mappings=list(_mappings(console, node)),
        statements=[*_role_statements(console, node), *_resource_statements(console, node)],
        configuration=json.dumps(inputs, indent=2, ensure_ascii=False, default=str, sort_keys=True),
        events=events[: -_LOG_LINES - 1 : -1],
    )


def _inputs(node: Node) -> dict[str, Any]:
    """Return the resource's inputs without secrets; JSON documents are objects."""
    if node.resource is None:
        return {}
    inputs = {
        name: MASK if name in node.resource.secret_inputs else _document(value)
        for name, value in node.resource.inputs.items()
        if name not in ("tags", "code")
    }
    environment = inputs.get("environment")
    if isinstance(environment, dict):
        variables = environment.get("variables") or {}
        masked = {
            name: MASK if _SECRET_NAME.search(name) and not value.startswith("arn:") else value
            for name, value in sorted(variables.items())
        }
        inputs["environment"] = {**environment, "variables": masked}
    elif environment:
        inputs["environment"] = {"variables": {"all": MASK}}
    return inputs


def _document(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _facts(node: Node, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what an engineer looks for first."""
    if node.arn:
        yield "ARN", node.arn
    formats = {
        "protocolType": "Protocol {}",
        "runtime": "{}",
        "handler": "{}",
        "memorySize": "{} MB",
        "timeout": "{} s",
        "reservedConcurrentExecutions": "{}",
        "visibilityTimeoutSeconds": "{} s",
        "messageRetentionSeconds": "{} s",
        "receiveWaitTimeSeconds": "{} s",
        "hashKey": "{}",
        "rangeKey": "{}",
        "billingMode": "{}",
        "streamViewType": "{}",
    }
    for name, text in formats.items():
        if name in inputs:
            yield _words(name.removesuffix("Seconds")), text.format(inputs[name])


def _words(name: str) -> str:
    """Return a property's name in words: `memorySize` is "Memory size"."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda match: f" {match[1].lower()}", name).capitalize()


def _mappings(console: Console, node: Node) -> Iterator[dict[str, Any]]:
    """Yield the event source mappings of a function, or of what functions consume."""
    names = {"function": "FunctionName", "queue": "EventSourceArn", "stream": "EventSourceArn"}
    if node.kind in names:
        client = console.deployment.emulator.client("lambda")
        # A function's mappings are those of its alias.
        value = f"{node.arn}:{ALIAS}" if node.kind == "function" else node.arn
        response = client.list_event_source_mappings(**{names[node.kind]: value})
        yield from response["EventSourceMappings"]


def _role_statements(console: Console, node: Node) -> Iterator[Statement]:
    """Yield what a function's role allows."""
    if node.resource is None or node.kind != "function":
        return
    role = node.resource.inputs["role"].rpartition("/")[2]
    for name, statement in statements(console.deployment.resources):
        if name == role:
            yield _statement(f"role {role}", statement)


def _resource_statements(console: Console, node: Node) -> Iterator[Statement]:
    """Yield what the node's own policy allows others."""
    if node.resource is None:
        return
    own = {node.resource.id, node.arn, node.resource.inputs.get("name", node.arn)}
    for resource in console.deployment.resources:
        inputs = resource.inputs
        if resource.kind not in _POLICIES or inputs[_POLICIES[resource.kind]] not in own:
            continue
        if resource.kind == "aws:lambda/permission:Permission":
            yield Statement(
                source="resource policy",
                effect="Allow",
                principal=inputs["principal"],
                actions=[inputs["action"]],
                resources=[node.arn],
                condition=f"aws:SourceArn {inputs['sourceArn']}" if "sourceArn" in inputs else "",
            )
            continue
        for statement in as_list(json.loads(inputs["policy"])["Statement"]):
            yield _statement("resource policy", statement)


def _statement(source: str, statement: Mapping[str, Any]) -> Statement:
    principal = statement.get("Principal", "")
    condition = statement.get("Condition")
    return Statement(
        source=source,
        effect=statement["Effect"],
        principal=principal if isinstance(principal, str) else json.dumps(principal),
        actions=as_list(statement.get("Action", [])),
        resources=as_list(statement.get("Resource", [])),
        condition=json.dumps(condition) if condition else "",
    )
