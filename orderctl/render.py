"""How results look: one JSON object, or tables for people. Neither holds an email address in clear.

No line is broken: IDs, times and commands are copied from here. A table that is wider than the terminal becomes a list.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import simplejson
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn
from rich.table import Column
from rich.table import Table as RichTable
from rich.text import Text

from handlers.common.contract import iso_8601
from orderctl import timeline as states
from orderctl.dead_letters import RELAY
from orderctl.errors import OperatorError
from orderctl.relay_letters import StreamBatch
from orderctl.words import counted, printable, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from orderctl.dead_letters import Outcome, Pile
    from orderctl.letters import Letter, Progress
    from orderctl.replay import Replayed
    from orderctl.timeline import Step, Story

# Where there is no terminal to fit into, lines are as long as they have to be.
_NO_LIMIT = 100_000

# What AWS says may be a sentence with two ARNs in it.
_LONGEST_REASON = 1_000

_STYLES = {
    states.DONE: "green",
    states.NOT_NEEDED: "green",
    states.DEAD: "red",
    states.FAILED: "red",
    states.NOT_SENT: "yellow",
    states.RETRYING: "yellow",
    states.BUSY: "yellow",
    states.MISSING: "yellow",
}


class Part(Protocol):
    """A part of a result that people read."""

    def print_to(self, console: Console) -> None:
        """Print it."""


@dataclass(frozen=True)
class Line:
    """A line of text, in a style of Rich's."""

    text: str
    style: str = ""

    def print_to(self, console: Console) -> None:
        """Print it in one line, however long it is."""
        console.print(_text(self.text, self.style), soft_wrap=True)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under names; a table as wide as its longest cells, or, where that does not fit, a list."""

    title: str
    names: Sequence[str]
    rows: Sequence[Sequence[Any]]
    has_header: bool = True

    def print_to(self, console: Console) -> None:
        """Print it in whichever form fits."""
        unlimited = console.options.update(width=_NO_LIMIT)
        for padding in (1, 0):
            table = self._table(padding)
            if console.measure(table, options=unlimited).maximum <= console.width:
                console.print(table)
                return
        self._print_list(console)

    def _table(self, padding: int) -> RichTable:
        columns = (Column(name, no_wrap=True, overflow="ignore") for name in self.names)
        table = RichTable(
            *columns,
            title=_text(self.title),
            title_justify="left",
            show_header=self.has_header,
            padding=(0, padding),
        )
        for row in self.rows:
            table.add_row(*map(_cell, row))
        return table

    def _print_list(self, console: Console) -> None:
        Line(self.title).print_to(console)
        for row in self.rows:
            cells = [(name, _cell(value)) for name, value in zip(self.names, row, strict=True)]
            if self.has_header:
                console.print()
                pairs = [(_text(name), cell) for name, cell in cells if cell]
            else:
                pairs = [(cells[0][1], cells[1][1])]
            for name, cell in pairs:
                console.print(Text.assemble("  ", name, ": ", cell), soft_wrap=True)
        console.print()


@dataclass(frozen=True, kw_only=True)
class View:
    """A result in both forms."""

    data: dict[str, Any]
    parts: Sequence[Part]

    def show(self, *, as_json: bool) -> None:
        """Print it to standard output.

        Raises:
            OperatorError: standard output takes no more, or nobody reads it any more.
        """
        if sys.stdout is None:
            raise OperatorError("The result cannot be written: standard output is closed.")
        try:
            if as_json:
                # Escaped, so that nothing in a foreign message reaches the terminal as a command to it.
                sys.stdout.write(
                    simplejson.dumps(self.data, indent=2, use_decimal=True, default=str) + "\n"
                )
            else:
                self._print()
            sys.stdout.flush()
        except OSError as error:
            raise OperatorError(
                f"The result cannot be written: {error.strerror or error}."
            ) from error

    def _print(self) -> None:
        # Without a colour system there are no other attributes either, such as bold.
        console = Console(
            color_system=None if os.environ.get("NO_COLOR") else "auto", highlight=False
        )
        if not console.is_terminal:
            console.width = _NO_LIMIT
        for part in self.parts:
            part.print_to(console)


def story(told: Story) -> View:
    """An order's story."""
    order = told.order or {}
    facts = Table(
        title=f"order {told.order_id}", names=("", ""), rows=list(order.items()), has_header=False
    )
    rows = [
        (step.step, _state(step), step.at, step.attempts, step.detail, step.last_error)
        for step in told.steps
    ]
    steps = Table(
        title="steps",
        names=("step", "state", "when", "attempts", "detail", "last error"),
        rows=rows,
    )
    found = [{"queue": one.queue, **_letter(one.letter)} for one in told.letters]
    data = {
        "orderId": told.order_id,
        "found": True,
        "order": told.order,
        "steps": [_step(step) for step in told.steps],
        "deadLetters": found,
        "advice": list(told.advice),
        "complete": told.complete,
    }
    letters = [_letters("dead letters", found)] if found else []
    return View(data=data, parts=[facts, steps, *letters, *map(Line, told.advice)])


