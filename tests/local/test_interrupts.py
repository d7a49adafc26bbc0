"""Interruptions wait for what must not stay half done."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.interrupts import deferred


def test_an_interruption_takes_effect_at_the_end() -> None:
    """The block is finished first, and then Ctrl-C is what it always is."""
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt), deferred():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        done.append("all")
    assert done == ["all"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_threads_need_no_deferring() -> None:
    """Signals never reach them, and they may not touch handlers."""

    def within() -> str:
        with deferred():
            return "done"

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(within).result() == "done"
