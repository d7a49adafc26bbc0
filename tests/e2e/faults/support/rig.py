"""A deployed stack that can be broken and repaired, and what has to be true of it afterwards."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers.common.contract import API_FUNCTION, WRITER
from local.emulator import Emulator
from local.order_audit import OrderAudit
from tests.e2e.faults.support.proxy import FaultProxy
from tests.e2e.support.variants import deployed
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from tests.support.stack import LocalStack

# So that failed messages come again, and what a dead function has begun is begun anew, within seconds.
_VISIBILITY_SECONDS = 1
_EMAIL_SECONDS = 6


@dataclass(frozen=True)
class Site:
    """A stack whose functions call AWS through a proxy, and whose queues give failed messages back after a second."""

    stack: LocalStack
    proxy: FaultProxy
    ingestion: str

    @property
    def front(self) -> str:
        """The function that answers clients."""
        return API_FUNCTION[self.ingestion]

    @property
    def recorders(self) -> tuple[str, str]:
        """The functions that write an order, and that it was audited."""
        return WRITER[self.ingestion], "audit"

    @property
    def accepted(self) -> int:
        """The status that an accepted order is answered with."""
        return {"direct": 200, "queued": 202}[self.ingestion]

    def order(self) -> str:
        """Send an order, which has to be accepted, and return its ID."""
        answer = self.stack.post()
        assert answer.status_code == self.accepted, answer.text
        return str(answer.json()["orderId"])

    def audit(self) -> OrderAudit:
        """Count what has arrived where."""
        return OrderAudit.count(self.stack.emulator, self.stack.outputs)

    def answered(self, function: str, *, since: int = 0) -> list[int]:
        """The statuses that AWS has answered a function's calls with; `since` is a length of `proxy.seen`."""
        return [seen.status for seen in self.proxy.seen[since:] if seen.function == function]

    def waiting(self) -> dict[str, int]:
        """How many messages are in each queue and each dead-letter queue, in work or not."""
        work, dead = self.stack.outputs["queueUrls"], self.stack.outputs["deadLetterQueueUrls"]
        named = {**work, **{f"{label}, dead": url for label, url in dead.items()}}
        return {label: _depth(self.stack, url) for label, url in named.items()}

    def redrive(self) -> None:
        """Move every dead letter back to the queue that it comes from."""
        for label, url in self.stack.outputs["queueUrls"].items():
            _move(self.stack, self.stack.outputs["deadLetterQueueUrls"][label], url)


@contextlib.contextmanager
def site_of(
    ingestion: str, *, state_dir: Path | None = None, email_seconds: int = _EMAIL_SECONDS
) -> Iterator[Site]:
    """Run an emulator with such a stack, whose email function gets so long for a batch."""
    emulator = Emulator(state_dir=state_dir)
    with FaultProxy(emulator) as proxy, emulator:
        yield _site(emulator, proxy, ingestion, email_seconds)


@contextlib.contextmanager
def site_on(emulator: Emulator, ingestion: str) -> Iterator[Site]:
    """Deploy such a stack to a running emulator."""
    with FaultProxy(emulator) as proxy:
        yield _site(emulator, proxy, ingestion, _EMAIL_SECONDS)


def _site(emulator: Emulator, proxy: FaultProxy, ingestion: str, email_seconds: int) -> Site:
    stack = deployed(emulator, f"faults-{ingestion}", ingestion=ingestion)
    for function in stack.outputs["functionNames"]:
        reconfigure(
            stack, function, proxy.environment(function), {"email": email_seconds}.get(function)
        )
    # Of two processes, the one that is not in trouble might be killed between sending and noting what it has sent.
    allow(stack, "email", 1)
    for label in stack.outputs["queueUrls"]:
        give_back_after(stack, label, _VISIBILITY_SECONDS)
    return Site(stack, proxy, ingestion)


@contextlib.contextmanager
def giving_back_after(site: Site, label: str, seconds: int) -> Iterator[None]:
    """Let a queue wait longer for its messages, so that a slow machine does not look like a fault."""
    give_back_after(site.stack, label, seconds)
    try:
        yield
    finally:
        give_back_after(site.stack, label, _VISIBILITY_SECONDS)


def settled(
    site: Site, order_ids: Collection[str], *, timeout: float = 90, interval: float = 0.2
) -> OrderAudit:
    """Redrive until nothing is under way any more, and count.

    The stream cannot be asked what it holds. It is in order, though: when an order that comes last is everywhere, the
    stream has nothing left of those that came before.
    """

    def stored() -> bool:
        site.redrive()
        return site.audit().stored.keys() >= set(order_ids)

    def at_rest() -> bool:
        site.redrive()
        return not any(site.waiting().values()) and not site.audit().mismatches([last])

    eventually(stored, "every order stored", timeout=timeout, interval=interval)
    last = site.order()
    eventually(
        at_rest, "empty queues, and the last order everywhere", timeout=timeout, interval=interval
    )
    return site.audit()


def reconfigure(
    stack: LocalStack, function: str, more: dict[str, str], timeout: int | None = None
) -> None:
    """Change a function, and let its alias follow what is not published: the emulator throttles nothing else."""
    functions, name = stack.client("lambda"), stack.outputs["functionNames"][function]
    now = functions.get_function_configuration(FunctionName=name)
    functions.update_function_configuration(
        FunctionName=name,
        Environment={"Variables": {**now["Environment"]["Variables"], **more}},
        Timeout=timeout or now["Timeout"],
    )
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")


def allow(stack: LocalStack, function: str, concurrency: int) -> None:
    """Reserve concurrency for a function."""
    name = stack.outputs["functionNames"][function]
    stack.client("lambda").put_function_concurrency(
        FunctionName=name, ReservedConcurrentExecutions=concurrency
    )


def give_back_after(stack: LocalStack, label: str, seconds: int) -> None:
    """Set a queue's visibility time-out."""
    attributes = {"VisibilityTimeout": str(seconds)}
    stack.client("sqs").set_queue_attributes(
        QueueUrl=stack.outputs["queueUrls"][label], Attributes=attributes
    )


def _depth(stack: LocalStack, url: str) -> int:
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=counts)[
        "Attributes"
    ]
    return sum(int(attributes[count]) for count in counts)


def _move(stack: LocalStack, source: str, target: str) -> None:
    sqs = stack.client("sqs")
    while True:
        answer = sqs.receive_message(
            QueueUrl=source,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=0,
            MessageAttributeNames=["All"],
        )
        for message in answer.get("Messages", []):
            attributes = message.get("MessageAttributes", {})
            sqs.send_message(
                QueueUrl=target, MessageBody=message["Body"], MessageAttributes=attributes
            )
            sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
        if "Messages" not in answer:
            return
