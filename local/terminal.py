"""Terminal lines of a running local stack: requests, events, dead letters, alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from handlers.common.masking import mask
from local.mailbox import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from local.monitoring.alarms import AlarmStatus
    from local.monitoring.events import Event

_LONGEST_LINE: Final = 300


class Terminal:
    """Prints one line for each thing that happens; failures are red where there are colours.

    Its console is also that of progress displays, which then stay below the lines. It prints no
    colours where the output is no terminal, or where the variable NO_COLOR is set.
    """

    def __init__(self, console: Console, *, receives: int) -> None:
        """Describe where lines are printed.

        Args:
            console: The output.
            receives: How often a queue delivers a message before it is a dead letter.
        """
        self._console = console
        self._receives = receives

    def show_events(self, events: Sequence[Event]) -> None:
        """Print what the functions did."""
        for event in events:
            self._print(event_line(event, receives=self._receives), is_failure=event.is_failure)

    def show_dead_letters(self, label: str, count: int) -> None:
        """Print that a dead-letter queue has got a message."""
        self._print(f"{label} dead letter, {count} in the dead-letter queue", is_failure=True)

    def show_alarms(self, alarms: Sequence[AlarmStatus]) -> None:
        """Print alarms that have changed their state."""
        for alarm in alarms:
            line = f"alarm {alarm.label} {alarm.state} {alarm.reason}"
            self._print(line, is_failure=alarm.state == "ALARM")

    def _print(self, line: str, *, is_failure: bool) -> None:
        print_line(self._console, line, "red" if is_failure else "")


def print_line(console: Console, line: str, style: str) -> None:
    """Print a line; output that cannot be written does not end the thread that has the line."""
    text = terminal_text(line)
    if (console.encoding or "").lower() not in {"utf-8", "utf8"}:
        text = text.encode(console.encoding, "backslashreplace").decode(console.encoding)
    try:
        console.print(Text(text, style), soft_wrap=True, highlight=False)
    except (OSError, SystemExit):  # rich exits where a pipe is closed: here, its thread alone
        console.quiet = True


def event_line(event: Event, *, receives: int) -> str:
    """Return an event's line: function, outcome, duration or attempt, order, error."""
    attempt, duration = event.attempt, event.duration_ms
    parts = [event.function, event.outcome]
    if attempt is not None:
        parts.append(f"attempt {attempt} of {receives}")
    elif duration is not None:
        parts.append(f"{duration:.0f} ms")
    if event.order_id is not None:
        parts.append(f"order={event.order_id}")
    parts.append(event.error or (event.message if event.level != "INFO" else ""))
    return " ".join(filter(None, parts))


def terminal_text(line: str) -> str:
    """Return a line for the terminal: masked, without control characters, of limited length."""
    text = printable(mask(" ".join(line.split())))
    return text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]}..."
