"""A deployed stack that can be broken and repaired, and what has to hold of it afterwards."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from handlers.common.contract import API_FUNCTION, WRITER
from local.emulator.emulator import Emulator
from local.order_audit import OrderAudit
from tests.e2e.faults.support.proxy import FaultProxy
from tests.e2e.support.variants import deploy_variant
from tests.support.polling import eventually
from tests.support.requests import sample_order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from tests.e2e.support.stack import LocalStack

# Messages of a failed or killed function are delivered again within seconds.
_VISIBILITY_SECONDS = 1
_EMAIL_TIMEOUT_SECONDS = 6


@dataclass(frozen=True)
class StackRig:
    """A stack with visibility timeouts of a second."""

    stack: LocalStack
    ingestion: str

    @property
    def api_function(self) -> str:
        """The function that responds to clients."""
        return API_FUNCTION[self.ingestion]

    @property
    def writer(self) -> str:
        """The function that writes the order."""
        return WRITER[self.ingestion]

    @property
    def accepted(self) -> int:
        """The status of the response to an accepted order."""
        return {"direct": 200, "queued": 202}[self.ingestion]

    def order(self) -> str:
        """Send an order of another recipient, which has to be accepted, and return its ID."""
        response = self.stack.post(sample_order(customerEmail=f"{uuid4()}@example.com"))
        assert response.status_code == self.accepted, response.text
        return str(response.json()["orderId"])

    def audit(self) -> OrderAudit:
        """Count how often each order is in each place."""
        return OrderAudit.count(self.stack.emulator, self.stack.outputs)

    def redrive(self) -> None:
        """Move every dead letter back to its queue."""
        sqs, outputs = self.stack.client("sqs"), self.stack.outputs
        for name, target in outputs["queueUrls"].items():
            source = outputs["deadLetterQueueUrls"][name]
            while messages := _receive(self.stack, source):
                for message in messages:
                    sqs.send_message(
                        QueueUrl=target,
                        MessageBody=message["Body"],
                        MessageAttributes=message.get("MessageAttributes", {}),
                    )
                    sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])

    def wait_until_quiet(
        self, order_ids: Collection[str], *, timeout: float = 90, interval: float = 0.2
    ) -> OrderAudit:
        """Redrive until no message is left, and count.

        The stream cannot be asked what it holds, but it is in order: when an order that was sent
        last is everywhere, the stream has no record of the orders before it.
        """

        def is_stored() -> bool:
            self.redrive()
            return self.audit().stored.keys() >= set(order_ids)

        def is_quiet() -> bool:
            self.redrive()
            return not any(self.stack.queue_depths().values()) and not self.audit().mismatches(
                [last]
            )

        eventually(is_stored, "every order stored", timeout=timeout, interval=interval)
        last = self.order()
        what = "empty queues, and the last order everywhere"
        eventually(is_quiet, what, timeout=timeout, interval=interval)
        return self.audit()


@dataclass(frozen=True)
class FaultRig(StackRig):
    """A stack whose functions call AWS through a proxy."""

    proxy: FaultProxy

    def statuses(self, function: str, *, since: int = 0) -> list[int]:
        """The statuses of AWS's responses to a function; `since` is a length of `proxy.calls`."""
        return [call.status for call in self.proxy.calls[since:] if call.function == function]


@contextlib.contextmanager
def rig_with_emulator(
    ingestion: str,
    *,
    state_dir: Path | None = None,
    email_timeout: int = _EMAIL_TIMEOUT_SECONDS,
) -> Iterator[FaultRig]:
    """A rig on an emulator of its own."""
    emulator = Emulator(state_dir=state_dir)
    with FaultProxy(emulator) as proxy, emulator:
        yield _deploy(emulator, proxy, ingestion, email_timeout)


@contextlib.contextmanager
def rig_on(emulator: Emulator, ingestion: str) -> Iterator[FaultRig]:
    """A rig on a running emulator."""
    with FaultProxy(emulator) as proxy:
        yield _deploy(emulator, proxy, ingestion, _EMAIL_TIMEOUT_SECONDS)


def rig_without_proxy(emulator: Emulator, name: str, ingestion: str) -> StackRig:
    """A rig whose functions call the emulator itself."""
    stack = deploy_variant(emulator, name, ingestion=ingestion)
    reconfigure(stack, "email", {}, _EMAIL_TIMEOUT_SECONDS)
    _shorten_retries(stack)
    return StackRig(stack, ingestion)


def _deploy(emulator: Emulator, proxy: FaultProxy, ingestion: str, email_timeout: int) -> FaultRig:
    stack = deploy_variant(emulator, f"faults-{ingestion}", ingestion=ingestion)
    for function in stack.outputs["functionNames"]:
        timeout = email_timeout if function == "email" else None
        reconfigure(stack, function, proxy.environment(function), timeout)
    # Of two processes, the one without a fault might be killed between sending an email and
    # recording it.
    reserve_concurrency(stack, "email", 1)
    _shorten_retries(stack)
    return FaultRig(stack, ingestion, proxy)


def _shorten_retries(stack: LocalStack) -> None:
    for queue in stack.outputs["queueUrls"]:
        stack.set_retries(queue, seconds=_VISIBILITY_SECONDS)


def reconfigure(
    stack: LocalStack, function: str, variables: dict[str, str], timeout: int | None = None
) -> None:
    """Change a function, and point its alias to $LATEST: the emulator throttles nothing else."""
    functions, name = stack.client("lambda"), stack.outputs["functionNames"][function]
    config = functions.get_function_configuration(FunctionName=name)
    functions.update_function_configuration(
        FunctionName=name,
        Environment={"Variables": {**config["Environment"]["Variables"], **variables}},
        Timeout=timeout or config["Timeout"],
    )
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")


def reserve_concurrency(stack: LocalStack, function: str, concurrency: int) -> int:
    """Reserve concurrency for a function; returns what was reserved before."""
    functions, name = stack.client("lambda"), stack.outputs["functionNames"][function]
    key = "ReservedConcurrentExecutions"
    before: int = functions.get_function_concurrency(FunctionName=name)[key]
    functions.put_function_concurrency(FunctionName=name, **{key: concurrency})
    return before


def _receive(stack: LocalStack, url: str) -> list[dict[str, Any]]:
    batch = stack.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0, MessageAttributeNames=["All"]
    )
    messages: list[dict[str, Any]] = batch.get("Messages", [])
    return messages
