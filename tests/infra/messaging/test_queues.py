"""Queues: dead-letter queues, retention, visibility timeout, encryption, queue policies."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.messaging.queue import visibility_timeout
from tests.infra.support.policies import refuses_plain_http, statements

if TYPE_CHECKING:
    from tests.infra.support.graph import Graph, Resource

# The least visibility timeouts that the source asks for, in seconds.
_FLOORS = {"email": 70, "audit": 40}


def _work_queues(graph: Graph) -> list[Resource]:
    matches = [queue for queue in graph.all(aws.sqs.Queue) if "redrivePolicy" in queue.inputs]
    assert matches
    return matches


def _dead_letter_queues(graph: Graph) -> list[Resource]:
    """The dead-letter queues of work queues and of the relay."""
    targets = {
        queue.document("redrivePolicy")["deadLetterTargetArn"] for queue in _work_queues(graph)
    }
    for mapping in graph.all(aws.lambda_.EventSourceMapping):
        if "destinationConfig" in mapping.inputs:
            targets.add(mapping["destinationConfig"]["onFailure"]["destinationArn"])
    return [graph.by_arn(arn) for arn in sorted(targets)]


def test_every_queue_has_a_dead_letter_queue_or_is_one(graph: Graph) -> None:
    """Every queue has a dead-letter queue of its own, or is one."""
    work, dead = _work_queues(graph), _dead_letter_queues(graph)
    assert {queue.urn for queue in graph.all(aws.sqs.Queue)} == {
        queue.urn for queue in [*work, *dead]
    }
    assert not {queue.urn for queue in work} & {queue.urn for queue in dead}
    assert len({queue.document("redrivePolicy")["deadLetterTargetArn"] for queue in work}) == len(
        work
    )


def test_third_failed_receive_is_the_last(graph: Graph) -> None:
    """A message is received three times before it moves to the dead-letter queue."""
    for queue in _work_queues(graph):
        assert queue.document("redrivePolicy")["maxReceiveCount"] == 3, queue


def test_dead_letter_queues_allow_redrive_from_their_source(graph: Graph) -> None:
    """A dead-letter queue allows redrive from its own queue only."""
    allowed = {policy["queueUrl"]: policy for policy in graph.all(aws.sqs.RedriveAllowPolicy)}
    for queue in _work_queues(graph):
        dead = graph.by_arn(queue.document("redrivePolicy")["deadLetterTargetArn"])
        document = allowed[dead.outputs["url"]].document("redriveAllowPolicy")
        assert document == {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}, dead


def test_retention_and_polling(graph: Graph) -> None:
    """Queues keep messages for 4 days, dead-letter queues for 14; long polling takes 20 seconds."""
    for queues, days in ((_work_queues(graph), 4), (_dead_letter_queues(graph), 14)):
        for queue in queues:
            assert queue["messageRetentionSeconds"] == timedelta(days=days).total_seconds(), queue
            assert queue["receiveWaitTimeSeconds"] == 20, queue


def test_visibility_timeout_is_six_function_timeouts(graph: Graph) -> None:
    """A visibility timeout is at least six function timeouts and the batching window."""
    for queue in _work_queues(graph):
        (mapping,) = (
            m for m in graph.all(aws.lambda_.EventSourceMapping) if m["eventSourceArn"] == queue.arn
        )
        alias = graph.by_arn(mapping["functionName"])
        (function,) = (
            f for f in graph.all(aws.lambda_.Function) if f["name"] == alias["functionName"]
        )
        window = mapping.inputs.get("maximumBatchingWindowInSeconds", 0)
        assert queue["visibilityTimeoutSeconds"] >= 6 * function["timeout"] + window, queue
        assert queue["visibilityTimeoutSeconds"] <= timedelta(hours=12).total_seconds(), queue


@pytest.mark.parametrize(("label", "floor"), _FLOORS.items())
def test_visibility_timeout_is_not_below_the_source(graph: Graph, label: str, floor: int) -> None:
    """Visibility timeouts are not below those of the source system."""
    assert graph.named(aws.sqs.Queue, label)["visibilityTimeoutSeconds"] >= floor


@given(timeout=st.integers(1, 900), window=st.integers(0, 300))
def test_visibility_timeout_is_enough_for_every_function(timeout: int, window: int) -> None:
    """The visibility timeout is as AWS recommends for every timeout and window."""
    assert (
        6 * timeout + window
        <= visibility_timeout(timeout, window)
        <= timedelta(hours=12).total_seconds()
    )


def test_every_queue_is_encrypted(graph: Graph) -> None:
    """Messages are encrypted at rest."""
    for queue in graph.all(aws.sqs.Queue):
        assert queue.inputs.get("sqsManagedSseEnabled") or queue.inputs.get("kmsMasterKeyId"), queue


def test_every_queue_denies_requests_without_tls(graph: Graph) -> None:
    """Every queue denies requests without TLS."""
    policies = {policy["queueUrl"]: policy for policy in graph.all(aws.sqs.QueuePolicy)}
    assert len(policies) == len(graph.all(aws.sqs.QueuePolicy))
    for queue in graph.all(aws.sqs.Queue):
        assert refuses_plain_http(policies[queue.outputs["url"]], queue.arn), queue


def test_only_the_topic_may_send_to_a_queue(graph: Graph) -> None:
    """A queue's policy allows only SNS to send, for the topic of order events."""
    topic = graph.named(aws.sns.Topic, "order-events")
    for policy in graph.all(aws.sqs.QueuePolicy):
        (queue,) = (q for q in graph.all(aws.sqs.Queue) if q.outputs["url"] == policy["queueUrl"])
        for statement in (
            statement for statement in statements(policy) if statement.effect != "Deny"
        ):
            assert statement.principal == {"Service": "sns.amazonaws.com"}, policy
            assert statement.actions == {"sqs:SendMessage"}, policy
            assert statement.resources == {queue.arn}, policy
            assert statement.condition == {"ArnEquals": {"aws:SourceArn": topic.arn}}, policy
