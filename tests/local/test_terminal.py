"""Tests: the lines that a running local stack prints."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from local.monitoring.alarms import AlarmStatus
from local.monitoring.events import Event
from local.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

_RED = "\x1b[31m"


def _event(**fields: Any) -> Event:
    values: dict[str, Any] = {
        "at": datetime(2026, 11, 26, tzinfo=UTC),
        "function": "email",
        "request_id": "r",
        "outcome": "ok",
        "duration_ms": 12.4,
        "order_id": "o-1",
        "message": "Confirmation sent",
        **fields,
    }
    return Event(**values)


def _printed(*events: Event, terminal: bool = False, width: int = 80) -> str:
    output = io.StringIO()
    console = Console(file=output, force_terminal=terminal, width=width)
    Terminal(console, receives=3).show_events(events)
    return output.getvalue()


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"function": "orders", "outcome": "200"}, "orders 200 12 ms order=o-1"),
        ({"function": "relay"}, "relay ok 12 ms order=o-1"),
        (
            {"outcome": "failed", "attempt": 2, "level": "ERROR", "error": "SES is unavailable"},
            "email failed attempt 2 of 3 order=o-1 SES is unavailable",
        ),
        ({"attempt": 2}, "email ok attempt 2 of 3 order=o-1"),
        (
            {
                "function": "orders",
                "outcome": "400",
                "order_id": None,
                "level": "WARNING",
                "error": "items: Field required",
            },
            "orders 400 12 ms items: Field required",
        ),
        (
            {"level": "WARNING", "message": "Confirmation suppressed"},
            "email ok 12 ms order=o-1 Confirmation suppressed",
        ),
        ({"duration_ms": None, "order_id": None}, "email ok"),
    ],
)
def test_one_line_for_each_event(fields: dict[str, Any], line: str) -> None:
    """A line has the function, the outcome, the duration or attempt, the order and the error."""
    assert _printed(_event(**fields)) == f"{line}\n"


def test_failures_are_red_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are red; there is no colour for others, without a terminal or with NO_COLOR."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    failure, rejected = _event(level="ERROR"), _event(level="WARNING")
    assert _printed(failure, terminal=True).startswith(_RED)
    assert _RED not in _printed(rejected, terminal=True)
    assert "\x1b" not in _printed(failure)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in _printed(failure, terminal=True)


def test_texts_of_clients_cannot_control_the_terminal() -> None:
    """Control characters are replaced, line breaks are blanks, addresses are masked."""
    line = _printed(
        _event(order_id="o\x1b[2J", error="jane.doe@example.com\nfake ok 1 ms [red]x[/red] :boom:")
    )
    assert line == (
        "email ok 12 ms order=o\N{REPLACEMENT CHARACTER}[2J j***@example.com fake ok 1 ms "
        "[red]x[/red] :boom:\n"
    )


def test_a_long_line_is_cut_and_not_wrapped() -> None:
    """An event is one line, with any width of the terminal and any length of its error."""
    printed = _printed(_event(error="x" * 1000), width=20)
    assert printed.count("\n") == 1
    assert len(printed) < 310


def test_dead_letters_and_alarms_have_lines() -> None:
    """A dead letter and an alarm that changes its state are one line each."""
    output = io.StringIO()
    terminal = Terminal(Console(file=output), receives=3)
    terminal.show_dead_letters("email", 2)
    alarm = AlarmStatus(
        name="shop-dev-email-dead-letters",
        label="email-dead-letters",
        description="",
        state="ALARM",
        reason="2 > 0",
    )
    terminal.show_alarms([alarm])
    assert output.getvalue().splitlines() == [
        "email dead letter, 2 in the dead-letter queue",
        "alarm email-dead-letters ALARM 2 > 0",
    ]


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "No space left on device")])
def test_output_that_cannot_be_written(
    error: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The follower of the logs, which has the event, is not ended by a closed pipe or full disk."""

    class Closed(io.StringIO):
        def write(self, _text: str, /) -> int:
            raise error

    with (tmp_path / "output").open("w") as output:
        monkeypatch.setattr(sys, "stdout", output)  # rich closes it
        terminal = Terminal(Console(file=Closed()), receives=3)
        for _ in range(2):
            terminal.show_events([_event()])


def test_a_terminal_without_unicode() -> None:
    """What its encoding does not have is an escape."""
    output = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Terminal(Console(file=output), receives=3).show_events(
        [_event(level="ERROR", error="Zo\u00eb")]
    )
    output.seek(0)
    assert output.read() == "email ok 12 ms order=o-1 Zo\\xeb\n"
