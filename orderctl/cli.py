"""The commands of `orderctl`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orderctl import frame
from orderctl.dlq import dlq
from orderctl.errors import NOT_ALL_SEEN, WRONG_USAGE, OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderctl.sources import WorkQueue

# Without markup, help and errors are plain text, in which nothing that is copied is cut by a frame.
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
app.add_typer(dlq, name="dlq")


def _print_version(wanted: bool) -> None:  # noqa: FBT001 (a callback of Typer's)
    if wanted:
        from orderctl.version import version  # noqa: PLC0415 (others need no version)

        typer.echo(f"orderctl {version()}")
        raise typer.Exit


@app.callback()
def orderctl(
    context: typer.Context,
    *,
    stack: frame.StackName = None,
    outputs: frame.Outputs = None,
    as_json: frame.Json = False,
    version: Annotated[  # noqa: ARG001 (its callback has ended the program)
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Show an order's timeline; list, redrive or delete dead letters; publish stored orders again.

    --stack, --outputs and --json may stand before the command, too.
    """
    frame.give_to_commands(context, stack=stack, outputs=outputs, as_json=as_json)


@app.command()
def show(
    order_id: Annotated[str, typer.Argument(help="The order's ID.")],
    *,
    customer: Annotated[
        str | None,
        typer.Option(
            "--customer", help="Whose order it is, where customers choose the IDs of their orders."
        ),
    ] = None,
    logs_for: Annotated[
        str,
        typer.Option(
            help="How long the logs are searched: from its creation on, or back from now where that is unknown."
        ),
    ] = "1d",
    stack: frame.StackName = None,
    outputs: frame.Outputs = None,
    as_json: frame.Json = False,
) -> None:
    """Tell an order's whole story: stored, published, e-mailed, audited, dead-lettered."""
    with frame.reporting():
        from orderctl import (  # noqa: PLC0415 (they take longer than --help may)
            render,
            sources,
            timeline,
            timestamps,
        )

        _require_order_id(order_id)
        span, there = timestamps.span(logs_for), frame.connect(stack, outputs)
        with render.progress(f"Looking for the order {order_id} ..."):
            found = sources.gather(
                there, sources.stored_key(there, order_id, customer), logs_for=span
            )
        told = timeline.tell(found)
        if told is not None:
            render.story(told).show(as_json=as_json)
        elif as_json:
            data = {"orderId": found.order_id, "found": False, "complete": found.complete}
            render.View(data=data, parts=()).show(as_json=True)
        if not found.all_seen:
            raise OperatorError(NOT_ALL_SEEN)
        if not found.complete:
            raise OperatorError(
                "The logs could not be searched to their end; run it again with a shorter --logs-for."
            )
        if told is not None:
            return
        raise OperatorError(
            f"There is no trace of an order {order_id}{_perhaps_queued(found.queues)}."
        )


@app.command()
def replay(
    *,
    since: Annotated[
        str | None,
        typer.Option(help="Orders created from then on: 2026-01-15T10:00:00Z, or 90m, 2h, 1d ago."),
    ] = None,
    until: Annotated[str | None, typer.Option(help="And until then; until now without it.")] = None,
    order: Annotated[str | None, typer.Option("--order", help="One order instead.")] = None,
    dry_run: frame.DryRun = False,
    stack: frame.StackName = None,
    outputs: frame.Outputs = None,
    as_json: frame.Json = False,
) -> None:
    """Publish stored orders again; whoever has an order already does nothing.

    Where orders are queued before they are stored, an order was created when it was accepted, which may be days
    before it was stored. Expired orders are left out: whether they were confirmed may be forgotten.
    """
    with frame.reporting():
        from orderctl import (  # noqa: PLC0415 (as above)
            render,
            replay,
            timestamps,
        )

        if (since is None) == (order is None):
            raise OperatorError("Say either --since or --order.", exit_code=WRONG_USAGE)
        if order is not None and until is not None:
            raise OperatorError("--until goes with --since only.", exit_code=WRONG_USAGE)
        if order is not None:
            _require_order_id(order)
            result = replay.one(frame.connect(stack, outputs), order, dry_run=dry_run)
        else:
            window = timestamps.window(str(since), until or "0s")
            there = frame.connect(stack, outputs)
            with render.progress("Publishing orders again ...") as advance:
                result = replay.between(there, *window, dry_run=dry_run, progress=advance)
        render.replayed(result, dry_run=dry_run).show(as_json=as_json)
        if order is not None and result.expired:
            raise OperatorError(f"Not published, because {result.problem}.")
        if result.problem:
            raise OperatorError(_how_to_go_on(result.problem, stopped=result.stopped))


def _require_order_id(text: str) -> None:
    from handlers.order.scope import is_stored_order_id  # noqa: PLC0415 (as above)

    if not is_stored_order_id(text):
        raise OperatorError("No order has such an ID.", exit_code=WRONG_USAGE)


def _perhaps_queued(queues: Mapping[str, WorkQueue]) -> str:
    count = queues["orders"].waiting if "orders" in queues else 0
    return (
        f"; it may be one of {count} in the order queue, which is not looked into" if count else ""
    )


def _how_to_go_on(problem: str, *, stopped: bool) -> str:
    if stopped:
        return f"Stopped, because {problem}. Run the same again: what was published already is done no second time."
    return f"All others were published, but {problem}."
