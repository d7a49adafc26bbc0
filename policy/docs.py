"""The lists of rules in docs/policies.md: `python -m policy.docs --write` or `--check`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from policy.rules import RULES

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "policies.md"


def generate(page: str) -> str:
    """Return the page with its two lists, one for each level, generated anew."""
    lists = iter(
        "".join(
            f"- `{rule.name}`: {rule.description} {rule.reason}".rstrip() + "\n" for rule in rules
        )
        for rules in RULES.values()
    )
    return re.sub(r"(?:^- `.*\n)+", lambda _: next(lists), page, flags=re.MULTILINE)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(generate(text), encoding="utf-8")
    elif sys.argv[1:] == ["--check"]:
        sys.exit(generate(text) != text and f"Out of date: {PAGE}; run: make docs")
    else:
        sys.exit("Usage: python -m policy.docs --write | --check")
