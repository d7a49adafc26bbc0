"""`make bench`: the peers, and one round of it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from benchmarks.__main__ import baseline_folder, check_writable
from benchmarks.subjects import PEERS
from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_FUNCTIONS = {"orders", "intake", "processor", "relay", "email", "audit"}


def test_peers_are_left_out_with_a_message(tmp_path: Path) -> None:
    """Without all of the printed handlers, a message names what is missing, and nothing fails."""
    output = io.StringIO()
    console = Console(file=output, width=500)
    (tmp_path / PEERS[0]).touch()

    assert baseline_folder("", console) is None
    assert baseline_folder(str(tmp_path), console) is None
    assert output.getvalue() == (
        "Without BASELINE=<folder of the printed handlers> there are no ratios.\n"
        f"{tmp_path} has no {PEERS[1]}, {PEERS[2]}: there are no ratios.\n"
    )


def test_complete_peers_are_used(tmp_path: Path) -> None:
    """A folder with all printed handlers is used without a message."""
    output = io.StringIO()
    for file in PEERS:
        (tmp_path / file).touch()

    assert baseline_folder(str(tmp_path), Console(file=output)) == tmp_path
    assert output.getvalue() == ""


def test_a_file_that_cannot_be_written_is_an_error_at_once(tmp_path: Path) -> None:
    """A folder, or a path below a file, is an error of one sentence before anything is measured."""
    (tmp_path / "file").touch()

    for out in (tmp_path, tmp_path / "file" / "bench.json"):
        with pytest.raises(UserError, match=re.escape(f"{out} cannot be written")):
            check_writable(out)
    check_writable(tmp_path / "new" / "bench.json")
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.thorough
def test_one_round_is_measured(tmp_path: Path) -> None:
    """One round without peers measures every function, and writes a table and JSON."""
    out = tmp_path / "folder" / "bench.json"
    bench = subprocess.run(  # noqa: S603 - a constant command
        [sys.executable, "-m", "benchmarks", "--rounds", "1", "--out", out],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert bench.returncode == 0, bench.stderr
    assert "AWS calls of the orders function" in bench.stdout
    results = json.loads(out.read_text(encoding="utf-8"))
    assert results["rounds"] == 1
    assert set(results["ratios"].values()) == {None}
    assert results["calls"]["orders"] == {"PutItem": 1.0}
    assert results["milliseconds"].keys() == results["log_bytes"].keys() == _FUNCTIONS
    assert all(size > 0 for size in results["bundle_bytes"].values())
    assert results["bundle_bytes"].keys() == {*_FUNCTIONS, "lookup"}
    assert results["preview"]["cpu_seconds"] > 0
