"""The operator's command line on the deployed stack, where orders are queued first and what fails is a dead letter."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from orderctl import cli
from tests.e2e.support import role_permissions, variants
from tests.e2e.support.stack import sample_order
from tests.support.polling import eventually
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.emulator import Emulator
    from tests.e2e.support.stack import LocalStack

_PUBLISHED = "Order event published"


@contextlib.contextmanager
def one_receive(stack: LocalStack, queue: str) -> Iterator[None]:
    """Let a message be a dead letter a second after it has failed, once."""
    sqs, url = stack.client("sqs"), stack.outputs["queueUrls"][queue]
    names = ["VisibilityTimeout", "RedrivePolicy"]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    once = json.dumps({**json.loads(before["RedrivePolicy"]), "maxReceiveCount": 1})
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"VisibilityTimeout": "1", "RedrivePolicy": once}
    )
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


def await_dead_letters(stack: LocalStack, queue: str) -> None:
    """Wait until a dead-letter queue is not empty."""
    sqs, url, count = (
        stack.client("sqs"),
        stack.outputs["deadLetterQueueUrls"][queue],
        "ApproximateNumberOfMessages",
    )

    def number() -> int:
        return int(
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[count])["Attributes"][count]
        )

    eventually(number, f"dead letter of {queue}", timeout=60)


class Operator:
    """Calls the tool with `--json`."""

    def __init__(self, stack: LocalStack, folder: Path) -> None:
        self.outputs = folder / "outputs.json"
        self.outputs.write_text(json.dumps({**stack.outputs, **stack.emulator.connection}))

    def does(self, *arguments: str, fails: bool = False) -> dict[str, Any]:
        """Run a command, which has to end well unless it `fails`, and return what it prints."""
        result = CliRunner().invoke(cli.app, [*arguments, "--outputs", str(self.outputs), "--json"])
        assert result.exit_code == int(fails), result.output
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def states(self, order_id: str) -> dict[str, str]:
        """How far each step of an order is."""
        return {step["step"]: step["state"] for step in self.does("show", order_id)["steps"]}

    def dead(self, queue: str, order_id: str) -> list[dict[str, Any]]:
        """The dead letters of a queue that are about an order."""
        messages = self.does("dlq", "show", queue)["messages"]
        return [message for message in messages if message["orderId"] == order_id]


@pytest.fixture(scope="module")
def queued(emulator: Emulator) -> LocalStack:
    """A stack of its own, where orders are queued before they are stored."""
    return variants.deployed(emulator, "orderctl", ingestion="queued")


@pytest.fixture(scope="module")
def operator(queued: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """Somebody with the stack's outputs."""
    return Operator(queued, tmp_path_factory.mktemp("operator"))


def test_a_dead_letter_is_found_and_brought_back(queued: LocalStack, operator: Operator) -> None:
    """While e-mails fail the story says dead-lettered; redriven after the repair, it says e-mailed, once."""
    with one_receive(queued, "email"), role_permissions.without(queued, "email", "ses:SendEmail"):
        order_id = queued.post().json()["orderId"]
        queued.await_audit(order_id)
        queued.await_log_lines(
            "email", order_id
        )  # a slow function may fail when its message is a dead letter already
        await_dead_letters(queued, "email")
        assert len(operator.dead("email", order_id)) == 1
    assert operator.states(order_id) == {
        "stored": "done",
        "published": "done",
        "e-mailed": "dead-lettered",
        "audited": "done",
    }
    assert {one["queue"]: one["messages"] for one in operator.does("dlq", "list")["queues"]} == {
        "audit": 0,
        "email": 1,
        "orders": 0,
        "relay": 0,
    }

    assert (
        len(operator.does("dlq", "redrive", "email", "--order", order_id, "--dry-run")["done"]) == 1
    )
    assert len(operator.does("dlq", "redrive", "email", "--order", order_id)["done"]) == 1

    queued.await_email(order_id)
    (story,) = eventually(lambda: _whole(operator, order_id), "the whole story", interval=0.2)
    assert all(step["at"] for step in story["steps"])
    assert story["deadLetters"] == []
    assert len(queued.emails(order_id)) == 1


def _whole(operator: Operator, order_id: str) -> list[dict[str, Any]]:
    story = operator.does("show", order_id)
    return [story] if all(step["state"] == "done" for step in story["steps"]) else []


