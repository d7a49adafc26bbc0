"""Runs a load on the embedded AWS, and draws the dashboards: `python -m benchmarks.dashboards`."""

from __future__ import annotations

from tooling import entry

if __name__ == "__main__":
    entry.exit_at_once(entry.ALL_STOPPED)

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console

from benchmarks.dashboards.charts import Axis
from benchmarks.dashboards.drawing import page, picture
from benchmarks.dashboards.recording import Recording
from benchmarks.dashboards.samples import Samples
from benchmarks.dashboards.traffic import BURST, BURST_ORDERS, OUTAGE, REDRIVE, Traffic
from benchmarks.dashboards.widgets import widgets
from local.cli import reporting
from local.deployment.deployer import deploy
from local.emulator.emulator import Emulator
from tooling import chromium, stackfile
from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

_SAMPLES: Final = ROOT / ".local" / "dashboards.json"
_IMAGES: Final = ROOT / "docs" / "images"
_MINUTE: Final = 60
_DAY: Final = 24 * 60 * _MINUTE
# Messages that failed in the last minute become dead letters, and the alarm's data arrives.
_SETTLE_SECONDS: Final = 15

_MINUTES = Annotated[float, typer.Option(min=1, max=120, help="Duration of the load.")]
_DRAW_ONLY = Annotated[bool, typer.Option(help="Draw the recorded load of the last run.")]
_FILE = Annotated[Path, typer.Option(help="The file of the recorded load.")]
_OUT = Annotated[Path, typer.Option(help="The folder of the pictures.")]


def main(
    minutes: _MINUTES = 30,
    *,
    draw_only: _DRAW_ONLY = False,
    file: _FILE = _SAMPLES,
    out: _OUT = _IMAGES,
) -> None:
    """Run a load on the embedded AWS, and write a picture of each dashboard."""
    console = Console()
    with reporting():
        if (browser := chromium.find()) is None:
            raise UserError(f"There is no Chromium; {chromium.INSTALL}.")
        out.mkdir(parents=True, exist_ok=True)
        if not draw_only:
            _record(console, minutes * _MINUTE, file)
        if not file.is_file():
            raise UserError(f"{file} does not exist; run without --draw-only first.")
        _draw(console, browser, file, out)


def _record(console: Console, seconds: float, file: Path) -> None:
    """Run the load, and write its samples and the dashboards' bodies to a file."""
    with Emulator() as emulator:
        with console.status("Deploying ..."):
            outputs = {**deploy(emulator, stackfile.load("local", ROOT)), **emulator.connection}
        traffic = Traffic(emulator.client, outputs)
        with console.status("Starting the functions ..."):
            traffic.warm_up()
        samples = Samples(time.time())
        recording = Recording(emulator.client, outputs, samples)
        with recording.running(), console.status("Sending orders ...") as status:
            traffic.run(
                samples, seconds, progress=lambda share: status.update(f"Sending: {share:.0%}")
            )
            time.sleep(_SETTLE_SECONDS)
        cloudwatch = emulator.client("cloudwatch")
        bodies = {
            entry["DashboardName"]: json.loads(
                cloudwatch.get_dashboard(DashboardName=entry["DashboardName"])["DashboardBody"]
            )
            for entry in cloudwatch.list_dashboards()["DashboardEntries"]
        }
    samples.write(file)
    file.with_suffix(".bodies.json").write_text(json.dumps(bodies), encoding="utf-8")


def _draw(console: Console, browser: str, file: Path, out: Path) -> None:
    samples = Samples.read(file)
    bodies = json.loads(file.with_suffix(".bodies.json").read_text(encoding="utf-8"))
    for name, body in sorted(bodies.items()):
        label = "business" if "-business-" in name else "operations"
        html = _page(name, label, body, samples)
        target = out / f"dashboard-{label}.webp"
        picture(browser, html, target)
        console.print(f"Wrote {target}.")


def _page(name: str, label: str, body: Mapping[str, Any], samples: Samples) -> str:
    seconds = samples.end - samples.start
    unit, scale = ("day", _DAY / _MINUTE) if label == "business" else ("minute", 1.0)
    axis = Axis(seconds=seconds, unit_seconds=_MINUTE, label=f"{unit}s")
    return page(name, _caption(samples, unit), widgets(body, samples, scale=scale), axis)


def _caption(samples: Samples, unit: str) -> str:
    """Return what the load was, and when."""
    minutes = (samples.end - samples.start - _SETTLE_SECONDS) / _MINUTE
    day = datetime.fromtimestamp(samples.start, UTC).strftime("%-d %B %Y")
    begin, end, redrive, burst = (
        f"{round(share * minutes, 1):g}" for share in (*OUTAGE, REDRIVE, BURST)
    )
    return (
        f"A load of {minutes:.0f} minutes on the embedded AWS, {day}"
        f"{'; each minute stands for a day' if unit == 'day' else ''}. "
        f"From {unit} {begin} to {end} SES refused all emails; on {unit} {redrive} the dead "
        f"letters were redriven; on {unit} {burst} {BURST_ORDERS} orders arrived at once. Latency "
        "is what the clients measured."
    )


if __name__ == "__main__":
    entry.run(lambda: typer.run(main), entry.ALL_STOPPED)
