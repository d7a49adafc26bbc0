"""orderctl on a deployed stack: timelines, dead letters, redrive, replay, discard."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from orderctl import cli
from release.smoke.model import SmokeTestError
from tests.e2e.support import role_permissions, smoke, variants
from tests.support.polling import eventually, never
from tests.support.requests import sample_order
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from local.emulator.emulator import Emulator
    from tests.e2e.support.stack import LocalStack


class Operator:
    """Calls the command with `--json`."""

    def __init__(self, stack: LocalStack, folder: Path) -> None:
        self.outputs = folder / "outputs.json"
        self.outputs.write_text(json.dumps({**stack.outputs, **stack.emulator.connection}))

    def run(self, *arguments: str) -> dict[str, Any]:
        """Run a command, which has to succeed, and return what it prints."""
        result = CliRunner().invoke(cli.app, [*arguments, "--outputs", str(self.outputs), "--json"])
        assert result.exit_code == 0, result.output
        output: dict[str, Any] = json.loads(result.stdout)
        return output

    def states(self, order_id: str) -> dict[str, str]:
        """The state of each step of an order."""
        return {step["step"]: step["state"] for step in self.run("show", order_id)["steps"]}

    def dead_letters(self, queue: str, order_id: str) -> list[dict[str, Any]]:
        """The dead letters of a queue that are about an order."""
        messages = self.run("dlq", "show", queue)["messages"]
        return [message for message in messages if message["orderId"] == order_id]

    def count(self, *arguments: str) -> int:
        """How many messages a command has handled."""
        return len(self.run("dlq", *arguments)["done"])


@pytest.fixture(scope="module")
def queued(emulator: Emulator) -> LocalStack:
    """A stack that queues orders."""
    return variants.deploy_variant(emulator, "orderctl", ingestion="queued")


@pytest.fixture(scope="module")
def operator(queued: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """An operator with the stack's outputs."""
    return Operator(queued, tmp_path_factory.mktemp("operator"))


def _await_dead_letter(stack: LocalStack, queue: str) -> None:
    what = f"dead letter of {queue}"
    eventually(lambda: stack.queue_depths()[f"{queue}, dead"], what)


def test_a_dead_letter_is_found_and_redriven(queued: LocalStack, operator: Operator) -> None:
    """An email that fails is shown as dead-lettered; after a redrive, as emailed, once."""
    with (
        # Longer than an attempt, which has failed before its message becomes a dead letter.
        queued.retries("email", seconds=60, receives=1),
        role_permissions.without(queued, "email", "ses:SendEmail"),
    ):
        order_id = queued.post().json()["orderId"]
        queued.await_audit(order_id)
        _await_dead_letter(queued, "email")
        assert len(operator.dead_letters("email", order_id)) == 1
    states = {"stored": "done", "published": "done", "audited": "done"}
    assert operator.states(order_id) == {**states, "emailed": "dead-lettered"}
    counts = {each["queue"]: each["messages"] for each in operator.run("dlq", "list")["queues"]}
    assert counts == {"audit": 0, "email": 1, "orders": 0, "relay": 0}

    assert operator.count("redrive", "email", "--order", order_id, "--dry-run") == 1
    assert operator.count("redrive", "email", "--order", order_id) == 1

    queued.await_email(order_id)
    timeline = eventually(lambda: _complete(operator, order_id), "all steps done", interval=0.2)
    assert all(step["at"] for step in timeline["steps"])
    assert timeline["deadLetters"] == []
    assert len(queued.emails(order_id)) == 1


def _complete(operator: Operator, order_id: str) -> dict[str, Any]:
    """An order's timeline once every step is done; else nothing."""
    timeline = operator.run("show", order_id)
    return timeline if all(step["state"] == "done" for step in timeline["steps"]) else {}


