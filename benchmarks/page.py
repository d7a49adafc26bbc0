"""The table of docs/performance.md: `python -m benchmarks.page --write` or `--check`.

It shows the newest of the results in docs/benchmarks/, which `make bench OUT=...` has written.
"""

import json
from pathlib import Path
from typing import Any, Final

from benchmarks import report
from tooling import markdown
from tooling.root import ROOT

PAGE: Final = ROOT / "docs" / "performance.md"

_RESULTS: Final = ROOT / "docs" / "benchmarks"


def newest(folder: Path = _RESULTS) -> dict[str, Any]:
    """Return the results of the newest file, which has its date as its name."""
    file = max(folder.glob("*.json"))
    results: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return results


def generate(page: str, results: dict[str, Any]) -> str:
    """Return the page with its table generated anew."""
    figures = f"{report.conditions(results)}\n\n{report.markdown(results)}"
    return markdown.fill(page, {"figures": figures})


if __name__ == "__main__":
    results = newest()
    markdown.run("benchmarks.page", PAGE, lambda page: generate(page, results))
