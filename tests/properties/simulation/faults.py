"""Faults at the calls that a function makes to AWS."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from tests.support.connection import InjectionPoint, error_response, time_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Crash(BaseException):
    """The end of a function's process; no handler catches it."""


class FaultKind(enum.Enum):
    """A kind of fault, as a run prints it."""

    CRASH_BEFORE = "a crash before"
    CRASH_AFTER = "a crash after"
    THROTTLED = "throttling of"
    FAILED = "a 500 from"
    TIMEOUT = "a timeout of"
    RESPONSE_LOST = "a lost response of"
    RETRIED = "a retry of"
    CONCURRENT = "a concurrent delivery before"
    ONE_REFUSED = "one refused entry of"


CRASHES: Final = frozenset({FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER})
HARMLESS: Final = frozenset({FaultKind.RETRIED, FaultKind.CONCURRENT, FaultKind.ONE_REFUSED})

# Each function's calls of AWS. A workflow begins with one call for all orders of its batch.
CALLS: Final[Mapping[str, tuple[str, ...]]] = {
    "orders": ("PutItem",),
    "intake": ("SendMessage",),
    "processor": ("PutItem",),
    "relay": ("PublishBatch",),
    "email": ("BatchExecuteStatement", "UpdateItem", "SendEmail", "DeleteItem"),
    "audit": ("BatchExecuteStatement",),
}

# Calls that are about several orders: each entry succeeds or fails by itself.
BATCHES: Final = ("PublishBatch", "BatchExecuteStatement")

# After SES has accepted an email, and until an UpdateItem has completed its record, these faults
# lead to a second one.
DUPLICATES_EMAIL: Final = {
    *(
        (kind, "SendEmail")
        for kind in (FaultKind.CRASH_AFTER, FaultKind.RESPONSE_LOST, FaultKind.RETRIED)
    ),
    *(
        (kind, "UpdateItem")
        for kind in (
            FaultKind.CRASH_BEFORE,
            FaultKind.THROTTLED,
            FaultKind.FAILED,
            FaultKind.TIMEOUT,
        )
    ),
}


class Fault(NamedTuple):
    """A fault at an invocation's n-th call of an operation."""

    kind: FaultKind
    operation: str
    number: int = 1

    def __repr__(self) -> str:
        number = f" number {self.number}" if self.number > 1 else ""
        return f"{self.kind.value} {self.operation}{number}"

    @property
    def possible(self) -> bool:
        """Whether AWS can cause it: a stream has no concurrent deliveries, only batches entries."""
        possible = {
            FaultKind.CONCURRENT: self.operation != "PublishBatch",
            FaultKind.ONE_REFUSED: self.operation in BATCHES,
        }
        return possible.get(self.kind, True)

    @property
    def point(self) -> InjectionPoint:
        """The point at which it is injected."""
        match self.kind:
            case FaultKind.RETRIED:
                return InjectionPoint("response", self.operation, self.number)
            case FaultKind.CRASH_AFTER | FaultKind.RESPONSE_LOST:
                return InjectionPoint("after", self.operation, self.number)
        return InjectionPoint("before", self.operation, self.number)

    def cause(self, simulated: Mapping[FaultKind, Callable[[], Any]]) -> Any:
        """Cause the fault; `simulated` has the actions for faults beyond the connection."""
        actions: dict[FaultKind, Callable[[], Any]] = {
            FaultKind.CRASH_BEFORE: _crash,
            FaultKind.CRASH_AFTER: _crash,
            FaultKind.THROTTLED: lambda: error_response("ThrottlingException"),
            FaultKind.FAILED: lambda: error_response("InternalServerError", status=500),
            FaultKind.TIMEOUT: time_out,
            FaultKind.RESPONSE_LOST: time_out,
            FaultKind.RETRIED: lambda: 0,
            **simulated,
        }
        return actions[self.kind]()


def _crash() -> NoReturn:
    raise Crash