def test_publishing_again_does_nothing_twice(queued: LocalStack, operator: Operator) -> None:
    """All orders published again, once by a replay and once as a batch that the relay gave up on: still one of each."""
    order_ids = {queued.post().json()["orderId"] for _ in range(3)}
    for order_id in order_ids:
        queued.await_email(order_id)
        queued.await_audit(order_id)

    assert operator.does("replay", "--since", "1h", "--dry-run")["orders"] >= len(order_ids)
    assert operator.does("replay", "--since", "1h")["orders"] >= len(order_ids)
    queued.client("sqs").send_message(
        QueueUrl=queued.outputs["deadLetterQueueUrls"]["relay"],
        MessageBody=json.dumps(_letter(queued, order_ids)),
    )
    assert len(operator.does("dlq", "redrive", "relay", "--all")["done"]) == 1
    assert operator.does("dlq", "show", "relay")["messages"] == []

    eventually(
        lambda: _came_again(queued, order_ids),
        "all orders to come twice more",
        interval=0.2,
        timeout=30,
    )
    eventually(lambda: _all_taken(queued), "the e-mail queue to be empty", interval=0.2, timeout=30)
    published = eventually(
        lambda: _published_thrice(queued, order_ids), "the relay's log of all publications"
    )
    assert set(published.values()) == {3}
    for order_id in order_ids:
        assert (len(queued.emails(order_id)), len(queued.audit_records(order_id))) == (1, 1)


def _letter(stack: LocalStack, order_ids: set[str]) -> dict[str, Any]:
    """What Lambda writes about a batch of these orders, which the emulator never does."""
    streams, arn = stack.client("dynamodbstreams"), stack.outputs["ordersStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )
    records = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    numbers = [
        record["dynamodb"]["SequenceNumber"]
        for record in records
        if record["dynamodb"]["Keys"]["orderId"]["S"] in order_ids
    ]
    batch = {
        "shardId": shard["ShardId"],
        "startSequenceNumber": min(numbers, key=int),
        "endSequenceNumber": max(numbers, key=int),
        "approximateArrivalOfFirstRecord": "2026-01-15T10:30:00Z",
        "approximateArrivalOfLastRecord": "2026-01-15T10:30:01Z",
        "batchSize": len(numbers),
        "streamArn": arn,
    }
    return {"version": "1.0", "DDBStreamBatchInfo": batch}


def _published_thrice(stack: LocalStack, order_ids: set[str]) -> Counter[str]:
    """How often the relay has published each order, once that is at least three times for each; else empty."""
    lines = [line for line in stack.logs("relay") if line["message"] == _PUBLISHED]
    counts = Counter(line["orderId"] for line in lines if line["orderId"] in order_ids)
    return counts if all(counts[order_id] >= 3 for order_id in order_ids) else Counter()


def _came_again(stack: LocalStack, order_ids: set[str]) -> bool:
    again = [
        line for line in stack.logs("audit") if line.get("message") == "Audit record already exists"
    ]
    counts = Counter(line["orderId"] for line in again)
    return all(counts[order_id] >= 2 for order_id in order_ids)


def _all_taken(stack: LocalStack) -> bool:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = stack.outputs["queueUrls"]["email"]
    counts = stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)[
        "Attributes"
    ]
    return all(int(count) == 0 for count in counts.values())


def test_a_conflict_is_found_and_thrown_away(queued: LocalStack, operator: Operator) -> None:
    """An order in conflict is found among the order queue's dead letters, and thrown away; the first one stays."""
    order_id = queued.post(key="orderctl-conflict").json()["orderId"]
    eventually(lambda: queued.order(order_id), "the first order")
    with one_receive(queued, "orders"):
        queued.post(sample_order(customerName="Somebody Else"), key="orderctl-conflict")
        await_dead_letters(queued, "orders")
    (letter,) = operator.dead("orders", order_id)
    assert operator.states(order_id)["stored"] == "done"
    message_id = letter["messageId"]
    assert (
        len(operator.does("dlq", "discard", "orders", "--message", message_id, "--yes")["done"])
        == 1
    )

    assert operator.dead("orders", order_id) == []
    assert queued.order(order_id) is not None


def test_the_tool_as_a_process(operator: Operator) -> None:
    """Run as a process, the tool answers an order that nobody knows with exit code 1 and one sentence."""
    done = subprocess.run(  # noqa: S603 (a constant command)
        [
            sys.executable,
            "-m",
            "orderctl",
            "show",
            "nobody-knows",
            "--outputs",
            str(operator.outputs),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Order nobody-knows not found")