def _state(step: Step) -> Text:
    return Text(step.state, _STYLES.get(step.state, ""))


def _step(step: Step) -> dict[str, Any]:
    data = asdict(step)
    last_error = data.pop("last_error")
    return {**data, "lastError": last_error}


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
    cells = [
        (row["queue"], _count(row["messages"]), _count(row["hidden"]), row["oldest"], row["lostAt"])
        for row in rows
    ]
    table = Table(
        title="dead letters", names=("queue", "messages", "hidden", "oldest", "lost at"), rows=cells
    )
    return View(data={"queues": rows}, parts=[table])


def _count(number: Any) -> Text:
    return Text(str(number), "red" if number else "green")


def letters(queue: str, outcome: Outcome) -> View:
    """Some letters of a queue."""
    found = [_batch(letter) if queue == RELAY else _letter(letter) for letter in outcome.done]
    data = {
        "queue": queue,
        "messages": found,
        "hidden": outcome.hidden,
        "remaining": outcome.unseen,
        "complete": outcome.complete,
    }
    table = (
        _letters(f"dead letters of {queue}", found)
        if found
        else Line(f"No dead letters of {queue} to show.")
    )
    return View(data=data, parts=[table, *_hidden(outcome)])


def outcome(queue: str, did: str, outcome: Outcome, *, dry_run: bool) -> View:
    """What became of letters; `did` is what was done to them, as in `moved back`."""
    data = {
        "queue": queue,
        "dryRun": dry_run,
        "done": [_letter(letter) for letter in outcome.done],
        "failed": [
            {"messageId": key, "reason": shown(reason, longest=_LONGEST_REASON)}
            for key, reason in outcome.failed.items()
        ],
        "hidden": outcome.hidden,
        "remaining": outcome.remaining,
        "problem": outcome.problem and shown(outcome.problem, longest=_LONGEST_REASON),
        "complete": outcome.complete,
    }
    would = "would be " if dry_run else ""
    count = Line(
        f"{counted(len(outcome.done), 'message')} {would}{did}.",
        "green" if outcome.complete else "",
    )
    failed = [
        Line(f"{key} stays: {shown(reason, longest=_LONGEST_REASON)}.", "red")
        for key, reason in outcome.failed.items()
    ]
    return View(data=data, parts=[count, *failed, *_hidden(outcome)])


def replayed(result: Replayed, *, dry_run: bool) -> View:
    """What was published again."""
    data = {
        "dryRun": dry_run,
        "orders": result.handed_over,
        "expired": result.expired,
        "problem": result.problem and shown(result.problem, longest=_LONGEST_REASON),
        "complete": result.complete,
    }
    would = "would be " if dry_run else ""
    count = f"{counted(result.handed_over, 'order')} {would}published again."
    lines = [Line(count, "green" if result.complete else "")]
    if result.expired:
        lines.append(Line(f"{counted(result.expired, 'expired order')} left out.", "yellow"))
    return View(data=data, parts=lines)


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
        "orderId": None if letter.order_id is None else shown(letter.order_id),
        "sentAt": iso_8601(letter.sent_at),
        "holds": _kind(letter),
    }


def _kind(letter: Letter) -> str:
    if letter.order_id is not None:
        return "an order event" if "eventType" in letter.content else "an order"
    return "JSON, but no order" if letter.content else "no JSON object"


def _batch(letter: Letter) -> dict[str, Any]:
    batch = StreamBatch.named_by(letter)
    if batch is None:
        return {
            "messageId": letter.message_id,
            "sentAt": iso_8601(letter.sent_at),
            "holds": "no stream batch",
        }
    named = {
        name: shown(value) if isinstance(value, str) else value
        for name, value in _json(batch).items()
    }
    return {"messageId": letter.message_id, "sentAt": iso_8601(letter.sent_at), **named}


def _json(batch: StreamBatch) -> dict[str, Any]:
    return batch.model_dump(mode="json", by_alias=True)


def _letters(title: str, found: Sequence[dict[str, Any]]) -> Table:
    # Of a batch of the stream, the numbers are for machines.
    machines = {"shardId", "startSequenceNumber", "endSequenceNumber", "streamArn"}
    names = [
        name
        for name in dict.fromkeys(name for one in found for name in one)
        if name not in machines
    ]
    return Table(
        title=title, names=names, rows=[[one.get(name) for name in names] for one in found]
    )


def _hidden(outcome: Outcome) -> list[Line]:
    if not outcome.hidden:
        return []
    said = (
        "another run is looking at, or was when it was killed; they come back within five minutes"
    )
    return [Line(f"{counted(outcome.hidden, 'message')} not seen, which {said}.", "yellow")]


def _cell(value: Any) -> Text:
    return value if isinstance(value, Text) else Text() if value is None else _text(value)


def _text(value: Any, style: str = "") -> Text:
    """A text as it is: neither markup nor a terminal's control characters work in it."""
    return Text(printable(str(value)), style)


def _time(moment: datetime | None) -> str | None:
    return iso_8601(moment) if moment else None
