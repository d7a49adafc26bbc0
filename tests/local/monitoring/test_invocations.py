"""Tests: the log of an invocation that failed, as the emulator writes it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from local.monitoring.events import events_of
from local.monitoring.invocations import FunctionLog
from tests.local.support.functions import create_function

if TYPE_CHECKING:
    from local.emulator.emulator import Emulator


_TALKATIVE = """\
import json

def handler(event, context):
    for number in range(300):
        print(json.dumps({"message": "x" * 300, "number": number, "id": event["id"]}))
"""


def test_every_invocation_has_its_own_lines(emulator: Emulator) -> None:
    """However many lines there are at once, all of an invocation are in its log, and no others."""
    name = f"talkative-{uuid4()}"
    log = FunctionLog("talkative", f"/aws/lambda/{name}")
    create_function(emulator, name, _TALKATIVE, timeout=30)
    functions = emulator.client("lambda")

    def invoke(number: int) -> None:
        functions.invoke(FunctionName=name, Payload=json.dumps({"id": number}))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(invoke, range(20)))
    invocations = log.poll(emulator.client("logs"))
    assert sorted(each.lines[0]["id"] for each in invocations) == list(range(20))
    for each in invocations:
        (number,) = {line["id"] for line in each.lines}
        assert [line["number"] for line in each.lines] == list(range(300)), number


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
