"""What can come in between at one of a function's calls to AWS."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from tests.support.wire import Moment, refusal, time_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Crash(BaseException):
    """The end of a function's process in the middle of its work; like that, no handler catches it."""


class Kind(enum.Enum):
    """What comes in between, as it is told."""

    DIES_BEFORE = "dies before"
    DIES_AFTER = "dies after"
    THROTTLED = "is throttled at"
    FAILED = "gets a 500 from"
    SILENCE = "does not get through to"
    ANSWER_LOST = "does not hear that AWS has done"
    SENT_TWICE = "hears nothing at first, and repeats,"
    OVERTAKEN = "is overtaken by another delivery before"
    ONE_REFUSED = "is refused one event of"


DEADLY: Final = frozenset({Kind.DIES_BEFORE, Kind.DIES_AFTER})
HARMLESS: Final = frozenset({Kind.SENT_TWICE, Kind.OVERTAKEN, Kind.ONE_REFUSED})

# Each function's calls to AWS. A workflow begins its work on an order with PutItem.
CALLS: Final[Mapping[str, tuple[str, ...]]] = {
    "orders": ("PutItem",),
    "intake": ("SendMessage",),
    "processor": ("PutItem",),
    "relay": ("PublishBatch",),
    "email": ("PutItem", "UpdateItem", "SendEmail", "DeleteItem"),
    "audit": ("PutItem",),
}

# Once the mail system has an e-mail, and until an UpdateItem has noted that, nothing can rule out a second one.
DOUBLING: Final = {
    *((kind, "SendEmail") for kind in (Kind.DIES_AFTER, Kind.ANSWER_LOST, Kind.SENT_TWICE)),
    *(
        (kind, "UpdateItem")
        for kind in (Kind.DIES_BEFORE, Kind.THROTTLED, Kind.FAILED, Kind.SILENCE)
    ),
}


class Trouble(NamedTuple):
    """Something that comes in between at the first, second ... call of an operation in an invocation."""

    kind: Kind
    operation: str
    number: int = 1

    def __repr__(self) -> str:
        return f"{self.kind.value} {self.operation}{f' number {self.number}' if self.number > 1 else ''}"

    @property
    def possible(self) -> bool:
        """Whether there is such a thing: a stream has one invocation at a time, and only a topic takes batches."""
        published = self.operation == "PublishBatch"
        return {Kind.OVERTAKEN: not published, Kind.ONE_REFUSED: published}.get(self.kind, True)

    @property
    def moment(self) -> Moment:
        """When it comes."""
        match self.kind:
            case Kind.SENT_TWICE:
                return Moment("answered", self.operation, self.number)
            case Kind.DIES_AFTER | Kind.ANSWER_LOST:
                return Moment("after", self.operation, self.number)
        return Moment("before", self.operation, self.number)

    def act(self, by_the_world: Mapping[Kind, Callable[[], Any]]) -> Any:
        """Let it come; what is no more than a fault on the line is done here."""
        acts: dict[Kind, Callable[[], Any]] = {
            Kind.DIES_BEFORE: _die,
            Kind.DIES_AFTER: _die,
            Kind.THROTTLED: lambda: refusal("ThrottlingException"),
            Kind.FAILED: lambda: refusal("InternalServerError", status=500),
            Kind.SILENCE: time_out,
            Kind.ANSWER_LOST: time_out,
            Kind.SENT_TWICE: lambda: 0,
            **by_the_world,
        }
        return acts[self.kind]()


def _die() -> NoReturn:
    raise Crash
