"""A batch of sample orders, sent at once to the deployed API, with its progress."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from local.console.exchanges import exchange, new_client
from local.console.sample_orders import sample_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from local.calls import Call, Caller
    from local.console.exchanges import Exchange

# Requests at once. The stack `local` runs four executions of the function behind the API.
_CONCURRENCY: Final = 8
# How often a request that was throttled, or found a service unavailable, is sent.
_ATTEMPTS: Final = 6
_FIRST_PAUSE_SECONDS: Final = 0.25
_LONGEST_PAUSE_SECONDS: Final = 4.0
_RETRYABLE: Final = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
_PROBLEMS: Final = 5


class Batch:
    """Sends a number of orders; each retry has the idempotency key of the first attempt."""

    def __init__(
        self,
        total: int,
        *,
        caller: Caller,
        changed: Callable[[], None],
        first_pause_seconds: float = _FIRST_PAUSE_SECONDS,
    ) -> None:
        """Describe a batch.

        Args:
            total: The number of orders.
            caller: The client of the API, with its credentials.
            changed: Called whenever a count has changed.
            first_pause_seconds: The longest pause before the first retry; it doubles with each.
        """
        self.total = total
        self.accepted = self.refused = self.failed = self.retries = 0
        self.is_cancelled = False
        self._problems: Counter[str] = Counter()
        self._caller = caller
        self._changed = changed
        self._random = random.Random()  # noqa: S311 (no secret)
        self._first_pause_seconds = first_pause_seconds
        self._start = time.monotonic()
        self._end: float | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def done(self) -> int:
        """The number of orders that have a result."""
        return self.accepted + self.refused + self.failed

    @property
    def is_running(self) -> bool:
        """Whether orders are still sent."""
        return self._end is None

    @property
    def seconds(self) -> float:
        """The time since the start, or until the end."""
        return (self._end or time.monotonic()) - self._start

    @property
    def problems(self) -> list[tuple[str, int]]:
        """The most frequent reasons of orders that were not accepted, with their numbers."""
        return self._problems.most_common(_PROBLEMS)

    def start(self) -> None:
        """Send the orders in the background of the running event loop."""
        self._task = asyncio.create_task(self.run())

    def cancel(self) -> None:
        """Send no further order; what was sent already remains."""
        if self._task is not None and self.is_running:
            self.is_cancelled = True
            self._task.cancel()

    async def run(self) -> None:
        """Send the orders."""
        numbers = iter(range(self.total))
        try:
            async with new_client() as client, asyncio.TaskGroup() as group:
                for _ in range(min(_CONCURRENCY, self.total)):
                    group.create_task(self._send_all(numbers, client))
        finally:
            self._end = time.monotonic()
            self._changed()

    async def _send_all(self, numbers: Iterator[int], client: httpx.AsyncClient) -> None:
        """Send one order after the other, until the numbers that the senders share are used."""
        for _ in numbers:
            order = sample_order(self._random, with_customer_id=not self._caller.has_token)
            result = await self._send(self._caller.order_call(order, str(uuid4())), client)
            self._count(result)

    async def _send(self, call: Call, client: httpx.AsyncClient) -> Exchange:
        for attempt in range(1, _ATTEMPTS):
            result = await exchange(self._caller, call, client)
            if result.status is not None and result.status not in _RETRYABLE:
                return result
            self.retries += 1
            self._changed()
            await asyncio.sleep(self._pause(attempt, result))
        return await exchange(self._caller, call, client)

    def _pause(self, attempt: int, result: Exchange) -> float:
        """Return the seconds before a retry: a random part of twice the last maximum, or more."""
        longest = min(self._first_pause_seconds * 2 ** (attempt - 1), _LONGEST_PAUSE_SECONDS)
        pause = self._random.uniform(0, longest)
        return max(pause, result.retry_after_seconds)

    def _count(self, result: Exchange) -> None:
        if result.is_success:
            self.accepted += 1
        elif result.status is not None and result.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self.refused += 1
        else:
            self.failed += 1
        if not result.is_success:
            self._problems[result.problem or f"{result.status} {result.reason}"] += 1
        self._changed()
