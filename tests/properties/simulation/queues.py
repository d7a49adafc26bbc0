"""Queues of the simulated AWS: messages for a function, their deliveries, and dead letters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from tests.properties.simulation.faults import CRASHES
from tests.support.requests import an_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.properties.simulation.faults import Fault, FaultKind

# `maxReceiveCount` of every queue.
MAX_RECEIVES: Final = 3


class Content(NamedTuple):
    """An order's name and content; the quantity is 1 until its client changes the order."""

    order: str
    quantity: int = 1

    def __str__(self) -> str:
        return self.order if self.quantity == 1 else f"{self.order} with other content"

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Read it from an order, an event, or the details of an audit record."""
        return cls(name_in(record["customerEmail"]), int(record["items"][0]["quantity"]))

    def request(self, order_id: str | None) -> dict[str, Any]:
        """The body of the request; the name is in the email address."""
        items = [{"productId": "PROD-001", "quantity": self.quantity, "price": 30}]
        return an_order(customerEmail=f"{self.order}@example.com", items=items, orderId=order_id)


def name_in(address: str) -> str:
    """The order's name in an email address."""
    return address.partition("@")[0]


def names(contents: Iterable[Content]) -> str:
    """The names of orders, for a message."""
    return ", ".join(sorted(map(str, contents)))


@dataclass(eq=False, repr=False)
class Message:
    """A record of the stream or a message of a queue; `content` is None if it is no order."""

    body: Any
    content: Content | None
    receives: int = 0

    def __repr__(self) -> str:
        return str(self.content) if self.content else "invalid message"


@dataclass(eq=False)
class Queue:
    """The messages that wait for one function, and its dead letters; also the stream."""

    waiting: list[Message] = field(default_factory=list)
    dead_letters: list[Message] = field(default_factory=list)

    @property
    def copies(self) -> Counter[Content]:
        """The number of waiting messages of each order."""
        return Counter(message.content for message in self.waiting if message.content)

    @property
    def contents(self) -> set[Content]:
        """The orders in the queue and its dead-letter queue."""
        return contents_of([*self.waiting, *self.dead_letters])

    def acknowledge(self, batch: Iterable[Message], *, failed: Iterable[Message]) -> None:
        """Delete messages that did not fail; the third failure makes a dead letter."""
        failed = set(failed)
        for message in batch:
            message.receives += 1
            exhausted = message.receives == MAX_RECEIVES
            if message not in failed or exhausted:
                self.waiting.remove(message)
            if message in failed and exhausted:
                self.dead_letters.append(message)

    def redrive(self) -> None:
        """Move all dead letters back."""
        for message in self.dead_letters:
            message.receives = 0
        self.waiting, self.dead_letters = self.waiting + self.dead_letters, []


class Invocation(NamedTuple):
    """A batch for a function; `lost_response`: the event source delivers all of it again.

    With `no_time`, the function's timeout is too close to send an email.
    """

    function: str
    batch: Sequence[Message]
    faults: Sequence[Fault] = ()
    lost_response: bool = False
    no_time: bool = False

    def __repr__(self) -> str:
        return f"<{self.description(self.faults)}>"

    def description(self, faults: Sequence[Fault]) -> str:
        """A line for the printed run, with the injected faults."""
        events = [
            *map(repr, faults),
            *(["a lost response"] if self.lost_response else []),
            *(["no time left"] if self.no_time else []),
        ]
        batch = ", ".join(map(repr, self.batch))
        return f"{self.function} receives {batch}{_with(events)}"


def _with(events: Sequence[str]) -> str:
    return f" with {' and '.join(events)}" if events else ""


class Injection(NamedTuple):
    """An injected fault, and the number of calls that the invocation had made by then."""

    fault: Fault
    calls: int


@dataclass(frozen=True)
class Delivery:
    """The result of an invocation; `interrupted` messages were in work at an injection."""

    batch: Sequence[Message]
    failed: set[Message]
    kinds: set[FaultKind]
    interrupted: set[Message]

    @property
    def orders(self) -> set[Content]:
        """The orders in the batch."""
        return contents_of(self.batch)

    @property
    def unexplained(self) -> set[Content]:
        """The orders that failed without an injection, unless the whole invocation crashed."""
        return set() if self.kinds & CRASHES else contents_of(self.failed - self.interrupted)


def contents_of(messages: Iterable[Message]) -> set[Content]:
    """The orders among messages."""
    return {message.content for message in messages if message.content}
