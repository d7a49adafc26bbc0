"""Early redelivery of messages that a function has not processed, in the emulator's process.

The visibility timeouts of the queues are six function timeouts, so that on AWS a message becomes a
dead letter after its third receive in 18 minutes (email). Here a message is visible again a moment
after its function has failed. A message that is being processed stays hidden for the deployed
visibility timeout, so a slow function does not get it twice.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from ministack.services import lambda_svc, sqs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# With three receives, a dead letter is seen within 15 seconds, and a retry can still be watched.
RETRY_SECONDS: Final = 2.0

_run_batch: Callable[..., None] = lambda_svc._run_sqs_batch  # noqa: SLF001 (no public name)
# What is being processed: the messages of a batch, and the timeout of their function in seconds.
_running: Final[dict[int, tuple[Sequence[dict[str, Any]], float]]] = {}


def install() -> None:
    """Patch the emulator's event source mappings of queues."""
    vars(lambda_svc).update(_run_sqs_batch=run_batch)


def run_batch(
    mapping: dict[str, Any],
    function: dict[str, Any],
    event: dict[str, Any],
    batch: Sequence[dict[str, Any]],
    *queue: str,
) -> None:
    """Invoke a function with a batch of messages, and show again soon what it has not processed."""
    _running[id(batch)] = batch, float(function["config"]["Timeout"])
    try:
        _run_batch(mapping, function, event, batch, *queue)
    finally:
        del _running[id(batch)]
    handles = {record["messageId"]: record["receiptHandle"] for record in event["Records"]}
    visible_at = time.time() + RETRY_SECONDS
    with sqs._queues_lock:  # noqa: SLF001 (no public name)
        for message in batch:
            # Processed messages are in no queue any more, and another receive has another handle.
            if message["receipt_handle"] == handles.get(message["id"]):
                message["visible_at"] = min(message["visible_at"], visible_at)


def show_interrupted() -> None:
    """Let messages that are being processed be received when their function would have timed out.

    For the end of the process, which ends the functions. Not at once, because an email whose
    function has ended while it sends is in progress until then.
    """
    now = time.time()
    with sqs._queues_lock:  # noqa: SLF001 (no public name)
        for batch, timeout_seconds in list(_running.values()):
            for message in batch:
                message["visible_at"] = min(message["visible_at"], now + timeout_seconds)
