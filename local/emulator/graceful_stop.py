"""Graceful stop of event source mappings, in the emulator's process.

By itself the emulator saves its state while functions process messages, and kills them afterwards:
the messages are still hidden in the state, and what a function has not recorded is done again.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Final

from ministack.services import lambda_svc

from local.emulator import redelivery

if TYPE_CHECKING:
    from collections.abc import Callable

_POLL_SECONDS: Final = 0.02
_POLLERS: Final = ("_poll_sqs", "_poll_kinesis", "_poll_dynamodb_streams")

_stopping = threading.Event()
# Held while a poller reads its sources, and, for a stream, while its function runs.
_polling = threading.Lock()


def install() -> None:
    """Patch the emulator's pollers, so that they can be stopped."""
    vars(lambda_svc).update({name: _stoppable(getattr(lambda_svc, name)) for name in _POLLERS})


async def stop_event_sources(seconds: float) -> None:
    """Start no invocation for a queue or a stream any more, and wait for those that run.

    Functions call the emulator, so it has to serve meanwhile.

    Args:
        seconds: How long to wait. The messages of invocations that run longer are received again
            when the function would have timed out.
    """
    _stopping.set()
    deadline = time.monotonic() + seconds
    while _is_busy() and time.monotonic() < deadline:  # noqa: ASYNC110 (pollers are threads)
        await asyncio.sleep(_POLL_SECONDS)
    redelivery.show_interrupted()


def _is_busy() -> bool:
    # In this order: a poller counts its batches before it ends.
    return _polling.locked() or bool(lambda_svc._esm_inflight)  # noqa: SLF001 (no public name)


def _stoppable(poll: Callable[[], bool]) -> Callable[[], bool]:
    def stoppable() -> bool:
        with _polling:
            return not _stopping.is_set() and poll()

    return stoppable
