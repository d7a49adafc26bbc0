"""Tests: what `make local` shows of an outage, from the order to the repair."""

from __future__ import annotations

import json
import re
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typer.testing import CliRunner

from local import cli
from local.faults import Fault, Faults
from orderctl import cli as orderctl
from tests.support.polling import eventually
from tooling.running import RunningStack
from tooling.sample_order import SAMPLE_ORDER

if TYPE_CHECKING:
    from pathlib import Path

    from local.emulator.emulator import Emulator

_ALARM = "order-processing-local-email-dead-letters"
# In which a line would be shown.
_SHOWN_SECONDS = 2
# Alarms whose metrics the emulator cannot give (docs/emulator.md).
_NOT_EVALUATED = {
    "orders-table-throttles",
    "audit-table-throttles",
    "sent-emails-table-throttles",
    "relay-iterator-age",
    "email-oldest-message",
    "audit-oldest-message",
    "email-bounces",
    "email-complaints",
}


@pytest.fixture
def running(tmp_path: Path) -> RunningStack:
    """The test's own place for the running stack."""
    return RunningStack(tmp_path)


class _Operator:
    """What somebody does while the stack runs; `order_id` is the order that is not confirmed."""

    def __init__(self, running: RunningStack, folder: Path) -> None:
        self._running = running
        self._folder = folder
        self.order_id = ""
        self.seconds = 0.0
        self.not_evaluated: set[str] = set()

    def act(self, emulator: Emulator) -> None:
        """Order while emails fail, wait for the alarm, repair, redrive, and press Ctrl-C."""
        outputs = self._running.outputs()
        faults = Faults(outputs)
        self._order(outputs)
        eventually(emulator.emails, "the first email, for which processes are started")
        faults.inject(Fault(hop="email:ses", effect="refuse"))
        start = time.monotonic()
        self.order_id = self._order(outputs)
        self._await_state(emulator, "ALARM")
        self.seconds = time.monotonic() - start
        assert len(emulator.emails()) == 1
        faults.remove("email:ses")
        self._redrive(outputs)
        self._await_state(emulator, "OK")
        eventually(lambda: len(emulator.emails()) > 1, "email")
        assert len(emulator.emails()) == 2
        self.not_evaluated = {
            alarm["AlarmName"].removeprefix("order-processing-local-")
            for alarm in emulator.client("cloudwatch").describe_alarms()["MetricAlarms"]
            if alarm["StateValue"] == "INSUFFICIENT_DATA"
        }
        eventually(self._all_is_shown, "a line of each")
        raise KeyboardInterrupt

    def expected(self) -> list[str]:
        """The lines that the terminal shows."""
        order = f"order={self.order_id}"
        return [
            rf"orders 200 \d+ ms {order}",
            rf"relay ok \d+ ms {order}",
            rf"email failed attempt 1 of 3 {order} .*Rate exceeded",
            rf"email failed attempt 2 of 3 {order} .*Rate exceeded",
            rf"email failed attempt 3 of 3 {order} .*Rate exceeded",
            "email dead letter, 1 in the dead-letter queue",
            "alarm email-dead-letters ALARM .*",
            "alarm email-dead-letters OK .*",
            rf"audit ok \d+ ms {order}",
            rf"email ok \d+ ms {order}",
        ]

    def _all_is_shown(self) -> bool:
        printed: Any = sys.stdout  # that of the command, which typer's runner keeps in memory
        text = printed.buffer.getvalue().decode()
        return all(re.search(f"^{line}$", text, re.MULTILINE) for line in self.expected())

    def _order(self, outputs: dict[str, Any]) -> str:
        response = httpx.post(outputs["ordersUrl"], json=SAMPLE_ORDER, trust_env=False, timeout=30)
        assert response.status_code == 200, response.text
        return str(response.json()["orderId"])

    def _await_state(self, emulator: Emulator, state: str) -> None:
        def is_in_state() -> bool:
            alarms = emulator.client("cloudwatch").describe_alarms(AlarmNames=[_ALARM])
            return bool(alarms["MetricAlarms"][0]["StateValue"] == state)

        eventually(is_in_state, f"{_ALARM} in state {state}")

    def _redrive(self, outputs: dict[str, Any]) -> None:
        file = self._folder / "outputs-for-orderctl.json"
        file.write_text(json.dumps(outputs), encoding="utf-8")
        arguments = ["dlq", "redrive", "email", "--all", "--outputs", str(file)]
        result = CliRunner().invoke(orderctl.app, arguments)
        assert result.exit_code == 0, result.output


def test_an_outage_is_seen_and_repaired(running: RunningStack, tmp_path: Path) -> None:
    """An order whose email fails is a dead letter and an alarm within 15 s, and a line each.

    After the repair and a redrive, the alarm is OK and there is one email.
    """
    operator = _Operator(running, tmp_path)
    options = cli.Options(running=running, wait=operator.act)
    result = CliRunner().invoke(cli.app, ["up", "--port", "0"], obj=options)
    assert result.exit_code == 130, result.output
    assert operator.seconds < 15
    lines = result.stdout.partition("Running until Ctrl-C.")[2].splitlines()
    for pattern in operator.expected():
        assert any(re.fullmatch(pattern, line) for line in lines), (pattern, lines)
    assert operator.not_evaluated == _NOT_EVALUATED
    assert result.stderr.count("Traceback") == 0


@pytest.mark.thorough
def test_quiet_prints_no_lines(running: RunningStack) -> None:
    """With --quiet, requests and events are not printed."""

    def act(emulator: Emulator) -> None:
        httpx.post(running.outputs()["ordersUrl"], json=SAMPLE_ORDER, trust_env=False, timeout=30)
        eventually(emulator.emails, "email")
        time.sleep(_SHOWN_SECONDS)
        raise KeyboardInterrupt

    options = cli.Options(running=running, wait=act)
    result = CliRunner().invoke(cli.app, ["up", "--port", "0", "--quiet"], obj=options)
    assert result.exit_code == 130, result.output
    lines = result.stdout.partition("Running until Ctrl-C.")[2].split("\n")
    assert list(filter(None, lines)) == ["Stopping ..."]
