"""Order rules of a stack: from a `POST /orders` request to an order, or to all its violations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from pydantic_core import SchemaValidator, ValidationError

from handlers.common.logs import Logger
from handlers.common.metrics import Metrics
from handlers.http.callers import customer_from_token
from handlers.http.rejection import MAX_ERRORS, Rejection, Violation
from handlers.http.request import TOKEN, HttpRequest, unknown_parameters
from handlers.order.order import Order
from handlers.validation import messages, text
from handlers.validation.schemas import ITEM_FIELDS, ORDER_FIELDS
from handlers.validation.unknown_fields import without_excess
from handlers.validation.validator import request_validator

# In a violation's location; `itemId` is `productId` by then.
_FIELD_NAMES: Final = ORDER_FIELDS | ITEM_FIELDS - {"itemId"}


@dataclass(frozen=True, kw_only=True)
class OrderRules:
    """What a stack requires of orders.

    `customer_claim` is the token's claim with the customer ID; empty where callers have no token.
    """

    validator: SchemaValidator
    retention_days: int
    customer_claim: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the rules from a function's environment variables.

        Raises:
            KeyError: a variable is missing.
        """
        return cls(
            validator=request_validator(environment["CONTACT"]),
            retention_days=int(environment["ORDER_RETENTION_DAYS"]),
            customer_claim=environment["CUSTOMER_CLAIM"],
        )

    def parse_order(self, request: HttpRequest) -> Order:
        """Return the order in a request.

        Raises:
            ForbiddenError: the caller's token holds no customer ID.
            Rejection: as `HttpRequest.json`; 400, with all violations, for an invalid order.
        """
        caller = customer_from_token(request.claims, self.customer_claim)
        data, omitted = without_excess(request.json(), limit=MAX_ERRORS)
        violations = [
            *unknown_parameters(request.query),
            *_key_violations(request, data),
            *_caller_violations(caller, data),
        ]
        try:
            order_request = self.validator.validate_python(data)
        except ValidationError as error:
            entries = error.errors(include_url=False)
            omitted.update(map(_label, entries[MAX_ERRORS:]))
            raise Rejection.invalid(
                [*map(_violation, entries[:MAX_ERRORS]), *violations], omitted=omitted
            ) from None
        if violations:
            raise Rejection.invalid(violations)
        return Order.from_request(
            order_request,
            caller=caller,
            principal=request.principal,
            idempotency_key=idempotency_key(request),
            request_id=request.request_id,
            correlation_id=request.correlation_id,
            retention_days=self.retention_days,
        )


def report_received(request: HttpRequest, logger: Logger, metrics: Metrics) -> None:
    """Count a request before it is validated, and add its size to its log line."""
    logger.add(bodyBytes=len(request.body.encode(errors="replace")))
    metrics.add("OrdersReceived")


def idempotency_key(request: HttpRequest) -> str | None:
    """Return the client's `Idempotency-Key`, if it sent one."""
    return request.headers.get("idempotency-key")


def key_field(request: HttpRequest) -> str:
    """Return the field that identifies the order, for a response that names it."""
    return "Idempotency-Key" if idempotency_key(request) else "orderId"


def _key_violations(request: HttpRequest, data: Any) -> Iterator[Violation]:
    key = idempotency_key(request)
    if key is None:
        return
    if not TOKEN.fullmatch(key):
        yield Violation(
            "Idempotency-Key",
            "Must be 1 to 255 visible ASCII characters without commas, and sent once",
        )
    order_id = data.get("orderId") if isinstance(data, dict) else None  # null means absent
    # Two different keys would need two conditional writes (docs/adr/0004).
    if order_id is not None and order_id != key:
        yield Violation("Idempotency-Key", "Must equal orderId if both are sent")


def _caller_violations(caller: str | None, data: Any) -> Iterator[Violation]:
    if caller is None or not isinstance(data, dict):
        return
    customer_id = data.get("customerId")  # null means absent
    if customer_id is not None and text.trimmed(customer_id) != caller:
        yield Violation("customerId", "Must match the authenticated customer")


def _violation(entry: Mapping[str, Any]) -> Violation:
    return Violation(_path(messages.location(entry)), messages.message(entry), label=_label(entry))


def _label(entry: Mapping[str, Any]) -> str:
    """Return the path without what varies: `items[].quantity`, and `?` for an unknown name."""
    return _path(
        tuple(
            "[]" if isinstance(part, int) else part if part in _FIELD_NAMES else "?"
            for part in messages.location(entry)
        )
    )


def _path(location: tuple[int | str, ...]) -> str:
    """Write a location as clients do: `items[0].quantity`; the body itself is `body`."""
    parts = [
        f"[{part}]" if isinstance(part, int) else part if part == "[]" else f".{part}"
        for part in location
    ]
    return "".join(parts).removeprefix(".") or "body"
