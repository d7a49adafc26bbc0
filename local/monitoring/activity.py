"""What the functions do: follows their logs and keeps the recent events.

The emulator returns the lines of a time range in 8 ms for all functions of the stack `local`, with
1,000 invocations in each log group (26 November 2026), so that a poll every half second costs 2 %
of a core.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from local.monitoring.events import Event, events_of
from local.monitoring.invocations import FunctionLog
from local.monitoring.polling import Polling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from local.monitoring.invocations import Invocation
    from tooling.clients import ClientFactory

__all__ = ["Activity", "Counts", "Event"]

_POLL_SECONDS: Final = 0.5
MAX_EVENTS: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How often a function was invoked since the start, and how many invocations had errors.

    An invocation has an error if it failed, or if a message or request of it did.
    """

    invocations: int = 0
    errors: int = 0


class Activity:
    """Follows the functions' logs in a thread, from `start` to `stop`."""

    def __init__(
        self,
        client: ClientFactory,
        functions: Callable[[], Mapping[str, str]],
        *,
        poll_seconds: float = _POLL_SECONDS,
        max_events: int = MAX_EVENTS,
    ) -> None:
        """Describe what is followed.

        Args:
            client: Returns the client of a service.
            functions: Returns the deployed functions' names by package, as the stack output
                `functionNames`; called at every poll, because an update may change them.
            poll_seconds: The time between two polls.
            max_events: How many events are kept; older ones are dropped.
        """
        self._client = client
        self._functions = functions
        self._events: deque[Event] = deque(maxlen=max_events)
        self._lock = threading.Lock()
        self._counts: dict[str, Counts] = {}
        self._logs: dict[str, FunctionLog] = {}
        # Read, and not reported yet: the log of another function could not be read then.
        self._unreported: list[Invocation] = []
        self._event_subscribers: list[Callable[[Sequence[Event]], None]] = []
        self._invocation_subscribers: list[Callable[[Sequence[Invocation]], None]] = []
        self._polling = Polling("activity", self.poll, seconds=poll_seconds)

    @property
    def counts(self) -> Mapping[str, Counts]:
        """Invocations and errors by function, since the start."""
        with self._lock:
            return dict(self._counts)

    def events(self, *, order_id: str | None = None, function: str | None = None) -> list[Event]:
        """Return the recent events, oldest first: all, or those of an order or a function."""
        with self._lock:
            events = list(self._events)
        return [
            event
            for event in events
            if order_id in {None, event.order_id} and function in {None, event.function}
        ]

    def subscribe(self, callback: Callable[[Sequence[Event]], None]) -> None:
        """Call back with new events, oldest first, from the follower's thread."""
        self._event_subscribers.append(callback)

    def subscribe_to_invocations(self, callback: Callable[[Sequence[Invocation]], None]) -> None:
        """Call back with new invocations, from the follower's thread."""
        self._invocation_subscribers.append(callback)

    def start(self) -> None:
        """Follow what is logged from now on."""
        self._follow_functions()
        self._polling.start()

    def stop(self) -> None:
        """Stop following; does nothing where it is stopped."""
        self._polling.stop()

    def poll(self) -> list[Event]:
        """Read what was logged since the last poll, and return and keep its events."""
        self._follow_functions()
        logs = self._client("logs")
        for log in self._logs.values():
            self._unreported += log.poll(logs)
        invocations, self._unreported = self._unreported, []
        events = [(each, events_of(each)) for each in invocations]
        new = sorted((event for _, its in events for event in its), key=lambda event: event.at)
        with self._lock:
            for invocation, its_events in events:
                self._count(invocation, its_events)
            self._events.extend(new)
        if invocations:
            for on_invocations in self._invocation_subscribers:
                on_invocations(invocations)
            for on_events in self._event_subscribers:
                on_events(new)
        return new

    def _follow_functions(self) -> None:
        """Follow the functions that are deployed now, a new one from now on."""
        names = self._functions()
        groups = {package: f"/aws/lambda/{name}" for package, name in names.items()}
        self._logs = {
            package: log
            if (log := self._logs.get(package)) and log.log_group == group
            else FunctionLog(package, group)
            for package, group in groups.items()
        }

    def _count(self, invocation: Invocation, events: Sequence[Event]) -> None:
        counts = self._counts.get(invocation.function, Counts())
        failed = invocation.failed or any(event.is_failure for event in events)
        self._counts[invocation.function] = replace(
            counts, invocations=counts.invocations + 1, errors=counts.errors + failed
        )
