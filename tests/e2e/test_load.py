"""The load of `make load`, in small."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from local.process import listen
from tooling.root import ROOT

_CELL = re.compile(r"^│ (.+?) +│ (\S+) +│$", re.MULTILINE)


@pytest.mark.thorough
def test_a_load_is_measured_and_counted() -> None:
    """Clients on the embedded API are told latencies, throughput and errors, and that each order arrived once."""
    command = [sys.executable, "-m", "benchmarks.load", "--seconds", "3", "--clients", "2"]
    done = subprocess.run(  # noqa: S603 - ours
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = dict(_CELL.findall(done.stdout))
    assert {"p50, ms", "p95, ms", "p99, ms", "requests per second"} <= seen.keys()
    assert seen["errors"] == "0"
    assert int(seen["requests"]) >= int(seen["accepted orders"]) > 0
    assert (
        f"Each of {seen['accepted orders']} accepted orders is stored, audited and emailed"
        in done.stdout
    )


def test_what_clients_are_refused_is_counted_and_named() -> None:
    """Where nobody answers, clients report errors by their text and no order, and leave standard error alone."""
    with listen(0) as nobody:
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/orders"
    command = [sys.executable, "-m", "benchmarks.shoppers", url, "0.2", "1"]
    done = subprocess.run(  # noqa: S603 - ours
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    seen = json.loads(done.stdout)
    assert done.stderr == ""
    assert seen["accepted"] == []
    assert sum(seen["errors"].values()) == seen["failures"] == seen["requests"] > 0
