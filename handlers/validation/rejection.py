"""Why a request was not accepted, in the words of the API's error contract."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self

# A client that fixes these sees the others next. Without a limit, a response could be ten times as large as a request.
MAX_ERRORS: Final = 100


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
    """The request is answered with a status of 400 or above, and nothing is stored.

    `omitted` counts violations that are not among `violations`, by the name that they are reported under.
    """

    def __init__(
        self,
        status: int,
        error: str,
        violations: Sequence[Violation] = (),
        *,
        omitted: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.violations = tuple(violations)
        self.omitted = omitted

    @classmethod
    def invalid(
        cls, violations: Sequence[Violation], *, omitted: Mapping[str, int] = MappingProxyType({})
    ) -> Self:
        """Return the answer to a request that breaks rules of the contract."""
        return cls(400, "Validation failed", violations, omitted=omitted)

    @property
    def total(self) -> int:
        """How many violations there are."""
        return len(self.violations) + sum(self.omitted.values())

    def errors(self) -> list[dict[str, str]]:
        """Return the `errors` of the response: the first violations, and how many more there are."""
        shown = [violation.as_error() for violation in self.violations[:MAX_ERRORS]]
        more = self.total - len(shown)
        return [*shown, {"field": "body", "message": f"…and {more} more"}] if more else shown

    def counts(self) -> Counter[str]:
        """Return how many violations there are of each rule, by the name that they are reported under."""
        return Counter(violation.reported for violation in self.violations) + Counter(self.omitted)

    @classmethod
    def conflict(cls, field: str) -> Self:
        """Return the answer to an idempotency key, or orderId, that was used for another order."""
        return cls(
            409, "Conflict", [Violation(field, "Was already used for an order with other content")]
        )


class Unavailable(Exception):  # noqa: N818 - as above: the client is asked to come again
    """A dependency cannot be used at the moment; the same request may succeed later."""
