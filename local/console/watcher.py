"""Notices what no function logs, while a browser listens: queues, alarms, faults, deployments."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from local.monitoring.alarms import deployed_alarms
from local.monitoring.polling import Polling
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from local.console.pages import Console

    _Readers: TypeAlias = dict[str, Callable[[], Any]]

_INTERVAL_SECONDS = 0.25
# The emulator is read in every fourth round; what this process knows, in each.
_ROUNDS = 4
_QUEUE = "aws:sqs/queue:Queue"
# A resource may be gone while the stack is deployed again: the next round sees the new ones.
_MISSING = (BotoCoreError, ClientError, httpx.HTTPError, UserError)


class Watcher:
    """Publishes a topic when what it is about has changed; runs within a `with` block."""

    def __init__(self, console: Console, interval_seconds: float = _INTERVAL_SECONDS) -> None:
        self._console = console
        self._polling = Polling("console-watcher", self._look, seconds=interval_seconds)
        self._rounds = itertools.count()
        self._seen: dict[str, Any] = {}
        self._own: _Readers = {
            "problem": lambda: console.deployment.problem,
            # A deployment replaces the tuple of resources.
            "graph": lambda: id(console.deployment.resources),
        }
        self._emulators: _Readers = {
            "queues": self._queues,
            "alarms": self._alarms,
            "faults": self._faults,
        }

    def __enter__(self) -> None:
        self._polling.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._polling.stop()

    def look(self, *, at_emulator: bool = True) -> list[str]:
        """Read everything once, publish and return the topics that have changed."""
        readers = self._own | self._emulators if at_emulator else self._own
        return [topic for topic, read in readers.items() if self._has_changed(topic, read)]

    def _has_changed(self, topic: str, read: Callable[[], Any]) -> bool:
        try:
            value = read()
        except _MISSING:
            return False
        # What the first browser has read may be older than the first reading.
        has_changed = topic not in self._seen or self._seen[topic] != value
        self._seen[topic] = value
        if has_changed:
            self._console.topics.publish(topic)
        return has_changed

    def _look(self) -> None:
        if self._console.topics.has_listeners:
            self.look(at_emulator=next(self._rounds) % _ROUNDS == 0)
        else:
            self._seen.clear()

    def _queues(self) -> Any:
        sqs = self._console.deployment.emulator.client("sqs")
        urls = [each.id for each in self._console.deployment.resources if each.kind == _QUEUE]
        return [
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            for url in urls
        ]

    def _alarms(self) -> Any:
        deployment = self._console.deployment
        return {
            alarm["AlarmName"]: (alarm["StateValue"], alarm["StateReason"])
            for alarm in deployed_alarms(deployment.emulator.client, deployment.settings.prefix)
        }

    def _faults(self) -> Any:
        """Read the injected faults, and which workflows are paused."""
        aws_lambda = self._console.deployment.emulator.client("lambda")
        pages = aws_lambda.get_paginator("list_event_source_mappings").paginate()
        states = {
            mapping["UUID"]: mapping["State"]
            for page in pages
            for mapping in page["EventSourceMappings"]
        }
        return states, self._console.faults().active()
