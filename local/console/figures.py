"""Live figures of the graph's nodes, through the APIs that AWS has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from local.monitoring.alarms import deployed_alarms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.console.nodes import Node
    from local.console.pages import Console
    from local.console.topology import Topology

_DEPTHS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class Figure(NamedTuple):
    """A short text about a node, and its tone: what is wrong is `bad`, unusual `warn`."""

    text: str
    tone: str = ""


def figures(console: Console, topology: Topology) -> dict[str, list[Figure]]:
    """Return the figures of every node that has some, the most important first."""
    result: dict[str, list[Figure]] = {}
    for node in topology.nodes.values():
        if reader := _READERS.get(node.kind):
            try:
                result[node.id] = list(reader(console, node))
            except ClientError:  # it was deployed, and somebody has deleted it
                result[node.id] = [Figure("not found", "bad")]
    for function, state in _mapping_states(console, topology):
        if state in ("Disabled", "Disabling"):
            result[function].insert(0, Figure("paused", "warn"))
    for fault in console.faults().active():
        function = f"function/{fault.hop.partition(':')[0]}"
        result.setdefault(function, []).insert(0, Figure(f"fault: {fault.effect}", "bad"))
    return result


def depth(console: Console, url: str) -> int:
    """Return the number of a queue's messages: waiting, in flight and delayed."""
    attributes = console.deployment.emulator.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=list(_DEPTHS)
    )["Attributes"]
    return sum(int(attributes[name]) for name in _DEPTHS)


def _function(console: Console, node: Node) -> Iterator[Figure]:
    counts = console.activity.counts.get(node.name)
    if counts and counts.errors:
        yield Figure(f"{counts.errors:,} of {counts.invocations:,} failed", "bad")
    elif counts:
        yield Figure(_number(counts.invocations, "call"))


def _queue(console: Console, node: Node) -> Iterator[Figure]:
    messages = depth(console, node.resource_id)
    yield Figure(_number(messages, "message"), "info" if messages else "")


def _dead_letters(console: Console, node: Node) -> Iterator[Figure]:
    messages = depth(console, node.resource_id)
    yield Figure(f"{messages:,}", "bad" if messages else "")


def _table(console: Console, node: Node) -> Iterator[Figure]:
    client = console.deployment.emulator.client("dynamodb")
    table = client.describe_table(TableName=node.resource_id)["Table"]
    yield Figure(_number(table["ItemCount"], "item"))


def _ses(console: Console, node: Node) -> Iterator[Figure]:
    del node
    quota = console.deployment.emulator.client("ses").get_send_quota()
    yield Figure(f"{int(quota['SentLast24Hours']):,} sent")


def _alarms(console: Console, node: Node) -> Iterator[Figure]:
    del node
    deployment = console.deployment
    alarms = deployed_alarms(deployment.emulator.client, deployment.settings.prefix)
    states = [alarm["StateValue"] for alarm in alarms]
    if firing := states.count("ALARM"):
        yield Figure(f"{firing} in ALARM", "bad")
    yield Figure(_number(len(states), "alarm"))


_READERS: Mapping[str, Any] = {
    "function": _function,
    "queue": _queue,
    "dead-letters": _dead_letters,
    "table": _table,
    "ses": _ses,
    "alarms": _alarms,
}


def _mapping_states(console: Console, topology: Topology) -> Iterator[tuple[str, str]]:
    """Yield the function and the state of every event source mapping."""
    functions = {node.arn: node.id for node in topology.nodes.values() if node.kind == "function"}
    client = console.deployment.emulator.client("lambda")
    for page in client.get_paginator("list_event_source_mappings").paginate():
        for mapping in page["EventSourceMappings"]:
            # The ARN ends with the alias.
            arn = ":".join(mapping["FunctionArn"].split(":")[:7])
            if arn in functions:
                yield functions[arn], mapping["State"]


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
