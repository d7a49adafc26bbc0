"""Tables of docs/data-protection.md: `python -m tests.docs.personal_data --write` or `--check`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.support.personal_data import ATTRIBUTES, OUTSIDE, PLACES
from tooling import markdown
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.personal_data import Place

PAGE: Final = ROOT / "docs" / "data-protection.md"


def generate(page: str) -> str:
    """Return the page with its first three tables generated anew."""
    tables = iter(
        (
            markdown.table(
                ("where", "personal data", "how long", "how it ends", "functions that read it"),
                map(_cells, PLACES),
            ),
            markdown.table(("where", "personal data", "how long", "how it ends"), OUTSIDE),
            markdown.table(
                ("what", "personal data", "stands for a person or an order", "neither"),
                (
                    (
                        what,
                        *(
                            _code(name for name, sort in attributes.items() if sort == wanted)
                            for wanted in ("personal", "pseudonym", "no")
                        ),
                    )
                    for what, attributes in ATTRIBUTES.items()
                ),
            ),
        )
    )
    return re.sub(r"(?:^\|.*\n)+", lambda _: next(tables), page, count=3, flags=re.MULTILINE)


def _cells(place: Place) -> tuple[str, ...]:
    names = f": {_code(place.names)}" if place.names else ""
    return (
        f"{_KINDS[place.kind.__name__]}{names}",
        place.data,
        place.how_long,
        place.end,
        _code(place.readers) or "-",
    )


_KINDS: Final = {
    "Table": "table",
    "Queue": "queue",
    "Topic": "SNS topic",
    "LogGroup": "log group",
    "ContributorInsights": "contributor insights",
    "ConfigurationSet": "SES configuration set",
    "EmailIdentity": "SES identity",
    "SamplingRule": "X-Ray sampling rule",
    "Bucket": "S3 bucket",
    "Distribution": "CloudFront distribution",
}


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    markdown.run("tests.docs.personal_data", PAGE, generate)
