"""Tests: the log of an invocation that failed, as the emulator writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from local.events import events_of
from local.invocations import FunctionLog
from tests.local.support.functions import create_function

if TYPE_CHECKING:
    from local.emulator import Emulator


@pytest.mark.parametrize(
    ("source", "outcome", "error"),
    [
        (
            "def handler(event, context): raise KeyError('x')",
            "crashed",
            "KeyError: 'x'",
        ),
        ("import nothing_here", "crashed", "No module named 'nothing_here'"),
        ("import os\ndef handler(event, context): os._exit(3)", "crashed", "exit status 3"),
        (
            "import time\ndef handler(event, context): time.sleep(9)",
            "timed out",
            "Task timed out after 1.00 seconds",
        ),
    ],
    ids=["exception", "import error", "exit", "timeout"],
)
def test_a_failed_invocation_is_in_the_log(
    emulator: Emulator, source: str, outcome: str, error: str
) -> None:
    """An exception, an import error, the end of the process and a timeout have their reason."""
    name = f"failing-{uuid4()}"
    log = FunctionLog("failing", f"/aws/lambda/{name}")
    create_function(emulator, name, source, timeout=1)
    emulator.client("lambda").invoke(FunctionName=name)
    (invocation,) = log.poll(emulator.client("logs"))
    (event,) = events_of(invocation)
    assert event.outcome == outcome
    assert error in str(event.error)
    assert invocation.failed
