"""The commands of `python -m local`."""

from __future__ import annotations

import re
import shlex
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import pulumi
import typer
from rich.console import Console

from handlers.common.contract import MAX_RECEIVES
from infra.functions.bundle import Bundler
from local import demo as demonstration
from local import ports, running_commands
from local.companions import COMPANIONS, Companion, Session
from local.deployment import overrides
from local.deployment.deployment import Deployment
from local.emulator import kept_state
from local.emulator.emulator import Emulator
from local.fault_commands import faults
from local.monitoring.activity import Activity
from local.monitoring.alarms import Alarms
from local.order_stages import OrderStages
from local.terminal import Terminal
from tooling import errors, stackfile
from tooling.entry import ALL_STOPPED
from tooling.errors import UserError
from tooling.root import ROOT
from tooling.running import RunningStack
from tooling.signals import SignalExit
from tooling.signing import REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from local.calls import Caller
    from tooling.stackfile import StackFile

_POLL_SECONDS = 0.2
_HIGHEST_PORT = 65535
_PORT_DIGITS = re.compile("[0-9]{1,5}")
_STOPPING = "Stopping ..."
_STOPPING_KEPT = "Stopping: functions that run get up to 10 s, then the data is saved ..."

# Progress displays and lines share it, so that they do not overwrite each other.
_console = Console()

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(faults, name="faults")
_PORT = Annotated[
    str, typer.Option(metavar="NUMBER", help="The loopback port to serve on; 0 for any free one.")
]
_STACK = Annotated[
    str,
    typer.Option(
        "--stack", help="The stack to deploy: Pulumi.<stack>.yaml, also a file in examples/."
    ),
]


def wait(emulator: Emulator) -> None:
    """Wait until the emulator ends by itself, which is an error."""
    while emulator.is_running:
        time.sleep(_POLL_SECONDS)
    raise UserError(f"The emulator stopped by itself: {emulator.log()}")


