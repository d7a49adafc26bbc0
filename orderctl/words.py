"""Words for people."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return a number of things: `1 order`, `2 orders`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
