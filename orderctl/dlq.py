"""The commands of `orderctl dlq`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from orderctl import frame
from orderctl.errors import NOT_ALL_SEEN, WRONG_USAGE, OperatorError
from orderctl.words import counted

if TYPE_CHECKING:
    from orderctl.dead_letters import Outcome, Selection

dlq = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_Queue = Annotated[str, typer.Argument(help="Whose dead letters: as `dlq list` names them.")]
_Order = Annotated[str | None, typer.Option("--order", help="Those about this order.")]
_Message = Annotated[str | None, typer.Option("--message", help="The one with this message ID.")]
_All = Annotated[bool, typer.Option("--all", help="All of them.")]


@dlq.callback()
def dead_letter_queues(
    context: typer.Context,
    *,
    stack: frame.StackName = None,
    outputs: frame.Outputs = None,
    as_json: frame.Json = False,
) -> None:
    """Dead letters: see, move back, throw away."""
    frame.give_to_commands(context, stack=stack, outputs=outputs, as_json=as_json)


@dlq.command("list")
def list_(
    *, stack: frame.StackName = None, outputs: frame.Outputs = None, as_json: frame.Json = False
) -> None:
    """List every dead-letter queue: how many messages, the oldest, and when that will be lost."""
    with frame.reporting():
        from orderctl import dead_letters, render  # noqa: PLC0415 (they take longer than --help may)

        there = frame.connect(stack, outputs)
        with render.progress("Counting ..."):
            found = list(dead_letters.piles(there))
        render.piles(found).show(as_json=as_json)


@dlq.command("show")
def show_letters(
    queue: _Queue,
    *,
    order: _Order = None,
    limit: Annotated[int, typer.Option(min=1, help="The most to show.")] = 50,
    stack: frame.StackName = None,
    outputs: frame.Outputs = None,
    as_json: frame.Json = False,
) -> None:
    """Show dead letters: IDs and times, never what customers wrote. All of them stay where they are."""
    with frame.reporting():
        from orderctl import dead_letters, render  # noqa: PLC0415 (as above)

        there, chosen = frame.connect(stack, outputs), dead_letters.Selection(order_id=order)
        with render.progress("Looking through dead letters ...") as advance:
            found = dead_letters.find(there, queue, chosen, limit=limit, progress=advance)
        render.letters(queue, found).show(as_json=as_json)
        _require_success(queue, chosen, found)


@dlq.command()
def redrive(
    queue: _Queue,
    *,
    order: _Order = None,
    message: _Message = None,
    everything: _All = False,
    dry_run: frame.DryRun = False,
    stack: frame.StackName = None,
    outputs: frame.Outputs = None,
    as_json: frame.Json = False,
) -> None:
    """Move dead letters back to where they failed; whoever has done the work already does nothing.

    May be stopped at any time and run again. Of the relay, the orders are published that its dead letters stand for.
    """
    with frame.reporting():
        from orderctl import dead_letters, render  # noqa: PLC0415 (as above)

        chosen = _selection(order, message, everything=everything)
        there = frame.connect(stack, outputs)
        with render.progress("Moving dead letters back ...") as advance:
            outcome = dead_letters.redrive(there, queue, chosen, dry_run=dry_run, progress=advance)
        did = "published" if queue == dead_letters.RELAY else "moved back"
        render.outcome(queue, did, outcome, dry_run=dry_run).show(as_json=as_json)
        _require_success(queue, chosen, outcome)


@dlq.command()
def discard(
    queue: _Queue,
    *,
    order: _Order = None,
    message: _Message = None,
    everything: _All = False,
    dry_run: frame.DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    stack: frame.StackName = None,
    outputs: frame.Outputs = None,
    as_json: frame.Json = False,
) -> None:
    """Throw dead letters away for good. Asks first; of what is then thrown away, it has told the number."""
    with frame.reporting():
        from orderctl import dead_letters, render  # noqa: PLC0415 (as above)

        chosen = _selection(order, message, everything=everything)
        if not (yes or dry_run or _can_ask()):
            raise OperatorError(
                "There is nobody to ask; --yes answers the question.", exit_code=WRONG_USAGE
            )
        there = frame.connect(stack, outputs)
        with render.progress("Looking through dead letters ...") as advance:
            outcome = found = dead_letters.find(there, queue, chosen, progress=advance)
        if found.done and not dry_run:
            count = counted(len(found.done), "dead letter")
            if not (yes or typer.confirm(f"Throw {count} of {queue} away for good?", err=True)):
                raise OperatorError("Nothing was thrown away.")
            # Those and no others: more may have come while the question stood.
            those = dead_letters.Selection(
                message_ids=frozenset(letter.message_id for letter in found.done)
            )
            with render.progress("Throwing dead letters away ...") as advance:
                outcome = dead_letters.discard(there, queue, those, progress=advance)
            outcome.hidden, outcome.unseen = found.hidden, max(found.unseen, outcome.unseen)
            outcome.all_seen &= found.all_seen
        render.outcome(queue, "thrown away", outcome, dry_run=dry_run).show(as_json=as_json)
        _require_success(queue, chosen, outcome)


def _can_ask() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _selection(order: str | None, message: str | None, *, everything: bool) -> Selection:
    from orderctl.dead_letters import Selection  # noqa: PLC0415 (as above)

    if sum((order is not None, message is not None, everything)) != 1:
        raise OperatorError(
            "Say which: one of --order ID, --message ID and --all.", exit_code=WRONG_USAGE
        )
    return Selection(order_id=order, message_ids=None if message is None else frozenset({message}))


def _require_success(queue: str, chosen: Selection, outcome: Outcome) -> None:
    said = []
    if outcome.failed:
        said.append(
            f"{counted(len(outcome.failed), 'dead letter')} of {queue} could not be done with."
        )
    if outcome.problem:
        said.append(f"Stopped, because {outcome.problem}. Run the same again: it does the rest.")
    elif not outcome.all_seen:
        remain = (
            f"{counted(outcome.unseen, 'message')} of {queue} hidden or in flight. "
            if outcome.unseen
            else ""
        )
        said.append(f"{remain}{NOT_ALL_SEEN}")
    elif not (outcome.done or outcome.failed) and (chosen.order_id or chosen.message_ids):
        said.append(f"There is no such message among the dead letters of {queue}.")
    if said:
        raise OperatorError(" ".join(said))
