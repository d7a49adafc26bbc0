"""The commands of `orderctl`: show, replay, those about stored data, and dlq and workflow."""

from __future__ import annotations

import importlib.metadata
import tomllib
from typing import TYPE_CHECKING, Annotated

import typer

from orderctl import cli_support as cli
from orderctl import data_commands
from orderctl.cli_support import SOME_IN_FLIGHT, WRONG_USAGE
from orderctl.dlq import dlq
from orderctl.workflow_commands import workflow
from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from orderctl.replay import ReplayResult
    from orderctl.sources import OrderSources

# Without markup, help and errors are plain text, which no frame truncates.
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
app.add_typer(dlq, name="dlq")
app.add_typer(workflow, name="workflow")
app.command()(data_commands.erase)
app.command()(data_commands.export)
app.command()(data_commands.restore)


def _print_version(value: bool) -> None:  # noqa: FBT001 (a Typer callback)
    if value:
        typer.echo(f"orderctl {_version()}")
        raise typer.Exit


def _version() -> str:
    """Return the version in pyproject.toml, or, where this is installed, the package's."""
    file = ROOT / "pyproject.toml"
    if not file.exists():
        return importlib.metadata.version("order-processing")
    return str(tomllib.loads(file.read_text(encoding="utf-8"))["project"]["version"])


@app.callback()
def orderctl(
    context: typer.Context,
    *,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
    version: Annotated[  # noqa: ARG001 (its callback has ended the program)
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Show orders; redrive dead letters; replay orders; pause workflows; erase personal data.

    --stack, --outputs and --json may also stand before the command.
    """
    cli.set_defaults(context, stack_name=stack_name, outputs_file=outputs_file, as_json=as_json)


@app.command()
def show(
    context: typer.Context,
    order_id: Annotated[str, typer.Argument(help="The order's ID.")],
    *,
    customer: Annotated[
        str | None,
        typer.Option(
            "--customer", help="The customer's ID, where customers choose the IDs of their orders."
        ),
    ] = None,
    logs_for: Annotated[
        str,
        typer.Option(
            help="How long the logs are searched: from the order's creation on, or back from now "
            "where that is unknown."
        ),
    ] = "1d",
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """Show an order's timeline: stored, published, emailed, audited, dead-lettered."""
    with cli.reporting():
        from orderctl import output, render, sources, stack, timeline  # noqa: PLC0415 (slow)

        _require_order_id(order_id)
        duration = cli.duration(logs_for)
        target = stack.from_options(context, stack_name, outputs_file)
        with output.progress(f"Reading the order {order_id} ..."):
            key = sources.stored_key(target, order_id, customer)
            order_sources = sources.gather(target, key, logs_for=duration)
        steps = timeline.build_timeline(order_sources)
        if steps is not None:
            render.timeline_view(steps).show(as_json=as_json)
        elif as_json:
            view = render.missing_order_view(key, complete=order_sources.complete)
            view.show(as_json=True)
        if not order_sources.all_seen:
            raise UserError(SOME_IN_FLIGHT)
        if not order_sources.complete:
            raise UserError(
                "The logs could not be searched to their end; retry with a shorter --logs-for."
            )
        if steps is None:
            raise UserError(_unknown_order(order_id, order_sources))


@app.command()
def replay(
    context: typer.Context,
    *,
    since: Annotated[
        str | None,
        typer.Option(help="Orders created from then on: 2026-01-15T10:00:00Z, or 90m, 2h, 1d ago."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Orders created until then; by default, until now.")
    ] = None,
    order: Annotated[str | None, typer.Option("--order", help="One order instead.")] = None,
    dry_run: cli.DryRun = False,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """Publish stored orders again; consumers ignore duplicates.

    With queued ingestion an order's creation is its acceptance, which may be days before it was
    stored. Expired orders are left out: the records of their confirmations may be deleted.
    """
    with cli.reporting():
        from orderctl import output, render, replay, stack  # noqa: PLC0415 (slow imports)

        if (since is None) == (order is None):
            raise UserError("Pass either --since or --order.", exit_code=WRONG_USAGE)
        if order is not None and until is not None:
            raise UserError("--until can be used with --since only.", exit_code=WRONG_USAGE)
        if order is not None:
            _require_order_id(order)
            target = stack.from_options(context, stack_name, outputs_file)
            result = replay.replay_order(target, order, dry_run=dry_run)
        else:
            start, end = cli.time_range(str(since), until or "0s")
            target = stack.from_options(context, stack_name, outputs_file)
            with output.progress("Publishing orders again ...") as advance:
                result = replay.replay_range(target, start, end, dry_run=dry_run, progress=advance)
        render.replay_view(result, dry_run=dry_run).show(as_json=as_json)
        if result.problem:
            raise UserError(_replay_problem(result, one_order=order is not None))


def _require_order_id(text: str) -> None:
    from handlers.order.scope import is_stored_order_id  # noqa: PLC0415 (slow imports)

    if not is_stored_order_id(text):
        raise UserError(f"'{text}' is not a valid order ID.", exit_code=WRONG_USAGE)


def _unknown_order(order_id: str, order_sources: OrderSources) -> str:
    queue = order_sources.queues.get("orders")
    if queue is None or not queue.waiting:
        return f"Order {order_id} not found."
    count = cli.plural(queue.waiting, "message")
    return f"Order {order_id} not found; the order queue, which is not read, holds {count}."


def _replay_problem(result: ReplayResult, *, one_order: bool) -> str:
    if one_order and result.expired:
        return f"Not published: {result.problem}."
    if result.stopped:
        return (
            f"Stopped: {result.problem}. Run the same command again; consumers ignore duplicates."
        )
    return f"All other orders were published: {result.problem}."
