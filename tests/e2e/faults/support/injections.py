"""What can become of an AWS call that a function makes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from typing import TYPE_CHECKING

from tests.e2e.faults.support.proxy import CALLER, PATIENCE_SECONDS, Answer
from tests.support.processes import started_with

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from tests.e2e.faults.support.proxy import Call, Spoil


def refuse(code: str, status: int = 400) -> Spoil:
    """AWS answers with an error."""
    query = f"<ErrorResponse><Error><Code>{code}</Code><Message>Refused</Message></Error></ErrorResponse>".encode()
    other = json.dumps({"__type": code, "message": "Refused"}).encode()

    def spoil(call: Call, _forward: Callable[[], Answer], _over: threading.Event) -> Answer:
        return Answer(status, [("X-Amzn-ErrorType", code)], query if call.is_form else other)

    return spoil


def hang(_call: Call, _forward: Callable[[], Answer], over: threading.Event) -> None:
    """AWS does nothing, and is silent for as long as the rule holds."""
    over.wait(PATIENCE_SECONDS)


def lose(_call: Call, forward: Callable[[], Answer], _over: threading.Event) -> None:
    """AWS does as it is told, and its answer is lost."""
    forward()


def kill_before(call: Call, _forward: Callable[[], Answer], _over: threading.Event) -> None:
    """The function is killed before AWS hears of its call."""
    _kill(call)


def kill_after(call: Call, forward: Callable[[], Answer], _over: threading.Event) -> None:
    """The function is killed when AWS has done as it was told."""
    forward()
    _kill(call)


def _kill(call: Call) -> None:
    """End every process of a function at once, as nothing that it could catch would."""
    for process in started_with(f"{CALLER}={call.caller}"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(process), signal.SIGKILL)
