"""State that survives a stop of the emulator and its next start."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from local.emulator.emulator import Emulator
from tests.local.support.functions import create_function
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SENDER = "orders@example.com"
_PATCHED = (sys.executable, "-m", "local.emulator.server")
_UNPATCHED = (
    sys.executable,
    "-c",
    "from local.emulator import server; server.main(save_whole_state=False)",
)
_IMPATIENT = (
    sys.executable,
    "-c",
    "from local.emulator import server; server.main(finish_seconds=0.5)",
)
_SLOW = "import time\n\ndef handler(event, context): time.sleep(2)"
# Slow at the first receive alone.
_ONCE_SLOW = """\
import time

def handler(event, context):
    if event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1":
        time.sleep(60)
"""


@pytest.mark.parametrize(
    ("command", "kept"), [(_PATCHED, 1), (_UNPATCHED, 0)], ids=["patched", "unpatched"]
)
def test_streams_and_mailbox_survive(tmp_path: Path, command: Sequence[str], kept: int) -> None:
    """A table's stream and the mailbox survive a restart, and without the patch they do not."""
    emulator = Emulator(state_dir=tmp_path, command=command)
    with emulator:
        stream = _table_with_stream(emulator)
        emulator.client("dynamodb").put_item(TableName="kept", Item={"id": {"S": "1"}})
        _send_email(emulator)
        assert (_records(emulator, stream), len(emulator.emails())) == (1, 1)
    with emulator:
        assert (_records(emulator, stream), len(emulator.emails())) == (kept, kept)


def test_an_emulator_is_not_killed_while_it_saves(tmp_path: Path) -> None:
    """An emulator that keeps its state has more time to stop than another one."""
    emulator = Emulator(state_dir=tmp_path, stop_timeout=0)
    with emulator:
        emulator.client("sqs").create_queue(QueueName="kept")
    with emulator:
        assert emulator.client("sqs").get_queue_url(QueueName="kept")


def test_a_stop_waits_for_messages_that_are_processed(tmp_path: Path) -> None:
    """A message whose function ends within 10 s is not received again after a restart."""
    emulator = Emulator(state_dir=tmp_path)
    with emulator:
        url = _send_to_function(emulator, _SLOW, timeout=60)
    with emulator:
        assert _messages(emulator, url) == (0, 0)


def test_an_interrupted_message_is_received_again_soon(tmp_path: Path) -> None:
    """A message whose function is killed by the stop is hidden until the function's timeout."""
    emulator = Emulator(state_dir=tmp_path, command=_IMPATIENT)
    with emulator:
        url = _send_to_function(emulator, _ONCE_SLOW, timeout=10)
    with emulator:
        assert _messages(emulator, url) == (0, 1)
        eventually(lambda: _messages(emulator, url) == (0, 0), "second receive")


def _send_to_function(emulator: Emulator, source: str, *, timeout: int) -> str:
    """Send a message to a queue, and return the queue's URL while a function processes it."""
    sqs = emulator.client("sqs")
    url = str(sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "360"})["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    create_function(emulator, "slow", source, timeout=timeout)
    emulator.client("lambda").create_event_source_mapping(
        EventSourceArn=arn["QueueArn"], FunctionName="slow"
    )
    sqs.send_message(QueueUrl=url, MessageBody="order")
    eventually(lambda: _messages(emulator, url) == (0, 1), "message in flight")
    return url


def _messages(emulator: Emulator, url: str) -> tuple[int, int]:
    """Return how many messages are visible, and how many in flight."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = emulator.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    visible, in_flight = (int(attributes["Attributes"][name]) for name in names)
    return visible, in_flight


def _table_with_stream(emulator: Emulator) -> str:
    response = emulator.client("dynamodb").create_table(
        TableName="kept",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    return str(response["TableDescription"]["LatestStreamArn"])


def _send_email(emulator: Emulator) -> None:
    ses = emulator.client("sesv2")
    ses.create_email_identity(EmailIdentity=_SENDER)
    text = {"Data": "Hello"}
    ses.send_email(
        FromEmailAddress=_SENDER,
        Destination={"ToAddresses": ["jane.roe@example.com"]},
        Content={"Simple": {"Subject": text, "Body": {"Text": text}}},
    )


def _records(emulator: Emulator, stream: str) -> int:
    streams = emulator.client("dynamodbstreams")
    shards = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream, ShardId=shards[0]["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    return len(streams.get_records(ShardIterator=iterator)["Records"])
