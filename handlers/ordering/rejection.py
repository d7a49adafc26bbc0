"""Why a request was not accepted, in the words of the API's error contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Violation:
    """One broken rule, in words that hold nothing of the value that broke it.

    `field` is written as the client wrote it; `rule` names it in logs and metrics, without an item's index and
    without names that a client made up, which could be anything.
    """

    field: str
    message: str
    rule: str = ""

    @property
    def reported(self) -> str:
        """The name for logs and metrics."""
        return self.rule or self.field

    def as_error(self) -> dict[str, str]:
        """Return the entry in an answer's `errors`."""
        return {"field": self.field, "message": self.message}


class Rejection(Exception):  # noqa: N818 - a refused request is an answer, not an error of ours
    """The request is answered with a status of 400 or above, and nothing is stored."""

    def __init__(self, status: int, error: str, violations: Sequence[Violation] = ()) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.violations = tuple(violations)

    @classmethod
    def invalid(cls, violations: Sequence[Violation]) -> Self:
        """Return the answer to a request that breaks rules of the contract."""
        return cls(400, "Validation failed", violations)

    @classmethod
    def conflict(cls, field: str) -> Self:
        """Return the answer to an idempotency key, or orderId, that was used for another order."""
        return cls(409, "Conflict", [Violation(field, "Was already used for an order with other content")])


class Unavailable(Exception):  # noqa: N818 - as above: the client is asked to come again
    """A dependency cannot be used at the moment; the same request may succeed later."""
