"""The commands of `python -m local`."""

from __future__ import annotations

import json
import shlex
import time
from pathlib import Path  # noqa: TC003 (typer reads it at run time)
from typing import TYPE_CHECKING, Annotated, Any

import pulumi
import typer
from rich.console import Console

from infra.functions.bundle import Bundler
from local import demo as demonstration
from local import import_check, mailbox, overrides
from local.calls import Caller, caller_of
from local.customers import Customers
from local.deployer import deploy
from local.emulator import Emulator
from tooling import errors, stackfile
from tooling.entry import ALL_STOPPED
from tooling.errors import UserError
from tooling.root import ROOT
from tooling.running import RunningStack
from tooling.signing import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from tooling.stackfile import StackFile

STACK = overrides.LOCAL
_POLL_SECONDS = 0.2
_BUNDLER = Bundler(with_dependencies=False)

app = typer.Typer(
    help="An embedded AWS on this machine with the order pipeline deployed to it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_PORT = Annotated[
    int, typer.Option(min=0, max=65535, help="The loopback port to serve on; 0 for any free one.")
]
_STACK = Annotated[
    str,
    typer.Option(
        "--stack", help="Whose configuration is deployed: Pulumi.<stack>.yaml, or one in examples/."
    ),
]


@app.command()
def demo(stack: _STACK = STACK) -> None:
    """Deploy, send one order, show each stage, and stop everything."""
    with reporting():
        settings = _settings(stack)
        with Emulator() as emulator:
            outputs, caller = _deploy(emulator, settings)
            demonstration.show(emulator, outputs, caller)
            typer.echo("One order, one email, one audit record. Stopping the embedded AWS.")


@app.command()
def up(port: _PORT = 0, stack: _STACK = STACK) -> None:
    """Deploy, and stay up until Ctrl-C."""
    running = RunningStack(ROOT)
    with reporting():
        settings = _settings(stack)
        with running.lock(), Emulator(port) as emulator:
            deployed, caller = _deploy(emulator, settings)
            running.publish({**deployed, **emulator.connection})
            typer.echo(_summary(emulator, caller))
            _wait(emulator)


@app.command()
def outputs(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
) -> None:
    """Print the running stack's outputs, its access key among them."""
    with reporting():
        values = RunningStack(ROOT).outputs()
        typer.echo(
            json.dumps(values, indent=2, sort_keys=True) if as_json else "\n".join(_lines(values))
        )


@app.command()
def emails(
    *,
    show: Annotated[
        int | None, typer.Option(help="Print the text of the email with this number.")
    ] = None,
    html: Annotated[
        int | None, typer.Option(help="Write the HTML of the email with this number to a file.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The file for --html; .local/email-<number>.html without.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list of all.")] = False,
) -> None:
    """List the emails that the running stack has sent, oldest first."""
    with reporting():
        if [show is not None, html is not None, as_json].count(True) > 1:
            raise UserError("Only one of --show, --html and --json may be given.")
        found = mailbox.emails(RunningStack(ROOT).outputs())
        if html is not None:
            typer.echo(_write_html(mailbox.numbered(found, html), output))
        elif show is not None:
            typer.echo(mailbox.printable(mailbox.numbered(found, show).text))
        elif as_json:
            typer.echo(json.dumps([email.data for email in found], indent=2, ensure_ascii=False))
        else:
            typer.echo("\n".join(email.line for email in found) or "No email has been sent yet.")


@app.command()
def emulator(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The loopback port to serve on.")],
) -> None:
    """Run the emulator with nothing deployed, until Ctrl-C."""
    with reporting(), Emulator(port) as bare:
        typer.echo(
            f"The embedded AWS answers at {bare.url} until Ctrl-C. For SDKs and the AWS CLI:\n"
        )
        typer.echo("\n".join(_exports(bare)))
        config = stackfile.with_key(STACK, ROOT, bare)
        typer.echo(
            f"\nFor the Pulumi CLI:\n\npulumi up --stack {STACK} --config-file {shlex.quote(str(config))}"
        )
        _wait(bare)


