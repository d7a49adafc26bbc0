"""The smoke test of a deployed stack: one synthetic order from the API to email and audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orderctl.stack import Stack


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


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step that the order has passed, and the seconds since its request."""

    name: str
    seconds: float
    detail: str = ""


class SmokeTestError(UserError):
    """A step failed; the sentence names it, and what to look at. All is cleaned up by then."""

    def __init__(self, step: str, sentence: str) -> None:
        super().__init__(sentence)
        self.step = step


def run(
    target: Stack, options: SmokeOptions, report: Callable[[Step], None] = lambda _: None
) -> Sequence[Step]:
    """Send a synthetic order through a stack, report each step, and remove the order again.

    Raises:
        SmokeTestError: a step failed, or its time was up.
        UserError: the stack cannot be tested, such as without a token.
    """
    raise NotImplementedError
