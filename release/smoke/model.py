"""The smoke test's options, steps and failures, and where the runbook describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderctl.timeline import Timeline

ACCEPTED: Final = "accepted"
REPLAYED: Final = "replayed"
STORED: Final = "stored"
PUBLISHED: Final = "published"
EMAILED: Final = "emailed"
AUDITED: Final = "audited"
STOREFRONT: Final = "storefront"
REMOVED: Final = "removed"

# Steps of `orderctl show`, and the step after which the time of each begins.
FOLLOWS: Final[Mapping[str, str]] = {
    STORED: ACCEPTED,
    PUBLISHED: STORED,
    EMAILED: PUBLISHED,
    AUDITED: PUBLISHED,
}

# Where a failed step is described.
RUNBOOK: Final[Mapping[str, str]] = {
    ACCEPTED: "docs/operations.md#api-server-errors",
    REPLAYED: "docs/operations.md#function-errors",
    STORED: "docs/operations.md#failed-messages",
    PUBLISHED: "docs/operations.md#stream-iterator-age",
    EMAILED: "docs/operations.md#confirmations-that-are-not-sent",
    AUDITED: "docs/operations.md#failed-messages",
    STOREFRONT: "docs/order-form.md#what-its-deployment-adds",
    REMOVED: "docs/smoke-test.md#what-it-removes",
}


@dataclass(frozen=True, kw_only=True)
class SmokeOptions:
    """How a stack is tested."""

    timeout_seconds: float = 90.0
    """The longest time for each step: cold starts, batching windows, and one retry of the API."""
    credential: str | None = None
    """The token (`auth: jwt`) or API key (`auth: apiKey`); None to read a key from API Gateway."""
    recipient: str | None = None
    """The address of the confirmation; None for the SES mailbox simulator, or the SMTP sender."""
    stack_option: str = ""
    """How the failure's `orderctl` command names the stack, such as `--stack prod`."""
    keep: bool = False
    """Whether the order stays."""
    storefront_seconds: float = 300.0
    """The longest time for the storefront: CloudFront distributes a new distribution in minutes."""
    poll_seconds: float = 1.0
    """The pause before tables are read again."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step that the order has passed, and the seconds since its request."""

    name: str
    seconds: float
    detail: str = ""


class SmokeTestError(UserError):
    """A step failed; the sentences name it, and what to look at."""

    def __init__(self, step: str, sentence: str, order: Timeline | None = None) -> None:
        super().__init__(sentence)
        self.step = step
        self.order = order
        """The order's timeline before it was removed."""

    def followed_by(self, sentence: str) -> Self:
        """Return the error with another sentence."""
        return type(self)(self.step, f"{self} {sentence}", self.order)
