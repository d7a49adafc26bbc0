"""What waits for a function, records of a stream or messages of a queue; what it is handed, and what becomes of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from tests.properties.simulation.injections import DEADLY
from tests.support.requests import an_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.properties.simulation.injections import Kind, Trouble

# As every queue of a stack has it.
MOST_RECEIVES: Final = 3


class Content(NamedTuple):
    """Which order it is, and what is ordered; a quantity of 1 is what its client meant at first."""

    order: str
    quantity: int = 1

    def __str__(self) -> str:
        return self.order if self.quantity == 1 else f"{self.order} with other content"

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Read it from an order, an event, or the details of an audit record."""
        return cls(name_at(record["customerEmail"]), int(record["items"][0]["quantity"]))

    def request(self, order_id: str | None) -> dict[str, Any]:
        """What the client sends; the order's name stands in the e-mail address."""
        items = [{"productId": "PROD-001", "quantity": self.quantity, "price": 30}]
        return an_order(customerEmail=f"{self.order}@example.com", items=items, orderId=order_id)


def name_at(address: str) -> str:
    """The name of the order in an e-mail address."""
    return address.partition("@")[0]


@dataclass(eq=False, repr=False)
class Parcel:
    """One record or message; about no order where somebody else put it there."""

    load: Any
    about: Content | None
    receives: int = 0

    def __repr__(self) -> str:
        return str(self.about) if self.about else "poison"


@dataclass(eq=False)
class Channel:
    """What waits for one function, and what was received too often; a stream, too, gives up in the end."""

    waiting: list[Parcel] = field(default_factory=list)
    dead: list[Parcel] = field(default_factory=list)

    @property
    def copies(self) -> Counter[Content]:
        """How often each order waits here."""
        return Counter(parcel.about for parcel in self.waiting if parcel.about)

    @property
    def contents(self) -> set[Content]:
        """The orders that lie here, dead letters included."""
        return {parcel.about for parcel in (*self.waiting, *self.dead) if parcel.about}

    def settle(self, batch: Iterable[Parcel], *, kept: Iterable[Parcel]) -> None:
        """Take a delivered batch away but for what is kept, until that was received too often."""
        kept = set(kept)
        for parcel in batch:
            parcel.receives += 1
            exhausted = parcel.receives == MOST_RECEIVES
            if parcel not in kept or exhausted:
                self.waiting.remove(parcel)
            if parcel in kept and exhausted:
                self.dead.append(parcel)

    def redrive(self) -> None:
        """Let every dead letter wait again, as if it had never been received."""
        for parcel in self.dead:
            parcel.receives = 0
        self.waiting, self.dead = self.waiting + self.dead, []


class Handover(NamedTuple):
    """What a function is to get; `again` says that its event source does not hear that it is done."""

    function: str
    batch: Sequence[Parcel]
    troubles: Sequence[Trouble] = ()
    again: bool = False

    def __repr__(self) -> str:
        return f"<{self.told(self.troubles)}>"

    def told(self, troubles: Sequence[Trouble]) -> str:
        """How it is told, with what came in between."""
        story = [f"{self.function} gets {', '.join(map(repr, self.batch))}", *map(repr, troubles)]
        return " and ".join([*story, *(["all of it comes again"] if self.again else [])])


class Strike(NamedTuple):
    """A trouble that came, and how many calls the invocation had made by then."""

    trouble: Trouble
    calls: int


@dataclass(frozen=True)
class Delivery:
    """What became of a batch: what failed, what came in between, and what was being worked on then."""

    batch: Sequence[Parcel]
    failed: set[Parcel]
    kinds: set[Kind]
    troubled: set[Parcel]

    @property
    def orders(self) -> set[Content]:
        """The orders in the batch."""
        return {parcel.about for parcel in self.batch if parcel.about}

    @property
    def blocked(self) -> set[Content]:
        """The orders that failed although nothing came in between, unless it ended the whole invocation."""
        failed = set() if self.kinds & DEADLY else self.failed - self.troubled
        return {parcel.about for parcel in failed if parcel.about}
