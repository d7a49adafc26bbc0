"""What the console's page "Try" has sent to the API: the last requests, and the batch."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from local.console.exchanges import exchange, new_client
from local.console.sample_orders import sample_order

if TYPE_CHECKING:
    from local.calls import Call, Caller
    from local.console.batches import Batch
    from local.console.exchanges import Exchange

_LONGEST_LIST: Final = 20


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A request that was sent, its number since the console's start, and what it was sent for."""

    number: int
    title: str
    exchange: Exchange


class SentRequests:
    """The requests since the console's start, of which the last ones are kept."""

    def __init__(self) -> None:
        self.batch: Batch | None = None
        self._attempts: deque[Attempt] = deque(maxlen=_LONGEST_LIST)
        self._count = 0
        self._random = random.Random()  # noqa: S311 (no secret)

    @property
    def newest_first(self) -> list[Attempt]:
        """The last requests."""
        return list(reversed(self._attempts))

    def sample_order(self, caller: Caller) -> dict[str, Any]:
        """Return an order that the API accepts."""
        return sample_order(self._random, with_customer_id=not caller.has_token)

    def call(self, number: int) -> Call | None:
        """Return a request by its number, or None where it is no longer kept."""
        calls = (each.exchange.call for each in self._attempts if each.number == number)
        return next(calls, None)

    async def send(self, title: str, caller: Caller, call: Call) -> Exchange:
        """Send a request, and keep it with its response."""
        async with new_client() as client:
            sent = await exchange(caller, call, client)
        self._count += 1
        self._attempts.append(Attempt(number=self._count, title=title, exchange=sent))
        return sent
