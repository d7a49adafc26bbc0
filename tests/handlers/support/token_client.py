"""The API of a stack whose callers have tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.lookups import get_order, get_orders, with_token
from tests.support.requests import http_request

if TYPE_CHECKING:
    from types import ModuleType

    from tests.support.mock_account import ApiResponse, MockAccount


class TokenClient:
    """A client with tokens, whose claim `sub` is the customer's ID."""

    def __init__(self, account: MockAccount) -> None:
        self.account = account
        self._functions = {name: self._load(name) for name in ("orders", "intake")}
        self._lookup = self._load("lookup")

    def _load(self, name: str) -> ModuleType:
        return self.account.functions.load(name, {"CUSTOMER_CLAIM": "sub"})

    def post(
        self,
        claims: dict[str, Any] | None,
        order: Any,
        *,
        key: str | None = None,
        function: str = "orders",
    ) -> ApiResponse:
        """Send an order; `function` is `orders` or `intake`."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.account.send(
            with_token(http_request(order, headers=headers), claims), self._functions[function]
        )

    def order(self, claims: dict[str, Any] | None, order_id: str) -> ApiResponse:
        """Look an order up."""
        return self.account.send(
            get_order(order_id, claims=claims).through_http_api(), self._lookup
        )

    def orders(
        self, claims: dict[str, Any] | None, customer_id: str, **parameters: Any
    ) -> ApiResponse:
        """Look a customer's orders up."""
        request = get_orders(customer_id, claims=claims, **parameters)
        return self.account.send(request.through_http_api(), self._lookup)
