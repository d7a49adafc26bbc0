"""A load on the embedded AWS: how fast orders are answered, and that each accepted one arrives everywhere once."""

from __future__ import annotations

from tooling import entry

if __name__ == "__main__":
    entry.exit_at_once(entry.ALL_STOPPED)

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from local.cli import reporting
from local.deployer import deploy
from local.emulator import Emulator
from local.order_audit import OrderAudit
from tooling import stackfile
from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from rich.status import Status

# Beyond the time for which orders are sent: for the clients to start, and to hear their last answers.
_LAST_ANSWERS_SECONDS: Final = 60.0
# Then nothing more arrives: an order takes a second or two, though a message that failed comes again after six minutes.
_STALLED_SECONDS: Final = 30.0
# Long enough for a second e-mail or audit record to show up, were there one.
_SETTLE_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.5
_SHOWN: Final = 10

_SECONDS = Annotated[float, typer.Option(min=1, max=600, help="For how long orders are sent.")]
_CLIENTS = Annotated[
    int, typer.Option(min=1, max=64, help="How many clients send at the same time.")
]


def main(seconds: _SECONDS = 20, clients: _CLIENTS = 8) -> None:
    """Send orders to a stack on the embedded AWS, and count what arrives."""
    console = Console()
    with reporting(), Emulator() as emulator:
        with console.status("Deploying ..."):
            outputs = deploy(emulator, stackfile.load("local", ROOT))
        with console.status(f"{clients} clients send orders for {seconds:g} s ..."):
            seen = _send(outputs["ordersUrl"], seconds, clients)
        console.print(_table(seen))
        _expect_each_once(emulator, outputs, seen["accepted"], console)


def _send(url: str, seconds: float, clients: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.shoppers", url, str(seconds), str(clients)]
    timeout = seconds + _LAST_ANSWERS_SECONDS
    try:
        done = subprocess.run(  # noqa: S603 - ours
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        raise UserError(f"The clients did not end within {timeout:g} s.") from None
    if done.returncode != 0:
        raise UserError(f"The clients ended with exit code {done.returncode}.")
    seen: dict[str, Any] = json.loads(done.stdout)
    if not seen["accepted"]:
        raise UserError(f"None of {seen['requests']} requests was accepted: {seen['errors']}.")
    return seen


def _table(seen: dict[str, Any]) -> Table:
    table = Table("", "", title="What the clients saw", show_header=False)
    table.add_row("requests", str(seen["requests"]))
    table.add_row("requests per second", f"{seen['requestsPerSecond']:.1f}")
    for name, milliseconds in seen["milliseconds"].items():
        table.add_row(f"{name}, ms", str(milliseconds))
    table.add_row("errors", str(seen["failures"]))
    for error, count in seen["errors"].items():
        table.add_row(f"  {error}", str(count))
    table.add_row("accepted orders", str(len(seen["accepted"])))
    return table


def _expect_each_once(
    emulator: Emulator, outputs: dict[str, Any], accepted: list[str], console: Console
) -> None:
    """Wait until every accepted order has arrived everywhere.

    Raises:
        UserError: in the end, one is not in each place exactly once.
    """
    with console.status("Waiting for the workflows ...") as status:
        _await_arrivals(emulator, outputs, accepted, status)
        time.sleep(_SETTLE_SECONDS)
    if deviations := OrderAudit.count(emulator, outputs).mismatches(accepted):
        shown = "; ".join(deviations[:_SHOWN])
        raise UserError(f"{len(deviations)} deviations from exactly once, such as: {shown}.")
    console.print(
        f"Each of {len(accepted)} accepted orders is stored, audited and emailed exactly once."
    )


def _await_arrivals(
    emulator: Emulator, outputs: dict[str, Any], accepted: list[str], status: Status
) -> None:
    """Return when nothing is missing, or when nothing has changed for a while."""
    changed, before = time.monotonic(), -1
    while missing := len(OrderAudit.count(emulator, outputs).mismatches(accepted)):
        if missing != before:
            changed, before = time.monotonic(), missing
        if time.monotonic() - changed > _STALLED_SECONDS:
            return
        status.update(f"Waiting for the workflows ... {missing} things are missing")
        time.sleep(_POLL_SECONDS)


if __name__ == "__main__":
    entry.run(lambda: typer.run(main), entry.ALL_STOPPED)
