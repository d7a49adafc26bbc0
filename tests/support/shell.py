"""Shell scripts of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

CLOSED_PIPE: Final = "| true"


def with_output_to(redirection: str, script: str, folder: Path) -> str:
    """A script with a redirection of its output; a closed pipe is closed before it begins.

    Args:
        redirection: What follows the script; `CLOSED_PIPE` for a pipe without a reader.
        script: Commands, each of which ends with a semicolon.
        folder: An empty folder.
    """
    if redirection != CLOSED_PIPE:
        return f"{{ {script} }} {redirection}"
    closed = folder / "closed"
    awaited = f"while ! test -e '{closed}'; do sleep 0.02; done;"
    return f"{{ {awaited} {script} }} | {{ exec <&-; touch '{closed}'; }}"
