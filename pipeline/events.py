"""Engine events: what `pulumi preview --event-log FILE` reports about resources and policies.

A line of the file is an event as the Automation API reads it:
https://github.com/pulumi/pulumi/blob/v3.272.0/sdk/go/common/apitype/events.go. Values of properties
are left out here: they may be secret to somebody.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The steps of a replacement are one change here; the others are no change of a resource.
OPERATIONS: Final = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "import": "import",
    "import-replacement": "replace",
    "discard": "discard",
    "discard-replaced": "replace",
}
_COLOUR: Final = re.compile(r"<\{%[^%]*%\}>")
_NOT_LISTED: Final = {"pulumi:pulumi:Stack"}


@dataclass(frozen=True, kw_only=True, order=True)
class Change:
    """A resource that an update would change."""

    operation: str
    type: str
    name: str
    properties: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """A policy that a resource, or the stack, violates."""

    level: str
    policy: str
    resource: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a preview reported; it is complete only if the preview came to its end."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    unchanged: int
    complete: bool


def read(path: Path) -> Preview:
    """Return what an event log reports; nothing if there is no file.

    What is behind the last line break is left out: a CLI that was ended may have written a part.

    Raises:
        UserError: the file is no event log.
    """
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        # Not `splitlines`: texts may have other line breaks, which JSON does not escape.
        *lines, _ = text.split("\n")
        events = [json.loads(line) for line in lines if line.strip()]
        return _preview(events)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is no event log of the Pulumi CLI: {error}") from error


def _preview(events: list[dict[str, Any]]) -> Preview:
    changes: dict[str, Change] = {}
    unchanged = set[str]()
    for event in events:
        # A refreshed resource has two steps; what the program does with it is the later one.
        step = (event.get("resourcePreEvent") or event.get("resOutputsEvent") or {}).get("metadata")
        if step is None or step["type"] in _NOT_LISTED:
            continue
        operation = OPERATIONS.get(step["op"])
        if operation is not None:
            changes[step["urn"]] = _change(operation, step, changes.get(step["urn"]))
        elif step["op"] == "same":
            unchanged.add(step["urn"])
    findings = {_finding(event["policyEvent"]) for event in events if event.get("policyEvent")}
    return Preview(
        changes=tuple(sorted(changes.values())),
        findings=tuple(sorted(findings)),
        unchanged=len(unchanged - changes.keys()),
        complete=any(event.get("summaryEvent") for event in events),
    )


def _change(operation: str, step: Mapping[str, Any], before: Change | None) -> Change:
    """Return a change, with the properties of the steps before: a replacement has several."""
    properties = {*(step.get("detailedDiff") or step.get("diffs") or ())}
    if operation not in ("update", "replace"):  # a creation or a deletion concerns them all
        properties = set()
    return Change(
        operation=operation,
        type=step["type"],
        name=_name(step["urn"]),
        properties=tuple(sorted(properties.union(before.properties if before else ()))),
    )


def _finding(event: Mapping[str, Any]) -> Finding:
    return Finding(
        level=event["enforcementLevel"],
        policy=event["policyName"],
        resource=_name(event.get("resourceUrn", "")),
        message=" ".join(_COLOUR.sub("", event["message"]).split()),
    )


def _name(urn: str) -> str:
    """Return the name in a URN, which is behind its last `::`."""
    return urn.rpartition("::")[2]
