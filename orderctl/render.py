"""How results look: one JSON object, or tables for people. Neither holds an e-mail address in clear."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import simplejson
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn
from rich.table import Column, Table
from rich.text import Text

from handlers.shared.masking import mask
from handlers.shared.timestamps import iso_8601
from orderctl.dead_letters import RELAY
from orderctl.relay_letters import StreamBatch
from orderctl.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from rich.console import RenderableType

    from orderctl.dead_letters import Outcome, Pile
    from orderctl.letters import Letter, Progress
    from orderctl.replay import Replayed
    from orderctl.story import Story

# Where there is no terminal to fit into, lines are as long as most IDs need.
_WIDTH = 160

# Longer than any ID; a message in a queue may hold anything.
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class View:
    """A result in both forms."""

    data: dict[str, Any]
    parts: Sequence[RenderableType]

    def show(self, *, as_json: bool) -> None:
        """Print it to standard output."""
        if as_json:
            # Escaped, so that nothing in a foreign message reaches the terminal as a command to it.
            sys.stdout.write(simplejson.dumps(self.data, indent=2, use_decimal=True, default=str) + "\n")
            return
        console = Console()
        if not console.is_terminal:
            console = Console(width=_WIDTH)
        for part in self.parts:
            console.print(part)


def story(told: Story) -> View:
    """An order's story."""
    order = told.order or {}
    facts = Table("order", told.order_id, show_header=True)
    for name, value in order.items():
        facts.add_row(name, _text(value))
    steps = _table(
        ("step", "state", "when", ""), ((step.step, step.state, step.at, step.detail) for step in told.steps)
    )
    found = [{"queue": one.queue, **_letter(one.letter)} for one in told.letters]
    data = {
        "orderId": told.order_id,
        "found": True,
        "order": told.order,
        "steps": [asdict(step) for step in told.steps],
        "deadLetters": found,
        "advice": list(told.advice),
        "complete": told.complete,
    }
    letters = [_letters("dead letters", found)] if found else []
    return View(data=data, parts=[facts, steps, *letters, *map(_text, told.advice)])


def piles(found: Iterable[Pile]) -> View:
    """Every dead-letter queue."""
    rows = [
        {
            "queue": pile.queue,
            "messages": pile.waiting,
            "hidden": pile.hidden,
            "oldest": _time(pile.oldest),
            "lostAt": _time(pile.lost_at),
        }
        for pile in found
    ]
    table = _table(("queue", "messages", "hidden", "oldest", "lost at"), (row.values() for row in rows))
    return View(data={"queues": rows}, parts=[table])


def letters(queue: str, outcome: Outcome) -> View:
    """Some letters of a queue."""
    found = [_batch(letter) if queue == RELAY else _letter(letter) for letter in outcome.done]
    data = {"queue": queue, "messages": found, "hidden": outcome.hidden, "complete": outcome.complete}
    table = _letters(f"dead letters of {queue}", found) if found else _text(f"No dead letters of {queue} to show.")
    return View(data=data, parts=[table, *_hidden(outcome)])


def outcome(queue: str, did: str, outcome: Outcome, *, dry_run: bool) -> View:
    """What became of letters; `did` is what was done to them, as in `moved back`."""
    data = {
        "queue": queue,
        "dryRun": dry_run,
        "done": [_letter(letter) for letter in outcome.done],
        "failed": [{"messageId": key, "reason": mask(reason)} for key, reason in outcome.failed.items()],
        "hidden": outcome.hidden,
        "problem": outcome.problem and mask(outcome.problem),
        "complete": outcome.complete,
    }
    would = "would be " if dry_run else ""
    count = _text(f"{counted(len(outcome.done), 'message')} {would}{did}.")
    failed = [_text(f"{key} stays: {mask(reason)}.") for key, reason in outcome.failed.items()]
    return View(data=data, parts=[count, *failed, *_hidden(outcome)])


def replayed(result: Replayed, *, dry_run: bool) -> View:
    """What was published again."""
    data = {
        "dryRun": dry_run,
        "orders": result.handed_over,
        "expired": result.expired,
        "problem": result.problem and mask(result.problem),
        "complete": not result.stopped,
    }
    would = "would be " if dry_run else ""
    lines = [f"{counted(result.handed_over, 'order')} {would}published again."]
    if result.expired:
        lines.append(f"{counted(result.expired, 'expired order')} left out.")
    return View(data=data, parts=[_text(line) for line in lines])


@contextmanager
def progress(doing: str) -> Iterator[Progress]:
    """Tell on the terminal how far something is, on standard error; nothing where that is no terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed}"))
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda count: bar.advance(task, count)


def _letter(letter: Letter) -> dict[str, Any]:
    return {
        "messageId": letter.message_id,
        "orderId": None if letter.order_id is None else mask(letter.order_id)[:_LONGEST],
        "sentAt": iso_8601(letter.sent_at),
        "holds": _kind(letter),
    }


def _kind(letter: Letter) -> str:
    if letter.order_id is not None:
        return "an order event" if "eventType" in letter.content else "an order"
    return "JSON, but no order" if letter.content else "no JSON object"


def _batch(letter: Letter) -> dict[str, Any]:
    batch = StreamBatch.named_by(letter)
    named = batch.model_dump(mode="json", by_alias=True) if batch else {"holds": "no stream batch"}
    return {"messageId": letter.message_id, "sentAt": iso_8601(letter.sent_at), **named}


def _letters(title: str, found: Sequence[dict[str, Any]]) -> Table:
    # Of a batch of the stream, the numbers are for machines.
    machines = {"shardId", "startSequenceNumber", "endSequenceNumber", "streamArn"}
    names = [name for name in dict.fromkeys(name for one in found for name in one) if name not in machines]
    return _table(names, ([one.get(name) for name in names] for one in found), title=title)


def _hidden(outcome: Outcome) -> list[Text]:
    if not outcome.hidden:
        return []
    said = "another run is looking at, or was when it was killed; they come back within five minutes"
    return [_text(f"{counted(outcome.hidden, 'message')} not seen, which {said}.")]


def _table(names: Iterable[str], rows: Iterable[Iterable[Any]], *, title: str | None = None) -> Table:
    # Folded and not cut short, because IDs are copied from here.
    table = Table(*(Column(name, overflow="fold") for name in names), title=title, title_justify="left")
    for row in rows:
        table.add_row(*("" if value is None else _text(value) for value in row))
    return table


def _text(value: Any) -> Text:
    """A text as it is: neither markup nor a terminal's control characters work in it."""
    return Text("".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in str(value)))


def _time(moment: datetime | None) -> str | None:
    return iso_8601(moment) if moment else None
