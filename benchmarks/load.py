"""Load test on the embedded AWS: latencies, and a check that each order arrives everywhere once."""

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
from local.deployment.deployer import deploy
from local.emulator.emulator import Emulator
from local.order_audit import OrderAudit
from tooling import stackfile
from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from rich.status import Status

# Added to the time of the load, for the clients' start and their last responses.
_LAST_RESPONSES_SECONDS: Final = 60.0
# An order takes a second or two; a failed message would be received again after six minutes.
_STALLED_SECONDS: Final = 30.0
# Time for a second email or audit record to arrive.
_SETTLE_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.5
_SHOWN: Final = 10

_SECONDS = Annotated[float, typer.Option(min=1, max=600, help="Duration of the load.")]
_CLIENTS = Annotated[int, typer.Option(min=1, max=64, help="Number of concurrent clients.")]


def main(seconds: _SECONDS = 20, clients: _CLIENTS = 8) -> None:
    """Send orders to a stack on the embedded AWS, and check that each one arrives."""
    console = Console()
    with reporting():
        rates = measure(console, seconds=seconds, clients=clients)
        console.print(
            f"Accepted: {rates['accepted_per_second']:.1f} orders/s; delivered everywhere: "
            f"{rates['delivered_per_second']:.1f} orders/s."
        )


def measure(console: Console, *, seconds: float, clients: int) -> dict[str, float]:
    """Send orders, print the clients' results, and return the orders per second.

    Raises:
        UserError: an order is not in each place exactly once.
    """
    with Emulator() as emulator:
        with console.status("Deploying ..."):
            outputs = deploy(emulator, stackfile.load("local", ROOT))
        with console.status(f"{clients} clients send orders for {seconds:g} s ..."):
            results = _send(outputs["ordersUrl"], seconds, clients)
        console.print(_table(results))
        accepted = results["accepted"]
        arrived = _require_each_once(emulator, outputs, accepted, console)
        return {
            "accepted_per_second": len(accepted) / seconds,
            "delivered_per_second": len(accepted) / (arrived - results["startedAt"]),
        }


def _send(url: str, seconds: float, clients: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.shoppers", url, str(seconds), str(clients)]
    timeout = seconds + _LAST_RESPONSES_SECONDS
    try:
        process = subprocess.run(  # noqa: S603 (a module of this package)
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        raise UserError(f"The clients did not end within {timeout:g} s.") from None
    if process.returncode != 0:
        raise UserError(f"The clients ended with exit code {process.returncode}.")
    results: dict[str, Any] = json.loads(process.stdout)
    if not results["accepted"]:
        raise UserError(
            f"None of {results['requests']} requests was accepted: {results['errors']}."
        )
    return results


def _table(results: dict[str, Any]) -> Table:
    table = Table("", "", title="Results of the clients", show_header=False)
    table.add_row("requests", str(results["requests"]))
    table.add_row("requests per second", f"{results['requestsPerSecond']:.1f}")
    for name, milliseconds in results["milliseconds"].items():
        table.add_row(f"{name}, ms", str(milliseconds))
    table.add_row("errors", str(results["failures"]))
    for error, count in results["errors"].items():
        table.add_row(f"  {error}", str(count))
    table.add_row("accepted orders", str(len(results["accepted"])))
    return table


def _require_each_once(
    emulator: Emulator, outputs: dict[str, Any], accepted: list[str], console: Console
) -> float:
    """Wait for the accepted orders, and return the time at which the last one was everywhere.

    Raises:
        UserError: an order is not in each place exactly once.
    """
    with console.status("Waiting for the workflows ...") as status:
        _await_arrivals(emulator, outputs, accepted, status)
        arrived = time.time()
        time.sleep(_SETTLE_SECONDS)
    if mismatches := OrderAudit.count(emulator, outputs).mismatches(accepted):
        examples = "; ".join(mismatches[:_SHOWN])
        raise UserError(f"{len(mismatches)} mismatches, such as: {examples}.")
    console.print(
        f"Each of {len(accepted)} accepted orders is stored, audited and emailed exactly once."
    )
    return arrived


def _await_arrivals(
    emulator: Emulator, outputs: dict[str, Any], accepted: list[str], status: Status
) -> None:
    """Wait until there is no mismatch, or the number of mismatches no longer changes."""
    changed, before = time.monotonic(), -1
    while missing := len(OrderAudit.count(emulator, outputs).mismatches(accepted)):
        if missing != before:
            changed, before = time.monotonic(), missing
        if time.monotonic() - changed > _STALLED_SECONDS:
            return
        status.update(f"Waiting for the workflows ... {missing} mismatches")
        time.sleep(_POLL_SECONDS)


if __name__ == "__main__":
    entry.run(lambda: typer.run(main), entry.ALL_STOPPED)