def reporting() -> AbstractContextManager[None]:
    """End a command with one sentence and its exit code instead of a traceback."""
    return errors.reporting(ALL_STOPPED, _explain)


def _explain(error: Exception) -> tuple[str, int] | None:
    return (str(error), 1) if isinstance(error, UserError | pulumi.RunError) else None


def _settings(stack: str) -> StackFile:
    """Read a stack's configuration and check the handlers' sources, before anything is started."""
    _BUNDLER.check_all()
    return stackfile.load(stack, ROOT, stackfile.find(stack, ROOT))


def _deploy(emulator: Emulator, settings: StackFile) -> tuple[dict[str, Any], Caller]:
    """Deploy a stack, showing the progress; return its outputs, and a client of its API."""
    typer.echo(
        f"The embedded AWS is up at {emulator.url}. Deploying the stack '{settings.stack}' ..."
    )
    customers = Customers(emulator) if overrides.needs_customers(settings) else None
    settings, changed = overrides.apply(settings, customers)
    if changed:
        typer.echo(
            "\n".join(
                ["Its configuration differs here:", *(f"  {override}" for override in changed)]
            )
        )
    began = time.perf_counter()
    deployed, count = _with_progress(emulator, settings)
    import_check.require_importable(emulator, deployed["functionNames"], _BUNDLER)
    typer.echo(f"Deployed {count} resources in {time.perf_counter() - began:.1f} s.")
    return deployed, caller_of(emulator, settings, deployed, customers)


def _with_progress(emulator: Emulator, settings: StackFile) -> tuple[dict[str, Any], int]:
    count = 0
    with Console().status("Deploying ...") as status:

        def progress(kind: str, name: str) -> None:
            nonlocal count
            count += 1
            status.update(
                f"Deploying ... {count} resources, the last one {kind.rsplit(':', 1)[-1]} {name}"
            )

        return deploy(emulator, settings, progress=progress), count


def _wait(emulator: Emulator) -> None:
    while emulator.is_running:
        time.sleep(_POLL_SECONDS)
    raise UserError(f"The emulator stopped by itself: {emulator.log()}")


def _summary(emulator: Emulator, caller: Caller) -> str:
    """What a user of the running stack needs, in lines to paste into another terminal."""
    lines = [
        "\nFor SDKs and the AWS CLI:\n",
        *_exports(emulator),
        "\nOutputs, and emails that were sent:\n",
        ".venv/bin/python -m local outputs",
        ".venv/bin/python -m local emails",
        f"\nSend an order. {caller.note}\n" if caller.note else "\nSend an order:\n",
        caller.curl,
        "\nRunning until Ctrl-C.",
    ]
    return "\n".join(lines)


def _exports(emulator: Emulator) -> list[str]:
    """Return lines for a shell, which make every AWS SDK and CLI reach the emulator and nothing else."""
    key = emulator.key
    return [
        f"export AWS_ENDPOINT_URL={emulator.url} AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}",
        f"export AWS_ACCESS_KEY_ID={key.access_key_id}",
        # A session token that the shell has from elsewhere would be sent along.
        f"export AWS_SECRET_ACCESS_KEY={key.secret_access_key} AWS_SESSION_TOKEN=",
    ]


def _lines(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield a line for each value, however long it is; values inside an object get its name as well."""
    for name, value in sorted(values.items()):
        if isinstance(value, dict):
            yield from _lines(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}: {value if isinstance(value, str) else json.dumps(value)}"


def _write_html(email: mailbox.Email, output: Path | None) -> Path:
    path = output or ROOT / ".local" / f"email-{email.number}.html"
    try:
        path.touch(mode=0o600)  # it holds a customer's data
        path.write_text(email.html, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error
    return path
