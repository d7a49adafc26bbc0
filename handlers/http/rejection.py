"""Rejected requests: status, error and violations, as in the API's error responses."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self

MAX_BODY_BYTES: Final = 10 * 1024

# Without a limit, a response could be ten times as large as its request. A client that fixes
# these sees the next ones.
MAX_ERRORS: Final = 100


@dataclass(frozen=True)
class Violation:
    """One violated rule; the message holds nothing of the client's value.

    `field` is the path as the client wrote it. `label` replaces it in logs and metrics where it
    holds an index or a name that the client made up.
    """

    field: str
    message: str
    label: str = ""

    @property
    def metric_label(self) -> str:
        """The field's name in logs and metrics."""
        return self.label or self.field

    def as_error(self) -> dict[str, str]:
        """Return the entry in a response's `errors`."""
        return {"field": self.field, "message": self.message}


class Rejection(Exception):  # noqa: N818 - a client's mistake is no error of this software
    """The response has a 4xx status, and nothing is stored.

    `omitted` counts violations that are not among `violations`, by metric label.
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
        """Return a 400."""
        return cls(400, "Validation failed", violations, omitted=omitted)

    @classmethod
    def too_large(cls) -> Self:
        """Return a 413."""
        message = f"Must be at most {MAX_BODY_BYTES} bytes"
        return cls(413, "Payload too large", [Violation("body", message)])

    @classmethod
    def unsupported_media_type(cls, message: str) -> Self:
        """Return a 415."""
        return cls(415, "Unsupported media type", [Violation("Content-Type", message)])

    @classmethod
    def conflict(cls, field: str) -> Self:
        """Return a 409: another order has this idempotency key or orderId."""
        return cls(
            409,
            "Conflict",
            [Violation(field, "Was already used for an order with different content")],
        )

    @property
    def total(self) -> int:
        """The number of violations."""
        return len(self.violations) + sum(self.omitted.values())

    def errors(self) -> list[dict[str, str]]:
        """Return the `errors` of the response: the first violations, and the number of others."""
        errors = [violation.as_error() for violation in self.violations[:MAX_ERRORS]]
        more = self.total - len(errors)
        return [*errors, {"field": "body", "message": f"…and {more} more"}] if more else errors

    def counts(self) -> Counter[str]:
        """Return the number of violations by metric label."""
        labels = (violation.metric_label for violation in self.violations)
        return Counter(labels) + Counter(self.omitted)
