"""Event source mappings of queues and of the orders table's stream."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from handlers.common.inserts import MAX_STATEMENTS
from tests.infra.support.combinations import Combination, combined
from tests.infra.support.graph import deployed, stack_of
from tests.infra.support.policies import statements
from tests.support.stacks import EXAMPLES, SHIPPED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.infra.support.graph import Graph, Resource


def _mappings(graph: Graph, service: str) -> list[Resource]:
    matches = [
        m
        for m in graph.all(aws.lambda_.EventSourceMapping)
        if m["eventSourceArn"].split(":")[2] == service
    ]
    assert matches
    return matches


def test_every_mapping_invokes_a_live_alias(graph: Graph) -> None:
    """Events go to the `live` alias of a function."""
    for mapping in graph.all(aws.lambda_.EventSourceMapping):
        alias = graph.by_arn(mapping["functionName"])
        assert (alias.type, alias["name"]) == ("aws:lambda/alias:Alias", "live"), mapping


def test_one_bad_message_does_not_fail_its_batch(graph: Graph) -> None:
    """Every mapping of a queue lets its function name the messages that failed."""
    for mapping in _mappings(graph, "sqs"):
        assert mapping.inputs.get("functionResponseTypes") == ["ReportBatchItemFailures"], mapping


def test_every_work_queue_is_consumed(graph: Graph) -> None:
    """Every queue that is not a dead-letter queue has exactly one event source mapping."""
    work = sorted(
        queue.arn for queue in graph.all(aws.sqs.Queue) if "redrivePolicy" in queue.inputs
    )
    assert sorted(mapping["eventSourceArn"] for mapping in _mappings(graph, "sqs")) == work


@pytest.mark.parametrize(("function", "size", "seconds"), [("email", 10, 1), ("audit", 25, 5)])
def test_workflows_get_batches(graph: Graph, function: str, size: int, seconds: int) -> None:
    """A batch of a workflow needs one call for its records, and waits for seconds at most."""
    queue = graph.named(aws.sqs.Queue, function)
    (mapping,) = (m for m in _mappings(graph, "sqs") if m["eventSourceArn"] == queue.arn)
    assert (mapping["batchSize"], mapping["maximumBatchingWindowInSeconds"]) == (size, seconds)


def test_no_batch_needs_more_than_one_call(graph: Graph) -> None:
    """One call has room for the records of a batch, and for a counter beside each of an email."""
    statements = {"email": 2, "audit": 1}
    for mapping in _mappings(graph, "sqs"):
        name = _fed(graph, mapping)["name"].removeprefix(graph.prefix)
        if name in statements:
            assert mapping["batchSize"] * statements[name] <= MAX_STATEMENTS, mapping


def test_pollers_respect_the_reserved_concurrency(graph: Graph) -> None:
    """A mapping's maximum concurrency is at most the function's reserved concurrency."""
    for mapping in _mappings(graph, "sqs"):
        if reserved := _fed(graph, mapping).inputs.get("reservedConcurrentExecutions"):
            assert mapping["scalingConfig"]["maximumConcurrency"] <= reserved, mapping


@pytest.mark.parametrize(
    ("config", "limits"),
    [
        ({}, {"processor": 5, "email": 2, "audit": 5}),
        (
            {
                "maximumConcurrency": '{"audit":50,"email":3}',
                "reservedConcurrency": '{"processor":9}',
            },
            {"processor": 9, "email": 3, "audit": 50},
        ),
        (
            {
                "maximumConcurrency": '{"processor":7}',
                "reservedConcurrency": '{"audit":3,"processor":9}',
            },
            {"processor": 7, "email": 2, "audit": 3},
        ),
    ],
)
def test_every_queue_consumer_is_limited(config: dict[str, str], limits: dict[str, int]) -> None:
    """The maximum concurrency is the configured one, else the reserved, else the default."""
    graph = combined(Combination("http", "queued"), **config)
    actual = {
        _fed(graph, mapping)["name"].removeprefix(graph.prefix): mapping["scalingConfig"][
            "maximumConcurrency"
        ]
        for mapping in _mappings(graph, "sqs")
    }
    assert actual == limits


@pytest.mark.parametrize("path", [*SHIPPED.values(), *EXAMPLES.values()], ids=stack_of)
def test_few_emails_are_sent_at_once(path: Path) -> None:
    """Emails are sent with low concurrency unless a preset says which rate SES has to allow."""
    graph = deployed(path)
    for mapping in _mappings(graph, "sqs"):
        if _fed(graph, mapping)["name"].endswith("email"):
            assert mapping["scalingConfig"]["maximumConcurrency"] <= 5


def _fed(graph: Graph, mapping: Resource) -> Resource:
    alias = graph.by_arn(mapping["functionName"])
    (function,) = (f for f in graph.all(aws.lambda_.Function) if f["name"] == alias["functionName"])
    return function


def test_the_relay_reads_new_orders_from_the_stream(graph: Graph) -> None:
    """The relay gets every written order from the oldest on, and no deleted one."""
    (mapping,) = _mappings(graph, "dynamodb")
    assert (
        mapping["eventSourceArn"] == graph.named(aws.dynamodb.Table, "orders").outputs["streamArn"]
    )
    assert mapping["startingPosition"] == "TRIM_HORIZON"
    (pattern,) = mapping["filterCriteria"]["filters"]
    assert json.loads(pattern["pattern"]) == {"eventName": ["INSERT", "MODIFY"]}


def test_the_relay_reads_each_shard_as_configured() -> None:
    """The relay's mapping has the configured parallelization and window; neither by default."""
    keys = {"relay": '{"parallelizationFactor":4,"batchingWindowSeconds":2}'}
    configured, default = (
        _mappings(combined(Combination("http", "direct"), **config), "dynamodb")[0]
        for config in (keys, {})
    )
    assert configured["parallelizationFactor"] == 4
    assert configured["maximumBatchingWindowInSeconds"] == 2
    assert default["parallelizationFactor"] == 1
    assert "maximumBatchingWindowInSeconds" not in default.inputs


