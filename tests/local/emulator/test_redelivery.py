"""Tests: when a message that a function has not processed is received again, on the emulator."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import pytest

from local.emulator.redelivery import RETRY_SECONDS
from local.monitoring.invocations import FunctionLog
from tests.local.support.functions import create_function
from tests.support.polling import eventually, never

if TYPE_CHECKING:
    from local.emulator.emulator import Emulator
    from local.monitoring.invocations import Invocation

# As deployed: much longer than a test.
_VISIBILITY_SECONDS = 360
_RECORDS = "[record['body'] for record in event['Records']]"
_FAILED = """\
import json

def handler(event, context):
    print(json.dumps({"bodies": [record["body"] for record in event["Records"]]}))
    return {
        "batchItemFailures": [
            {"itemIdentifier": record["messageId"]}
            for record in event["Records"]
            if record["body"] == "bad"
        ]
    }
"""
_RAISES = "def handler(event, context): raise ValueError"
_SLOW = f"""\
import json, time

def handler(event, context):
    time.sleep({2 * RETRY_SECONDS})
    print(json.dumps({{"bodies": {_RECORDS}}}))
"""


class _Queue(NamedTuple):
    """A queue, its dead-letter queue, and the log of the function that consumes it."""

    url: str
    dead_letters: str
    log: FunctionLog


def _queue(emulator: Emulator, source: str) -> _Queue:
    """Create a queue as the program does, with a function that consumes it."""
    name = f"consumer-{uuid4()}"
    sqs = emulator.client("sqs")
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    policy = {"deadLetterTargetArn": _arn(emulator, dead), "maxReceiveCount": 3}
    attributes = {
        "VisibilityTimeout": str(_VISIBILITY_SECONDS),
        "RedrivePolicy": json.dumps(policy),
    }
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    create_function(emulator, name, source, timeout=60)
    emulator.client("lambda").create_event_source_mapping(
        EventSourceArn=_arn(emulator, url),
        FunctionName=name,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    return _Queue(url=url, dead_letters=dead, log=FunctionLog("consumer", f"/aws/lambda/{name}"))


def _arn(emulator: Emulator, url: str) -> str:
    sqs = emulator.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return str(attributes["QueueArn"])


def _depth(emulator: Emulator, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = emulator.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(map(int, attributes["Attributes"].values()))


@pytest.mark.parametrize("source", [_FAILED, _RAISES], ids=["failed message", "failed invocation"])
def test_a_failing_message_is_a_dead_letter_within_15_seconds(
    emulator: Emulator, source: str
) -> None:
    """A message that fails three times is a dead letter within 15 s, with any timeout."""
    queue, start = _queue(emulator, source), time.monotonic()
    emulator.client("sqs").send_message(QueueUrl=queue.url, MessageBody="bad")
    eventually(lambda: _depth(emulator, queue.dead_letters), "dead letter", timeout=15)
    assert time.monotonic() - start < 15
    assert len(queue.log.poll(emulator.client("logs"))) == 3


@pytest.mark.thorough
def test_the_processed_messages_of_a_batch_are_not_received_again(emulator: Emulator) -> None:
    """Of a batch with a message that fails, the others are received once."""
    queue, sqs = _queue(emulator, _FAILED), emulator.client("sqs")
    for body in ("good", "bad"):
        sqs.send_message(QueueUrl=queue.url, MessageBody=body)
    eventually(lambda: _depth(emulator, queue.dead_letters), "dead letter", timeout=15)
    bodies = [body for each in queue.log.poll(emulator.client("logs")) for body in _bodies(each)]
    assert sorted(bodies) == ["bad", "bad", "bad", "good"]
    assert _depth(emulator, queue.url) == 0


@pytest.mark.thorough
def test_a_slow_function_gets_a_message_once(emulator: Emulator) -> None:
    """A function that takes longer than the time until a retry has the message for itself."""
    queue = _queue(emulator, _SLOW)
    emulator.client("sqs").send_message(QueueUrl=queue.url, MessageBody="slow")
    invocations: list[Any] = []

    def ended() -> list[Any]:
        invocations.extend(queue.log.poll(emulator.client("logs")))
        return invocations

    assert len(eventually(ended, "the first invocation")) == 1
    never(lambda: len(ended()) > 1, "a second invocation", during=RETRY_SECONDS + 1.5)
    assert _depth(emulator, queue.url) == 0
    assert _depth(emulator, queue.dead_letters) == 0


def _bodies(invocation: Invocation) -> list[str]:
    return [body for line in invocation.lines for body in line["bodies"]]
