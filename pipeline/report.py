"""The comment about a stack's preview, and the issue about a stack's drift, as Markdown."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from pipeline.text import LIMIT, code, cut, table

if TYPE_CHECKING:
    from pipeline.events import Change, Preview

_OPERATIONS: Final = ("create", "update", "replace", "delete", "import", "discard")
_COSTS: Final = 20_000  # characters
_FINDINGS: Final = 15_000
_FRAME: Final = 1_500  # for headings and sentences


def marker(stack: str) -> str:
    """Return the first line of a stack's comment, by which the next run finds it."""
    return f"<!-- pipeline: preview of {stack} -->"


def is_marker(line: str) -> bool:
    """Whether a line is the first one of a comment about a preview."""
    return re.fullmatch(r"<!-- pipeline: preview of [a-z0-9-]+ -->", line) is not None


def comment(stack: str, preview: Preview, costs: str, log: str) -> str:
    """Return the comment about a preview.

    Args:
        stack: The stack's name.
        preview: What the preview reported.
        costs: The Markdown of `scripts/cost-diff`; may be empty.
        log: The address of the run, whose log has all details.
    """
    rest = f"the [log]({log}) has all."
    parts = [marker(stack), f"## Preview of {code(stack)}", _summary(preview, log)]
    parts += ["### Policy findings", _findings(preview, rest)]
    cost = [cut(costs.strip(), _COSTS, rest) or f"### Monthly cost\n\nNot known; {rest}"]
    if preview.changes:
        limit = LIMIT - _FRAME - sum(len(part) + 2 for part in (*parts, *cost))
        parts.append(
            f"<details><summary>{_resources(len(preview.changes))}</summary>\n\n"
            f"{_changes(preview.changes, limit, rest)}\n\n</details>"
        )
    # Last, because it is the one part whose Markdown comes from elsewhere.
    return "\n\n".join([*parts, *cost]) + "\n"


def drift(stack: str, preview: Preview, commit: str, log: str) -> str:
    """Return the issue about a stack that is no longer as its deployed commit says."""
    page = f"{log.partition('/actions/')[0]}/blob/main/docs/pipeline.md#drift"
    return (
        f"The stack {code(stack)} differs from commit {commit}, which was deployed last: "
        f"{_counts(preview)}. Something other than the pipeline has changed it.\n\n"
        f"{_changes(preview.changes, LIMIT - _FRAME, f'the [log]({log}) has all.')}\n\n"
        f"[What to do]({page}). The first check that finds no difference closes this issue. "
        f"[Log]({log}).\n"
    )


def _summary(preview: Preview, log: str) -> str:
    if not preview.complete:
        return f"**The preview failed**; the [log]({log}) says why."
    return f"{_counts(preview)}, {preview.unchanged} unchanged. [Log]({log})."


def _counts(preview: Preview) -> str:
    counts = Counter(change.operation for change in preview.changes)
    return ", ".join(f"{counts[name]} to {name}" for name in _OPERATIONS if counts[name]) or (
        "No changes"
    )


def _findings(preview: Preview, rest: str) -> str:
    if not preview.findings:
        return "None." if preview.complete else "Not known, because the preview failed."
    rows = [
        (finding.level, code(finding.policy), code(finding.resource), code(finding.message))
        for finding in preview.findings
    ]
    return table(("level", "policy", "resource", "finding"), rows, _FINDINGS, rest)


def _changes(changes: tuple[Change, ...], limit: int, rest: str) -> str:
    rows = [
        (
            change.operation,
            code(change.type),
            code(change.name),
            code(", ".join(change.properties)),
        )
        for change in changes
    ]
    return table(("change", "type", "resource", "properties"), rows, limit, rest)


def _resources(count: int) -> str:
    return "1 changed resource" if count == 1 else f"{count} changed resources"
