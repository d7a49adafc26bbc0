"""The figures of `make bench`: rounds of processes, sizes of bundles, previews of the program."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks import environment, scale, subjects
from benchmarks.events import BATCH, orders
from benchmarks.process import measure
from benchmarks.ratios import PEERS, ratios
from costs.usage import SECONDS_PER_MONTH
from infra.functions.bundle import Bundler, Target
from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.process import Measurement, Subject

    Report = Callable[[str], object]

# The examples whose functions are measured: one with direct ingestion, one with a queue.
_EXAMPLES: Final = ("queue-first", "http-platform")

# Its name is in every line of metrics.
_STACK: Final = "prod"

_PREVIEWS: Final = 3

# 200 warm calls with one order, or 20 with a batch.
_ORDERS: Final = 210

# The functions that an order passes with direct ingestion.
_DIRECT: Final = ("orders", "relay", "email", "audit")
_NOT_COUNTED: Final = "SendEmail"


def collect(
    *, baseline: Path | None, rounds: int, interpreter: Path, report: Report
) -> dict[str, Any]:
    """Measure everything that takes seconds.

    Args:
        baseline: The folder of the printed handlers; None if there is none.
        rounds: How often every process runs, in turn with the others.
        interpreter: The Python that runs the functions.
        report: Gets a sentence about each step.

    Raises:
        UserError: a process failed.
    """
    report("Previews of the Pulumi program ...")
    files = {path.name.split(".")[1]: path for path in (ROOT / "examples").glob("Pulumi.*.yaml")}
    _preview(files[_EXAMPLES[0]])  # compiles the modules
    previews = {stack: [_preview(path) for _ in range(_PREVIEWS)] for stack, path in files.items()}
    report("Bundles, and Lambda's runtime client ...")
    python = environment.runtime(interpreter)
    variables = {
        name: {**each, "ENVIRONMENT": _STACK}
        for example in _EXAMPLES
        for name, each in previews[example][0]["variables"].items()
    }
    with tempfile.TemporaryDirectory() as scratch:
        measured = _subjects(Path(scratch), python, baseline, variables)
        results = []
        for number in range(1, rounds + 1):
            report(f"Round {number} of {rounds} ...")
            results.append({each.name: measure(each, python) for each in measured})
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "rounds": rounds,
        "batch": BATCH,
        **of_rounds(results),
        "bundle_bytes": {
            path.name.partition("-")[0]: path.stat().st_size
            for path in Bundler(with_dependencies=True).bundle_all()
        },
        "usd_per_million_orders": {
            f"{sizing.rate:.1f}": sum(
                scale.order_costs(sizing.use, sizing.rate * SECONDS_PER_MONTH).values()
            )
            for sizing in scale.sizings()
        },
        "preview": _slowest(previews),
        "machine": _machine(python),
    }


def _subjects(
    scratch: Path,
    python: Path,
    baseline: Path | None,
    variables: Mapping[str, Mapping[str, str]],
) -> list[Subject]:
    """Return the functions, unpacked from bundles for this machine, and their peers."""
    bundler = Bundler(with_dependencies=True, target=Target.of_this_machine(python))
    folders = {name: environment.unpack(bundler.bundle(name), scratch / name) for name in PEERS}
    sent = orders(_ORDERS)
    run = partial(measure, python=python, record_bodies=True)
    measured = [*subjects.pipeline(variables, folders, sent, run)]
    if baseline:
        peers = environment.copy_peers(baseline, scratch / "peers", python)
        measured += [subjects.peer(file, peers, sent) for file in subjects.PEERS]
    return measured


def of_rounds(rounds: Sequence[Mapping[str, Measurement]]) -> dict[str, Any]:
    """Return the results in rounds of measurements: ratios, and each function's figures."""
    spreads = ratios(rounds)
    # The email function counts orders of an earlier hour of the clock with calls of their own, and
    # rounds may go on into the next hour.
    first = rounds[0]
    calls = {name: dict(first[name].calls) for name in PEERS}
    logged = {name: first[name].log_bytes for name in PEERS}
    return {
        "ratios": {name: spread and spread.median for name, spread in spreads.items()},
        "ratio_ranges": {
            name: spread and [spread.minimum, spread.maximum] for name, spread in spreads.items()
        },
        "milliseconds": {
            name: {
                phase: 1000 * statistics.median(each[name].seconds(phase) for each in rounds)
                for phase in ("cold", "warm")
            }
            for name in first
        },
        "modules": {name: len(measured.modules) for name, measured in first.items()},
        "calls": calls,
        "calls_per_order": sum(
            number
            for name in _DIRECT
            for operation, number in calls[name].items()
            if operation != _NOT_COUNTED
        ),
        "log_bytes": logged,
        "log_bytes_per_order": sum(logged[name] for name in _DIRECT),
    }


def _preview(stack_file: Path) -> dict[str, Any]:
    """Run the Pulumi program for a stack, in a process that may write bytecode."""
    variables = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    process = subprocess.run(  # noqa: S603 (a module of this package)
        [sys.executable, "-m", "benchmarks.program", stack_file],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode != 0:
        raise UserError(f"The program failed for {stack_file}: {process.stderr.strip()}")
    result: dict[str, Any] = json.loads(process.stdout)
    return result


def _slowest(previews: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Return the stack whose previews take most CPU, with the medians of its runs."""
    medians = [
        {
            "stack": stack,
            "cpu_seconds": statistics.median(run["cpuSeconds"] for run in runs),
            "peak_megabytes": statistics.median(run["peakMegabytes"] for run in runs),
        }
        for stack, runs in previews.items()
    ]
    return max(medians, key=lambda median: float(median["cpu_seconds"]))


def _machine(python: Path) -> dict[str, Any]:
    return {
        "python": environment.version(python),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }


def _processor() -> str:
    """Return the processor's name, as far as the operating system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
