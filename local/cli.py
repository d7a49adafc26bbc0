"""The commands of `python -m local`."""

from __future__ import annotations

import json
import shlex
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import pulumi
import typer
from rich.console import Console
from rich.table import Table

from local import demo as demonstration
from local import stackfile
from local.deployer import deploy
from local.emulator import ROOT, Emulator
from local.errors import LocalError
from local.interrupts import ALL_STOPPED, interruptible
from local.journey import ORDER
from local.running import Running
from local.signing import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

STACK = "local"
_POLL_SECONDS = 0.2

app = typer.Typer(
    help="An embedded AWS on this machine with the order pipeline deployed to it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_PORT = Annotated[int, typer.Option(min=0, max=65535, help="The loopback port to serve on; 0 for any free one.")]


@app.command()
def demo() -> None:
    """Deploy, send one order, show what became of it, and stop everything."""
    console = Console()
    with _reporting(), Emulator() as emulator:
        outputs = _deploy(emulator, console)
        demonstration.show(emulator, outputs, console)
        console.print("One order, one e-mail, one audit record. Stopping the embedded AWS.")


@app.command()
def up(port: _PORT = 0) -> None:
    """Deploy, and stay up until Ctrl-C."""
    console, running = Console(), Running(ROOT)
    with _reporting(), running.claim(), Emulator(port) as emulator:
        outputs = {**_deploy(emulator, console), **emulator.connection}
        running.publish(outputs)
        typer.echo("\nFor SDKs and the AWS CLI, in another terminal:\n")
        typer.echo("\n".join(_exports(emulator)))
        typer.echo("\nOutputs: .venv/bin/python -m local outputs --json\nSend an order:\n")
        typer.echo(_curl(outputs["ordersUrl"]))
        console.print("\nRunning until Ctrl-C.")
        _wait(emulator)


@app.command()
def outputs(*, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Print the running stack's outputs."""
    with _reporting():
        values = Running(ROOT).outputs()
        if as_json:
            typer.echo(json.dumps(values, indent=2, sort_keys=True))
        else:
            Console().print(_table(values))


@app.command()
def emulator(port: Annotated[int, typer.Option(min=0, max=65535, help="The loopback port to serve on.")]) -> None:
    """Run the emulator with nothing deployed, until Ctrl-C."""
    with _reporting(), Emulator(port) as bare:
        typer.echo(f"The embedded AWS answers at {bare.url} until Ctrl-C. For SDKs and the AWS CLI:\n")
        typer.echo("\n".join(_exports(bare)))
        config = stackfile.with_key(STACK, ROOT, bare)
        typer.echo(f"\nFor the Pulumi CLI:\n\npulumi up --stack {STACK} --config-file {shlex.quote(str(config))}")
        _wait(bare)


@contextmanager
def _reporting() -> Iterator[None]:
    """End a command with one sentence and its exit code instead of a traceback."""
    try:
        with interruptible(ALL_STOPPED):
            yield
    except (LocalError, pulumi.RunError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _deploy(emulator: Emulator, console: Console) -> dict[str, Any]:
    """Deploy the local stack, telling how far it is."""
    stack, began, count = stackfile.load(STACK, ROOT), time.perf_counter(), 0
    console.print(
        f"The embedded AWS is up at {emulator.url}. Deploying the stack '{STACK}' ...", highlight=False, soft_wrap=True
    )
    with console.status("Deploying ...") as status:

        def progress(kind: str, name: str) -> None:
            nonlocal count
            count += 1
            status.update(f"Deploying ... {count} resources, the last one {kind.rsplit(':', 1)[-1]} {name}")

        deployed = deploy(emulator, stack, progress=progress)
    console.print(f"Deployed {count} resources in {time.perf_counter() - began:.1f} s.", highlight=False)
    return deployed


def _wait(emulator: Emulator) -> None:
    while emulator.is_running:
        time.sleep(_POLL_SECONDS)
    raise LocalError(f"The emulator stopped by itself: {emulator.log()}")


def _exports(emulator: Emulator) -> list[str]:
    """Return lines for a shell, which make every AWS SDK and CLI reach the emulator and nothing else."""
    key = emulator.key
    return [
        f"export AWS_ENDPOINT_URL={emulator.url} AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}",
        f"export AWS_ACCESS_KEY_ID={key.access_key_id}",
        # A session token that the shell has from elsewhere would be sent along.
        f"export AWS_SECRET_ACCESS_KEY={key.secret_access_key} AWS_SESSION_TOKEN=",
    ]


def _curl(url: str) -> str:
    """A line to paste: the URL holds a `$`, which a shell would take for a variable."""
    header = shlex.quote("Content-Type: application/json")
    return f"curl -i {shlex.quote(url)} -H {header} -d {shlex.quote(json.dumps(ORDER))}"


def _table(values: dict[str, Any]) -> Table:
    table = Table("output", "value")
    for name, value in sorted(values.items()):
        table.add_row(name, value if isinstance(value, str) else json.dumps(value, indent=2))
    return table
