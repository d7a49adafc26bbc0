"""The load of `make load`, shorter."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys

import pytest

from tooling.root import ROOT

_CELL = re.compile(r"^│ (.+?) +│ (\S+) +│$", re.MULTILINE)


@pytest.mark.thorough
def test_a_load_is_measured_and_counted() -> None:
    """The load test prints latencies, throughput and errors, and that each order arrived once."""
    command = [sys.executable, "-m", "benchmarks.load", "--seconds", "3", "--clients", "2"]
    load = subprocess.run(  # noqa: S603 - a constant command
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert load.returncode == 0, load.stdout + load.stderr
    table = dict(_CELL.findall(load.stdout))
    assert {"p50, ms", "p95, ms", "p99, ms", "requests per second"} <= table.keys()
    assert table["errors"] == "0"
    accepted = table["accepted orders"]
    assert int(table["requests"]) >= int(accepted) > 0
    assert f"Each of {accepted} accepted orders is stored, audited and emailed" in load.stdout


def test_errors_of_clients_are_counted_by_text() -> None:
    """Without a server, clients count errors by their text, and write nothing to standard error."""
    with socket.socket() as nobody:  # who does not listen, and keeps the port for that time
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/orders"
        clients = subprocess.run(  # noqa: S603 - a constant command
            [sys.executable, "-m", "benchmarks.shoppers", url, "0.2", "1"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
    counts = json.loads(clients.stdout)
    assert clients.stderr == ""
    assert counts["accepted"] == []
    assert sum(counts["errors"].values()) == counts["failures"] == counts["requests"] > 0
