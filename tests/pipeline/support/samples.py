"""Event logs of previews, as the Pulumi CLI writes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "urn:pulumi:dev::order-processing::orders:index:OrdersApi$"
SUMMARY = {"summaryEvent": {"maybeCorrupt": False, "durationSeconds": 3, "resourceChanges": {}}}


def step(op: str, name: str, *properties: str, kind: str = "aws:sqs/queue:Queue") -> dict[str, Any]:
    """An event about a resource; a changed property has a value that nothing may show."""
    metadata = {
        "op": op,
        "urn": f"{PREFIX}{kind}::{name}",
        "type": kind,
        "provider": "",
        "old": {"type": kind, "urn": "", "inputs": dict.fromkeys(properties, "top-secret")},
        "new": {"type": kind, "urn": "", "inputs": dict.fromkeys(properties, "top-secret")},
        "detailedDiff": {path: {"diffKind": "update", "inputDiff": True} for path in properties},
    }
    return {"resourcePreEvent": {"metadata": metadata, "planning": True}}


def violation(message: str, *, level: str = "mandatory", name: str = "orders") -> dict[str, Any]:
    """An event about a resource that violates a policy."""
    return {
        "policyEvent": {
            "resourceUrn": f"{PREFIX}aws:sqs/queue:Queue::{name}",
            "message": message,
            "color": "raw",
            "policyName": "encrypted-queues",
            "policyPackName": "orders",
            "policyPackVersion": "0.1.0",
            "policyPackVersionTag": "0.1.0",
            "enforcementLevel": level,
        }
    }


def write(folder: Path, *events: dict[str, Any]) -> Path:
    """Write an event log."""
    path = folder / "events.json"
    numbered = ({"sequence": number, "timestamp": 1, **e} for number, e in enumerate(events))
    path.write_text("".join(f"{json.dumps(event)}\n" for event in numbered), encoding="utf-8")
    return path
