"""A deployed stack with canned responses of AWS: the graph's resources, and their figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.deployment.resources import Resource
from tests.infra.support.graph import record, settings
from tests.local.console.support import FakeDeployment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class CannedAws:
    """All services at once; numbers are by the ends of the names of queues, tables and alarms."""

    messages: dict[str, int] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)
    alarms: dict[str, str] = field(default_factory=dict)
    mappings: list[dict[str, Any]] = field(default_factory=list)
    sent: int = 0

    def get_queue_attributes(self, *, QueueUrl: str, **_: Any) -> Any:  # noqa: N803 (AWS's name)
        """Return a queue's depth."""
        names = ("", "NotVisible", "Delayed")
        attributes = {f"ApproximateNumberOfMessages{name}": "0" for name in names}
        attributes["ApproximateNumberOfMessages"] = str(_of(self.messages, QueueUrl))
        return {"Attributes": attributes}

    def describe_table(self, *, TableName: str) -> Any:  # noqa: N803 (as above)
        """Return a table's number of items."""
        return {"Table": {"ItemCount": _of(self.items, TableName)}}

    def get_send_quota(self) -> Any:
        """Return what SES has sent."""
        return {"SentLast24Hours": float(self.sent)}

    def list_event_source_mappings(self, **_: Any) -> Any:
        """Return every mapping."""
        return {"EventSourceMappings": self.mappings}

    def get_paginator(self, operation: str) -> _Pages:
        """Return the one page of an operation."""
        alarms = [
            {"AlarmName": name, "StateValue": state, "StateReason": ""}
            for name, state in self.alarms.items()
        ]
        return _Pages(
            {"MetricAlarms": alarms}
            if operation == "describe_alarms"
            else {"EventSourceMappings": self.mappings}
        )


@dataclass
class _Pages:
    page: dict[str, Any]

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        yield self.page


def _of(numbers: dict[str, int], name: str) -> int:
    return next((number for end, number in numbers.items() if name.endswith(end)), 0)


def resources_of(path: Path) -> list[Resource]:
    """The resources of a stack, as if they were deployed."""
    return [
        Resource(
            kind=each.type,
            name=each.name,
            id=str(each.outputs["id"]),
            inputs=each.inputs,
            outputs=each.outputs,
        )
        for each in record(settings(path)).resources
        if not each.is_component
    ]


def deployed(path: Path, aws: CannedAws) -> FakeDeployment:
    """A stack with its resources, and these responses of AWS."""
    return FakeDeployment(
        resources=tuple(resources_of(path)),
        settings=record(settings(path)).stackfile,
        connect=lambda _service: aws,
    )
