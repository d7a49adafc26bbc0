"""`make bench`: speed and cost beside their goals, as a table, and as JSON."""

from __future__ import annotations

from tooling import entry

if __name__ == "__main__":
    entry.exit_at_once(entry.ALL_STOPPED)

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import checks, figures, load, report
from benchmarks.subjects import PEERS
from infra.functions.bundle import LAMBDA
from infra.functions.bundle.bytecode import find_interpreter
from local.cli import reporting
from tooling.errors import UserError
from tooling.root import ROOT

_OUT = ROOT / ".bundles" / "bench.json"

# Of the table, if it does not go to a terminal.
_WIDTH = 120
_LOAD_SECONDS = 20.0
_LOAD_CLIENTS = 8

_BASELINE = Annotated[
    str, typer.Option(help="The folder of the printed handlers that the functions are compared to.")
]
_ROUNDS = Annotated[int, typer.Option(min=1, help="How often every process runs.")]
_FILE = Annotated[Path, typer.Option(help="The JSON file to write.")]
_LOAD = Annotated[bool, typer.Option(help="Send orders to the embedded AWS as well.")]
_MYPY = Annotated[bool, typer.Option(help="Run mypy without its cache as well.")]
_TEST = Annotated[bool, typer.Option(help="Run `make test` as well.")]


def main(
    *,
    baseline: _BASELINE = "",
    rounds: _ROUNDS = 9,
    out: _FILE = _OUT,
    with_load: _LOAD = False,
    with_mypy: _MYPY = False,
    with_test: _TEST = False,
) -> None:
    """Measure the functions in new processes, print a table of figures and goals, write JSON."""
    progress, console = Console(stderr=True), Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    with reporting():
        check_writable(out)
        folder = baseline_folder(baseline, progress)
        results = figures.collect(
            baseline=folder,
            rounds=rounds,
            interpreter=_interpreter(progress),
            report=progress.print,
        )
        try:
            if with_load:
                results["embedded"] = load.measure(
                    progress, seconds=_LOAD_SECONDS, clients=_LOAD_CLIENTS
                )
            if with_mypy:
                progress.print("mypy without its cache ...")
                results["mypy"] = checks.mypy()
            if with_test:
                progress.print("make test ...")
                results["test"] = checks.test()
        finally:  # what was measured is not lost where `make test` fails
            out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
            console.print(report.terminal(results))
            console.print(f"Written to {out}.")


def check_writable(file: Path) -> None:
    """Create the folder of a file, before minutes of measurements that could not be written.

    Raises:
        UserError: the file cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror}") from None
    if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
        raise UserError(f"{file} cannot be written.")


def _interpreter(console: Console) -> Path:
    """Return a Python of Lambda's version, or this one with a message if there is none."""
    if found := find_interpreter(LAMBDA):
        return found
    console.print(f"There is no Python {LAMBDA.python_version}: the functions run this Python.")
    return Path(sys.executable)


def baseline_folder(path: str, console: Console) -> Path | None:
    """Return the folder of the printed handlers, or None with a message if one is missing."""
    if not path:
        console.print("Without BASELINE=<folder of the printed handlers> there are no ratios.")
        return None
    if missing := [file for file in PEERS if not (Path(path) / file).is_file()]:
        console.print(f"{path} has no {', '.join(missing)}: there are no ratios.")
        return None
    return Path(path)


if __name__ == "__main__":
    entry.run(lambda: typer.run(main), entry.ALL_STOPPED)
