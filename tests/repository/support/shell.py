"""The simple commands of a shell script, as far as the workflows' steps need it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPERATORS: Final = {";", "&&", "||", "|", "&"}
# Words that stand before a command, or instead of one.
_KEYWORDS: Final = {"if", "then", "else", "fi", "while", "do", "done", "{", "}", "!"}
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=.*")


def simple_commands(script: str) -> Iterator[list[str]]:
    """Yield the words of each command, without redirections; `"$(...)"` is a command as well.

    A variable is its default, or the word `1`, which parsers accept as a name, file or number.
    """
    for inner in re.findall(r"\$\(([^()]*)\)", script):
        yield from simple_commands(inner)
    script = re.sub(r"\$\([^()]*\)", "1", script)
    script = re.sub(r"\$\{\w+:-([\w-]*)\}", r"\1", script)
    script = re.sub(r"\$\w+", "1", script)
    script = re.sub(r"\s\d?>&\d", "", script)
    script = script.replace("\\\n", " ").replace("\n", " ; ")
    lexer = shlex.shlex(script, posix=True, punctuation_chars=True)
    lexer.wordchars += "^,{}!%[]:"
    command: list[str] = []
    for word in (*lexer, ";"):
        if word in _OPERATORS:
            yield from _command(command)
            command = []
        else:
            command.append(word)


def _command(words: list[str]) -> Iterator[list[str]]:
    """Yield a command without keywords, assignments and redirections, if something is left."""
    while words and (words[0] in _KEYWORDS or _ASSIGNMENT.fullmatch(words[0])):
        words = words[1:]
    if not words or words[0] == "for":
        return
    kept: list[str] = []
    targets = 0
    for word in words:
        if set(word) <= set("<>&") and word:
            targets += 1
        elif targets:
            targets -= 1
        else:
            kept.append(word)
    if kept:
        yield kept