def test_one_bad_order_does_not_stop_the_stream(graph: Graph) -> None:
    """The relay's mapping bisects failing batches, and sends them to a DLQ well before 24 hours."""
    (mapping,) = _mappings(graph, "dynamodb")
    assert mapping["bisectBatchOnFunctionError"] is True
    assert 60 <= mapping["maximumRecordAgeInSeconds"] < timedelta(hours=24).total_seconds()
    target = graph.by_arn(mapping["destinationConfig"]["onFailure"]["destinationArn"])
    assert target["name"] == f"{graph.prefix}relay-dead-letters"


def test_mappings_wait_for_permissions(graph: Graph) -> None:
    """A mapping depends on the policy that lets its function read the source."""
    policies = {policy.urn: policy for policy in graph.all(aws.iam.RolePolicy)}
    for mapping in graph.all(aws.lambda_.EventSourceMapping):
        awaited = [policies[urn] for urn in mapping.depends_on if urn in policies]
        allowed = {
            arn
            for policy in awaited
            for statement in statements(policy)
            for arn in statement.resources
        }
        assert mapping["eventSourceArn"] in allowed, mapping


def test_the_relay_waits_for_every_subscription(graph: Graph) -> None:
    """The relay's mapping depends on every subscription, so that no workflow misses an event."""
    (mapping,) = _mappings(graph, "dynamodb")
    topic = graph.named(aws.sns.Topic, "order-events")
    subscriptions = {s.urn for s in graph.all(aws.sns.TopicSubscription) if s["topic"] == topic.arn}
    assert subscriptions
    assert subscriptions <= mapping.depends_on


def test_queued_orders_are_stored_ten_at_a_time() -> None:
    """The processor gets batches of up to ten orders, with a window of five seconds."""
    graph = combined(Combination("rest", "queued"))
    queue = graph.named(aws.sqs.Queue, "orders")
    (mapping,) = (
        m for m in graph.all(aws.lambda_.EventSourceMapping) if m["eventSourceArn"] == queue.arn
    )
    assert (mapping["batchSize"], mapping["maximumBatchingWindowInSeconds"]) == (10, 5)
