"""The example in docs/cost.md: `python -m costs.page --write` or `--check`."""

from __future__ import annotations

from typing import Final

from costs.orders import DEFAULT_ORDERS
from costs.prices import REGION
from costs.recording import graph_of
from costs.report import Report
from tooling import markdown
from tooling.root import ROOT

PAGE: Final = ROOT / "docs" / "cost.md"
EXAMPLE: Final = ROOT / "examples" / "Pulumi.http-platform.yaml"


def generate(page: str) -> str:
    """Return the page with the report of the example."""
    report = Report(
        stack="http-platform", region=REGION, graph=graph_of(EXAMPLE), orders=DEFAULT_ORDERS
    )
    text = "".join(f"{line}\n" for line in report.text())
    return markdown.fill(page, {"example": f"```\n{text}```\n"})


if __name__ == "__main__":
    markdown.run("costs.page", PAGE, generate)
