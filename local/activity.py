"""What the functions do, read from their log groups: events of requests, orders and failures."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from tooling.clients import Client

    ClientFactory: TypeAlias = Callable[[str], Client]

_MAX_EVENTS = 10_000


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that a function did.

    `outcome` is the status of the response ("200") for a function behind the API; for all others
    `ok`, `failed` (an error, or a message that is received again), `crashed` or `timed out`.
    `duration_ms` is that of the whole invocation, which may have had more events than this one.
    `error` is the reason of a failure.
    """

    at: datetime
    function: str
    request_id: str
    outcome: str
    duration_ms: float | None = None
    order_id: str | None = None
    correlation_id: str | None = None
    attempt: int | None = None
    message: str = ""
    level: str = "INFO"
    error: str | None = None
    fields: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_failure(self) -> bool:
        """Whether something went wrong: an error of this software, not a rejected request."""
        return self.level == "ERROR"


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How often a function was invoked since the start, and how many invocations had errors."""

    invocations: int = 0
    errors: int = 0


class Activity:
    """Follows the functions' logs in a thread, from `start` to `stop`."""

    def __init__(self, client: ClientFactory, functions: Callable[[], Mapping[str, str]]) -> None:
        """Describe what is followed.

        Args:
            client: Returns the client of a service.
            functions: Returns the deployed functions' names by package, as the stack output
                `functionNames`; called at every poll, because an update may change them.
        """
        self._client = client
        self._functions = functions
        self._events: deque[Event] = deque(maxlen=_MAX_EVENTS)
        self._subscribers: list[Callable[[Sequence[Event]], None]] = []
        self._counts: dict[str, Counts] = {}

    @property
    def counts(self) -> Mapping[str, Counts]:
        """Invocations and errors by function, since the start."""
        return dict(self._counts)

    def subscribe(self, callback: Callable[[Sequence[Event]], None]) -> None:
        """Call back with new events, from the follower's thread."""
        self._subscribers.append(callback)

    def events(self, *, order_id: str | None = None, function: str | None = None) -> list[Event]:
        """Return the recent events, oldest first: all, or those of an order or a function."""
        return [
            event
            for event in list(self._events)
            if order_id in {None, event.order_id} and function in {None, event.function}
        ]

    def start(self) -> None:
        """Follow the logs."""

    def stop(self) -> None:
        """Stop following; does nothing where it is stopped."""
