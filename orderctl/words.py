"""Texts for people."""

from __future__ import annotations

from typing import Any

# Longer than any ID; a table, a queue or a log may hold anything.
_LONGEST = 200


def counted(count: int, noun: str) -> str:
    """Return a number of things: `1 order`, `2 orders`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def printable(text: str, *, keep: str = "") -> str:
    """Return a text without the characters that control a terminal, but for those to `keep`."""
    return "".join(
        sign if sign.isprintable() or sign in keep else "\N{REPLACEMENT CHARACTER}" for sign in text
    )


def shown(value: Any, *, longest: int = _LONGEST) -> str:
    """Return a value that somebody else wrote, as it may be shown: masked, on one line, and not too long."""
    from handlers.common.masking import LONGEST_ADDRESS, mask  # noqa: PLC0415 (it would slow down --help)

    masked = mask(" ".join(str(value)[: longest + LONGEST_ADDRESS].split()))
    return masked if len(masked) <= longest else f"{masked[:longest]}..."
