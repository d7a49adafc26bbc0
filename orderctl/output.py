"""Prints a command's result: one JSON object, or tables and lines; and a progress spinner.

No line is wrapped: IDs, times and commands are copied from here. A table that is wider than the
terminal becomes a list.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import simplejson
from rich.console import Console
from rich.progress import Progress as ProgressBar
from rich.progress import SpinnerColumn, TextColumn
from rich.table import Column
from rich.table import Table as RichTable
from rich.text import Text

from orderctl.cli_support import printable
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orderctl.cli_support import Progress

# The width where there is no terminal.
_NO_LIMIT = 100_000


@dataclass(frozen=True)
class Line:
    """A line of text, in one of Rich's styles."""

    text: str
    style: str = ""

    def print_to(self, console: Console) -> None:
        """Print it in one line, however long it is."""
        console.print(plain(self.text, self.style), soft_wrap=True)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as wide as its longest cells, or, where that does not fit, a list."""

    title: str
    names: Sequence[str]
    rows: Sequence[Sequence[Any]]
    has_header: bool = True

    def print_to(self, console: Console) -> None:
        """Print it in the form that fits."""
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
            title=plain(self.title),
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
                pairs = [(plain(name), cell) for name, cell in cells if cell]
            else:
                pairs = [(cells[0][1], cells[1][1])]
            for name, cell in pairs:
                console.print(Text.assemble("  ", name, ": ", cell), soft_wrap=True)
        console.print()


@dataclass(frozen=True, kw_only=True)
class View:
    """A result in both forms."""

    data: dict[str, Any]
    parts: Sequence[Line | Table]

    def show(self, *, as_json: bool) -> None:
        """Print it to standard output.

        Raises:
            UserError: standard output is closed, full or a broken pipe.
        """
        if sys.stdout is None:
            raise UserError("The result cannot be written: standard output is closed.")
        try:
            if as_json:
                # Escaped, so that no control character of a message reaches the terminal.
                text = simplejson.dumps(self.data, indent=2, use_decimal=True, default=str)
                sys.stdout.write(f"{text}\n")
            else:
                self._print()
            sys.stdout.flush()
        except OSError as error:
            raise UserError(f"The result cannot be written: {error.strerror or error}.") from error

    def _print(self) -> None:
        # Without a colour system there are no other attributes either, such as bold.
        console = Console(
            color_system=None if os.environ.get("NO_COLOR") else "auto", highlight=False
        )
        if not console.is_terminal:
            console.width = _NO_LIMIT
        for part in self.parts:
            part.print_to(console)


@contextmanager
def progress(description: str) -> Iterator[Progress]:
    """Show a counter on standard error, where that is a terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed}"))
    with ProgressBar(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(description, total=None)
        yield lambda count: bar.advance(task, count)


def plain(value: Any, style: str = "") -> Text:
    """Return a text without markup and without the characters that control a terminal."""
    return Text(printable(str(value)), style)


def _cell(value: Any) -> Text:
    return value if isinstance(value, Text) else Text() if value is None else plain(value)