def test_publishing_again_does_nothing_twice(queued: LocalStack, operator: Operator) -> None:
    """A replay and the redrive of a relay's batch publish all orders again: still one of each."""
    order_ids = {queued.post().json()["orderId"] for _ in range(3)}
    for order_id in order_ids:
        queued.await_delivery(order_id)

    assert operator.run("replay", "--since", "1h", "--dry-run")["orders"] >= len(order_ids)
    assert operator.run("replay", "--since", "1h")["orders"] >= len(order_ids)
    queued.client("sqs").send_message(
        QueueUrl=queued.outputs["deadLetterQueueUrls"]["relay"],
        MessageBody=json.dumps(_unpublished_batch(queued, order_ids)),
    )
    assert operator.count("redrive", "relay", "--all") == 1
    assert operator.run("dlq", "show", "relay")["messages"] == []

    def all_logged(function: str, message: str, times: int) -> Counter[str]:
        """How often a function has logged a message for each order, once that is often enough."""
        lines = [line for line in queued.logs(function) if line.get("message") == message]
        counts = Counter(line["orderId"] for line in lines if line["orderId"] in order_ids)
        return counts if all(counts[order_id] >= times for order_id in order_ids) else Counter()

    eventually(
        lambda: all_logged("audit", "Audit record already exists", 2),
        "all orders to arrive twice more",
        interval=0.2,
    )
    eventually(lambda: queued.queue_depths()["email"] == 0, "no email left", interval=0.2)
    publications = eventually(
        lambda: all_logged("relay", "Order event published", 3), "all publications logged"
    )
    assert set(publications.values()) == {3}
    for order_id in order_ids:
        assert (len(queued.emails(order_id)), len(queued.audit_records(order_id))) == (1, 1)


def _unpublished_batch(stack: LocalStack, order_ids: set[str]) -> dict[str, Any]:
    """The message that Lambda sends about a batch of orders; the emulator sends none."""
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


def test_a_conflict_is_found_and_discarded(queued: LocalStack, operator: Operator) -> None:
    """An order in conflict is a dead letter of the order queue; the first order stays."""
    order_id = queued.post(key="orderctl-conflict").json()["orderId"]
    eventually(lambda: queued.order(order_id), "the first order")
    with queued.retries("orders", seconds=1, receives=1):
        queued.post(sample_order(customerName="Somebody Else"), key="orderctl-conflict")
        _await_dead_letter(queued, "orders")
    (letter,) = operator.dead_letters("orders", order_id)
    assert operator.states(order_id)["stored"] == "done"
    assert operator.count("discard", "orders", "--message", letter["messageId"], "--yes") == 1
    assert operator.dead_letters("orders", order_id) == []
    assert queued.order(order_id) is not None


@pytest.mark.parametrize(
    ("name", "last_step"),
    # An accepted order that is not stored has no timeline.
    [("email", "audited"), ("relay", "stored"), ("orders", None)],
)
def test_a_paused_workflow_continues(
    queued: LocalStack, operator: Operator, name: str, last_step: str | None
) -> None:
    """Orders wait while a workflow, the relay or the order queue is paused; each arrives once."""
    assert operator.run("workflow", "pause", name)["state"] == "paused"
    order_id = queued.post().json()["orderId"]
    if last_step is not None:
        eventually(lambda: queued.order(order_id), "the stored order")
        eventually(lambda: operator.states(order_id)[last_step] == "done", last_step)
    never(lambda: queued.emails(order_id), "an email", during=0.5)
    assert operator.run("workflow", "resume", name)["state"] == "enabled"
    queued.await_delivery(order_id)
    assert len(queued.emails(order_id)) == 1
    workflows = operator.run("workflow", "list")["workflows"]
    assert {each["state"] for each in workflows} == {"enabled"}


def test_the_smoke_test_of_queued_orders(queued: LocalStack) -> None:
    """A smoke test passes where orders are queued, and leaves nothing."""
    smoke.check_smoke_test(queued)


@pytest.mark.parametrize(
    ("name", "failed"),
    [
        ("email", "emailed"),
        pytest.param("audit", "audited", marks=pytest.mark.thorough),
        pytest.param("relay", "published", marks=pytest.mark.thorough),
    ],
)
def test_the_smoke_test_names_a_paused_workflow(
    queued: LocalStack, operator: Operator, name: str, failed: str
) -> None:
    """With a paused workflow its step fails; a late event does not bring the order back."""
    operator.run("workflow", "pause", name)
    try:
        with pytest.raises(SmokeTestError, match="The order was removed") as caught:
            smoke.smoke_test(queued, timeout_seconds=8)
    finally:
        operator.run("workflow", "resume", name)
    assert caught.value.step == failed
    assert caught.value.order is not None
    order_id = caught.value.order.order_id
    queued.await_earlier_orders()
    assert queued.order(order_id) is None
    assert all("customerEmail" not in each for each in queued.audit_records(order_id))
    if name != "audit":
        assert queued.emails(order_id) == []


def test_orderctl_as_a_process(operator: Operator) -> None:
    """Run as a process, `show` of an unknown order has exit code 1 and one sentence."""
    command = [sys.executable, "-m", "orderctl", "show", "nobody-knows"]
    show = subprocess.run(  # noqa: S603 (a constant command)
        [*command, "--outputs", str(operator.outputs)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (show.returncode, show.stdout) == (1, "")
    assert show.stderr.startswith("Order nobody-knows not found")
