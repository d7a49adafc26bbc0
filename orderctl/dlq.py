"""The commands of `orderctl dlq`: list, show, redrive, discard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orderctl import cli_support as cli
from orderctl.cli_support import WRONG_USAGE, plural
from tooling.errors import UserError

if TYPE_CHECKING:
    from orderctl.dead_letters import Outcome, Selection

dlq = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_Queue = Annotated[str, typer.Argument(help="The queue's name, as in `dlq list`.")]
_Order = Annotated[str | None, typer.Option("--order", help="Dead letters about this order.")]
_Message = Annotated[
    str | None, typer.Option("--message", help="The dead letter with this message ID.")
]
_All = Annotated[bool, typer.Option("--all", help="All dead letters of the queue.")]


@dlq.callback()
def dead_letter_queues(
    context: typer.Context,
    *,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """List, show, redrive or discard dead letters."""
    cli.set_defaults(context, stack_name=stack_name, outputs_file=outputs_file, as_json=as_json)


@dlq.command("list")
def list_(
    context: typer.Context,
    *,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """List every dead-letter queue: messages, the oldest, and when that will be deleted."""
    with cli.reporting():
        from orderctl import dead_letters, output, render, stack  # noqa: PLC0415 (slow imports)

        target = stack.from_options(context, stack_name, outputs_file)
        with output.progress("Counting ..."):
            summaries = list(dead_letters.summaries(target))
        render.queues_view(summaries).show(as_json=as_json)


@dlq.command("show")
def show_messages(
    context: typer.Context,
    queue: _Queue,
    *,
    order: _Order = None,
    limit: Annotated[int, typer.Option(min=1, help="The most messages to show.")] = 50,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """Show IDs and times of dead letters, without personal data. All stay in their queue."""
    with cli.reporting():
        from orderctl import dead_letters, output, render, stack  # noqa: PLC0415 (slow imports)

        target = stack.from_options(context, stack_name, outputs_file)
        selection = dead_letters.Selection(order_id=order)
        with output.progress("Reading dead letters ...") as advance:
            outcome = dead_letters.find(target, queue, selection, limit=limit, progress=advance)
        render.messages_view(queue, outcome).show(as_json=as_json)
        _require_success(queue, selection, outcome)


@dlq.command()
def redrive(
    context: typer.Context,
    queue: _Queue,
    *,
    order: _Order = None,
    message: _Message = None,
    everything: _All = False,
    dry_run: cli.DryRun = False,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """Move dead letters back to their work queue; consumers ignore duplicates.

    May be stopped at any time and run again. A dead letter of the relay names a stream batch,
    whose orders are published.
    """
    with cli.reporting():
        from orderctl import dead_letters, output, relay, render, stack  # noqa: PLC0415 (slow)

        selection = _selection(order, message, everything=everything)
        target = stack.from_options(context, stack_name, outputs_file)
        with output.progress("Moving dead letters back ...") as advance:
            outcome = dead_letters.redrive(
                target, queue, selection, dry_run=dry_run, progress=advance
            )
        action = "published" if queue == relay.RELAY else "moved back"
        render.outcome_view(queue, action, outcome, dry_run=dry_run).show(as_json=as_json)
        _require_success(queue, selection, outcome)


@dlq.command()
def discard(
    context: typer.Context,
    queue: _Queue,
    *,
    order: _Order = None,
    message: _Message = None,
    everything: _All = False,
    dry_run: cli.DryRun = False,
    yes: cli.Yes = False,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """Delete dead letters for good, after confirmation of their number."""
    with cli.reporting():
        from orderctl import dead_letters, output, render, stack  # noqa: PLC0415 (slow imports)

        selection = _selection(order, message, everything=everything)
        cli.require_answer(context, yes=yes, dry_run=dry_run)
        target = stack.from_options(context, stack_name, outputs_file)
        with output.progress("Reading dead letters ...") as advance:
            outcome = matches = dead_letters.find(target, queue, selection, progress=advance)
        if matches.done and not dry_run:
            count = plural(len(matches.done), "dead letter")
            if not (yes or typer.confirm(f"Delete {count} of {queue} for good?", err=True)):
                raise UserError("Nothing was deleted.")
            # Only those: more may have arrived before the confirmation.
            message_ids = frozenset(message.message_id for message in matches.done)
            selection_by_id = dead_letters.Selection(message_ids=message_ids)
            with output.progress("Deleting dead letters ...") as advance:
                outcome = dead_letters.discard(target, queue, selection_by_id, progress=advance)
            outcome.hidden, outcome.unseen = matches.hidden, max(matches.unseen, outcome.unseen)
            outcome.all_seen &= matches.all_seen
        render.outcome_view(queue, "deleted", outcome, dry_run=dry_run).show(as_json=as_json)
        _require_success(queue, selection, outcome)


def _selection(order: str | None, message: str | None, *, everything: bool) -> Selection:
    from orderctl.dead_letters import Selection  # noqa: PLC0415 (slow imports)

    if sum((order is not None, message is not None, everything)) != 1:
        raise UserError(
            "Pass exactly one of --order ID, --message ID and --all.", exit_code=WRONG_USAGE
        )
    return Selection(order_id=order, message_ids=None if message is None else frozenset({message}))


def _require_success(queue: str, selection: Selection, outcome: Outcome) -> None:
    from orderctl.render import shortcomings  # noqa: PLC0415 (slow imports)

    sentences = shortcomings(queue, selection, outcome)
    if outcome.problem:
        sentences.append("Run the same command again for the rest.")
    if sentences:
        raise UserError(" ".join(sentences))
