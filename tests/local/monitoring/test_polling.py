"""A thread that polls."""

from __future__ import annotations

import threading
import time

from local.monitoring.polling import Polling


def test_a_call_that_takes_long_does_not_delay_the_stop() -> None:
    """The thread of a call that a busy emulator has not served is left behind."""
    called, release = threading.Event(), threading.Event()

    def poll() -> None:
        called.set()
        release.wait(5)

    polling = Polling("slow", poll, seconds=0)
    polling.start()
    assert called.wait(5)
    start = time.monotonic()
    polling.stop()
    assert time.monotonic() - start < 2
    release.set()
