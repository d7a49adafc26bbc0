"""Pagination: the query parameters `limit` and `nextToken`, and a page of orders."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from handlers.http.rejection import Rejection, Violation
from handlers.http.request import unknown_parameters
from handlers.order.scope import STORED_ORDER_ID

DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 100
_LIMIT: Final = re.compile(r"[1-9][0-9]{0,2}")

# `createdAt` as `iso_8601` writes it, and the key of an order.
_CURSOR: Final = re.compile(
    rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9:.]{{12}}Z) ({STORED_ORDER_ID})"
)


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """A position in a customer's list. It does not hold the customer, so it opens no other list."""

    created_at: str
    order_id: str

    @classmethod
    def parse(cls, token: str) -> Self:
        """Return the cursor in a `nextToken`.

        Raises:
            ValueError: the token is not valid.
        """
        # base64 and decode() raise a ValueError themselves.
        padding = "=" * (-len(token) % 4)
        plain = base64.b64decode(token + padding, altchars=b"-_", validate=True).decode()
        if not (match := _CURSOR.fullmatch(plain)):
            raise ValueError("The token holds no cursor")
        return cls(created_at=match[1], order_id=match[2])

    @property
    def token(self) -> str:
        """The cursor in characters that no URL escapes, and hence without padding."""
        plain = f"{self.created_at} {self.order_id}".encode()
        return base64.urlsafe_b64encode(plain).decode().rstrip("=")


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """The size of a page, and the cursor after which it begins; None is the first page."""

    limit: int
    after: Cursor | None

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """Return the page that a query string requests.

        Raises:
            Rejection: 400, with all violations.
        """
        limit, token = query.get("limit", str(DEFAULT_LIMIT)), query.get("nextToken")
        violations = unknown_parameters(query, {"limit", "nextToken"})
        if not _LIMIT.fullmatch(limit) or int(limit) > MAX_LIMIT:
            violations.append(Violation("limit", f"Must be an integer from 1 to {MAX_LIMIT}"))
        try:
            after = None if token is None else Cursor.parse(token)
        except ValueError:
            violations.append(
                Violation("nextToken", "Must be a nextToken returned by a previous response")
            )
        if violations:
            raise Rejection.invalid(violations)
        return cls(limit=int(limit), after=after)


def reject_query_parameters(query: Mapping[str, str]) -> None:
    """Reject every query parameter.

    Raises:
        Rejection: 400, with every parameter.
    """
    if violations := unknown_parameters(query):
        raise Rejection.invalid(violations)


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some of a customer's orders; `last` is the cursor after which there may be more."""

    orders: list[dict[str, Any]]
    last: Cursor | None
