"""A fake of CloudWatch Logs: log groups with streams, as Lambda writes them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

# Beginning and end of a log stream's invocation.
_REPORT = "REPORT RequestId: {id}\tDuration: {ms} ms\tBilled Duration: 5 ms\tMemory Size: 256 MB"


@dataclass
class FakeLogs:
    """What `FilterLogEvents` returns: events as (log group, stream, timestamp, message)."""

    events: list[tuple[str, str, int, str]] = field(default_factory=list)
    groups: set[str] = field(default_factory=set)
    page_size: int = 1000
    unreachable_at: int = 0
    """The call that does not get through, counted from 1; 0 for none."""
    calls: int = 0

    def filter_log_events(self, **arguments: Any) -> dict[str, Any]:
        """Return a page of a log group's events from a time on, sorted by time."""
        self.calls += 1
        if self.calls == self.unreachable_at:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1")
        if arguments["logGroupName"] not in self.groups:
            raise ClientError(
                {"Error": {"Code": "ResourceNotFoundException", "Message": "no group"}},
                "FilterLogEvents",
            )
        size = min(self.page_size, arguments["limit"])
        start = int(arguments.get("nextToken", "0"))
        found = [
            {"logStreamName": stream, "timestamp": at, "message": message}
            for group, stream, at, message in sorted(self.events, key=lambda event: event[2])
            if group == arguments["logGroupName"] and at >= arguments["startTime"]
        ]
        more = {"nextToken": str(start + size)} if len(found) > start + size else {}
        return {"events": found[start : start + size], **more}

    def write(self, group: str, stream: str, at: int, *messages: str) -> None:
        """Write lines to a stream."""
        self.groups.add(group)
        self.events += [(group, stream, at, message) for message in messages]

    def invoke(
        self, group: str, request_id: str, *lines: dict[str, Any] | str, at: int, ms: int = 5
    ) -> None:
        """Write the log of an invocation in a stream of its own."""
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        self.write(
            group,
            f"stream-{request_id}",
            at,
            f"START RequestId: {request_id} Version: 1",
            *texts,
            f"END RequestId: {request_id}",
            _REPORT.format(id=request_id, ms=ms),
        )
