"""What the query string of a lookup may ask for: which page of a customer's orders."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from handlers.http.parameters import unknown_parameters
from handlers.order.scope import STORED_ORDER_ID
from handlers.validation.rejection import Rejection, Violation

_DEFAULT_LIMIT: Final = "20"
_LIMIT: Final = re.compile(r"[1-9][0-9]?|100")

# `createdAt` as `handlers.common.timestamps` writes it, and the key of an order.
_POSITION: Final = re.compile(
    rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9:.]{{12}}Z) ({STORED_ORDER_ID})"
)


@dataclass(frozen=True, kw_only=True)
class Position:
    """An order's place among its customer's; the customer is not part of it, so no token opens another's list."""

    created_at: str
    order_id: str

    @classmethod
    def parse(cls, token: str) -> Self:
        """Return the position that a token stands for.

        Raises:
            ValueError: no position has this token.
        """
        # What is neither base64 nor UTF-8 is a ValueError already.
        plain = base64.b64decode(
            token + "=" * (-len(token) % 4), altchars=b"-_", validate=True
        ).decode()
        if not (found := _POSITION.fullmatch(plain)):
            raise ValueError("The token holds no position")
        return cls(created_at=found[1], order_id=found[2])

    @property
    def token(self) -> str:
        """The position in characters that no URL escapes, and hence without padding."""
        return (
            base64.urlsafe_b64encode(f"{self.created_at} {self.order_id}".encode())
            .decode()
            .rstrip("=")
        )


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """How many orders a page may hold, and after which of them it begins: after none, with the newest."""

    limit: int
    after: Position | None

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """Return the page that a query string asks for.

        Raises:
            Rejection: 400, with all violations.
        """
        limit, token = query.get("limit", _DEFAULT_LIMIT), query.get("nextToken")
        violations = unknown_parameters(query, {"limit", "nextToken"})
        if not _LIMIT.fullmatch(limit):
            violations.append(Violation("limit", "Must be an integer from 1 to 100"))
        try:
            after = None if token is None else Position.parse(token)
        except ValueError:
            violations.append(
                Violation("nextToken", "Must be absent, or as an earlier answer gave it")
            )
        if violations:
            raise Rejection.invalid(violations)
        return cls(limit=int(limit), after=after)


def refuse_any(query: Mapping[str, str]) -> None:
    """Let nothing pass where there is nothing to ask for.

    Raises:
        Rejection: 400, with every parameter.
    """
    if violations := unknown_parameters(query):
        raise Rejection.invalid(violations)