def _stack_file(stack: str) -> StackFile:
    return stackfile.load(stack, ROOT, stackfile.find(stack, ROOT))


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the commands work with, where the caller of the command line (`obj`) replaces it."""

    running: RunningStack = field(default_factory=lambda: RunningStack(ROOT))
    bundler: Bundler = field(default_factory=lambda: Bundler(with_dependencies=False))
    emulator: Callable[..., Emulator] = Emulator
    program: Callable[[], object] | None = None
    """A program in place of `__main__.py`."""
    settings: Callable[[str], StackFile] = _stack_file
    """Returns the settings of a stack by its name."""
    wait: Callable[[Emulator], None] = wait
    companions: Sequence[Companion] = COMPANIONS


@app.callback()
def main(context: typer.Context) -> None:
    """An embedded AWS on this machine with the order pipeline deployed to it."""
    context.obj = context.obj or Options()


@app.command()
def demo(context: typer.Context, stack: _STACK = overrides.LOCAL) -> None:
    """Deploy, send one order, show each stage, and stop everything."""
    options: Options = context.obj
    with reporting():
        settings = _settings(stack, options)
        with options.emulator(0) as emulator:
            deployment = _deploy(Deployment(emulator, settings, program=options.program))
            demonstration.show(OrderStages(emulator, deployment.outputs, deployment.caller))
            typer.echo("\nOne order, one email, one audit record. Stopping the embedded AWS.")


@app.command()
def up(
    context: typer.Context,
    port: Annotated[
        str,
        typer.Option(
            metavar="NUMBER",
            help="The first of three loopback ports to serve on; 0 for any free ones.",
        ),
    ] = "4566",
    stack: _STACK = overrides.LOCAL,
    *,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print no line for each request, event and alarm.")
    ] = False,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Keep all data in .local/state/<stack> until the next run."),
    ] = False,
) -> None:
    """Deploy, and stay up until Ctrl-C."""
    options: Options = context.obj
    with reporting():
        number, settings = _port(port, servers=3), _settings(stack, options)
        kept = options.running.state(settings.stack) if keep else None
        with (
            options.running.lock(),
            ports.claimed(kept_state.port(kept, number) if kept else number) as claimed,
            _kept(options.emulator(listener=claimed.emulator, state_dir=kept)) as emulator,
            ExitStack() as stopped,
        ):
            deployment = Deployment(
                emulator,
                settings,
                storefront_url=ports.url_of(claimed.storefront),
                program=options.program,
            )
            _deploy(deployment)
            session = Session(
                deployment=deployment,
                activity=Activity(emulator.client, lambda: deployment.outputs["functionNames"]),
                alarms=Alarms.of_stack(
                    emulator.client,
                    lambda: deployment.outputs,
                    prefix=settings.prefix,
                ),
                running=options.running,
                storefront=claimed.storefront,
                console=claimed.console,
                terminal=None if quiet else Terminal(_console, receives=MAX_RECEIVES),
                output=_console,
            )
            session.publish()
            notes = [stopped.enter_context(companion(session)) for companion in options.companions]
            typer.echo(_summary(emulator, deployment.caller, notes))
            with _announced_stop(_STOPPING_KEPT if keep else _STOPPING):
                options.wait(emulator)


app.command()(running_commands.outputs)
app.command()(running_commands.emails)
app.command()(running_commands.token)


@app.command()
def emulator(context: typer.Context, port: _PORT) -> None:
    """Run the emulator with nothing deployed, until Ctrl-C."""
    options: Options = context.obj
    with reporting(), options.emulator(_port(port)) as running:
        typer.echo(f"The embedded AWS is up at {running.url} until Ctrl-C.")
        typer.echo("\n".join(["\nFor SDKs and the AWS CLI:\n", *_exports(running)]))
        stack, key = overrides.LOCAL, running.key
        config = stackfile.with_key(stack, ROOT, running.directory, running.url, key)
        command = f"pulumi up --stack {stack} --config-file {shlex.quote(str(config))}"
        typer.echo(f"\nFor the Pulumi CLI:\n\n{command}")
        options.wait(running)


@contextmanager
def _announced_stop(sentence: str) -> Iterator[None]:
    """Say at once that a signal is heeded."""
    try:
        yield
    except (SignalExit, KeyboardInterrupt):
        typer.echo(f"\n{sentence}")
        raise


@contextmanager
def _kept(emulator: Emulator) -> Iterator[Emulator]:
    """Run an emulator, and say so where its data could not be kept."""
    try:
        with emulator:
            yield emulator
    finally:
        if emulator.has_lost_state:
            sentence = "The data of this run could not be kept; that of the run before is."
            typer.echo(sentence, err=True)


def reporting() -> AbstractContextManager[None]:
    """End a command with one sentence and its exit code instead of a traceback."""
    return errors.reporting(ALL_STOPPED, _explain)


def _explain(error: Exception) -> tuple[str, int] | None:
    return (str(error), 1) if isinstance(error, UserError | pulumi.RunError) else None


def _port(text: str, servers: int = 1) -> int:
    highest = _HIGHEST_PORT - servers + 1
    if not (_PORT_DIGITS.fullmatch(text) and int(text) <= highest):
        raise UserError(f"The port must be a number from 0 to {highest}, and not '{text}'.")
    return int(text)


def _settings(stack: str, options: Options) -> StackFile:
    """Read a stack's configuration and check the handlers' sources, before anything is started."""
    options.bundler.check_all()
    return options.settings(stack)


def _deploy(deployment: Deployment) -> Deployment:
    """Deploy a stack for the first time, showing the progress."""
    emulator, stack = deployment.emulator, deployment.settings.stack
    typer.echo(f"The embedded AWS is up at {emulator.url}. Deploying the stack '{stack}' ...")
    if deployment.overrides:
        changes = (f"  {each}" for each in deployment.overrides)
        typer.echo("\n".join(["Its configuration differs here:", *changes]))
    start, count = time.perf_counter(), 0
    with _console.status("Deploying ...") as status:

        def progress(kind: str, name: str) -> None:
            nonlocal count
            count += 1
            latest = f"{kind.rsplit(':', 1)[-1]} {name}"
            status.update(f"Deploying ... {count} resources, the last one {latest}")

        kept = len(deployment.resources)
        done = deployment.update(progress)
    seconds = f"in {time.perf_counter() - start:.1f} s."
    if kept:
        typer.echo("\n".join([f"Found {kept} resources and their data {seconds}", *done.lines]))
    else:
        typer.echo(f"Deployed {count} resources {seconds}")
    return deployment


def _summary(emulator: Emulator, caller: Caller, notes: Iterable[str]) -> str:
    """Return what a user of the running stack needs, in lines to paste into another terminal."""
    lines = [
        "\nFor SDKs and the AWS CLI:\n",
        *_exports(emulator),
        "\nOutputs, and emails that were sent:\n",
        ".venv/bin/python -m local outputs",
        ".venv/bin/python -m local emails",
        f"\nSend an order. {caller.note}\n" if caller.note else "\nSend an order:\n",
        caller.curl,
        *filter(None, notes),
        "\nRunning until Ctrl-C.",
    ]
    return "\n".join(lines)


def _exports(emulator: Emulator) -> list[str]:
    """Return lines for a shell, with which SDKs and the AWS CLI reach the emulator alone."""
    key = emulator.key
    return [
        f"export AWS_ENDPOINT_URL={emulator.url} AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}",
        f"export AWS_ACCESS_KEY_ID={key.access_key_id}",
        # Another account's session token, if the shell has one, would be sent with the key.
        f"export AWS_SECRET_ACCESS_KEY={key.secret_access_key} AWS_SESSION_TOKEN=",
    ]
