"""On what terms a stack takes orders: from a request to an order, or to a rejection that names every violation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import ValidationError

from handlers.http import callers
from handlers.http.parameters import unknown_parameters
from handlers.http.request import TOKEN, HttpRequest
from handlers.order.order import Order
from handlers.validation import messages, text
from handlers.validation.model import FIELD_NAMES, REQUEST_MODELS, AnonymousOrderRequest
from handlers.validation.rejection import MAX_ERRORS, Rejection, Violation
from handlers.validation.unknown_fields import without_excess


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the stack decides about the orders that it takes."""

    model: type[AnonymousOrderRequest]
    retention_days: int
    customer_claim: str
    """The claim of a caller's token that is the customer's ID; empty where callers have no token."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Read the terms from a function's environment variables.

        Raises:
            KeyError: a variable is missing.
        """
        return cls(
            model=REQUEST_MODELS[environment["CONTACT"]],
            retention_days=int(environment["ORDER_RETENTION_DAYS"]),
            customer_claim=environment["CUSTOMER_CLAIM"],
        )

    def accept(self, request: HttpRequest) -> Order:
        """Return the order that a request asks for.

        Raises:
            Forbidden: the caller's token does not name a customer.
            Rejection: as `HttpRequest.json`, and 400, with all violations, for what is no order on these terms.
        """
        caller = callers.customer_of(request, self.customer_claim)
        data, omitted = without_excess(request.json())
        violations = [
            *unknown_parameters(request.query),
            *_key_violations(request, data),
            *_caller_violations(caller, data),
        ]
        try:
            order_request = self.model.model_validate(data)
        except ValidationError as error:
            entries = error.errors(include_url=False)
            omitted.update(map(_rule, entries[MAX_ERRORS:]))
            raise Rejection.invalid(
                [*map(_violation, entries[:MAX_ERRORS]), *violations], omitted=omitted
            ) from None
        if violations:
            raise Rejection.invalid(violations)
        return Order.accept(
            order_request,
            caller=caller,
            principal=request.principal,
            idempotency_key=idempotency_key(request),
            request_id=request.request_id,
            correlation_id=request.correlation_id,
            retention_days=self.retention_days,
        )


def idempotency_key(request: HttpRequest) -> str | None:
    """Return the client's `Idempotency-Key`, if it sent one."""
    return request.headers.get("idempotency-key")


def key_field(request: HttpRequest) -> str:
    """Return what the client calls the key that it sent, for an answer that speaks of it."""
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
    chosen = data.get("orderId") if isinstance(data, dict) else None  # null means absent here
    # Two keys that differ would need two conditional writes to be honoured both (docs/adr/0004).
    if chosen is not None and chosen != key:
        yield Violation(
            "Idempotency-Key", "Must be absent, or equal to orderId, when orderId is given"
        )


def _caller_violations(caller: str | None, data: Any) -> Iterator[Violation]:
    if caller is None or not isinstance(data, dict):
        return
    named = data.get("customerId")  # null means absent here
    if named is not None and text.trimmed(named) != caller:
        yield Violation("customerId", "Must be absent, or the caller's own")


def _violation(entry: Mapping[str, Any]) -> Violation:
    return Violation(_path(messages.location(entry)), messages.message(entry), rule=_rule(entry))


def _rule(entry: Mapping[str, Any]) -> str:
    return _path(_anonymous(messages.location(entry)))


def _anonymous(location: tuple[int | str, ...]) -> tuple[str, ...]:
    """Leave out what varies with the client: `items[0].quantity` is `items[].quantity`, an unknown name is `?`."""
    return tuple(
        [
            "[]" if isinstance(part, int) else part if part in FIELD_NAMES else "?"
            for part in location
        ]
    )


def _path(location: tuple[int | str, ...]) -> str:
    """Write a location as clients write it: `items[0].quantity`; the body itself is `body`."""
    parts = [
        f"[{part}]" if isinstance(part, int) else part if part == "[]" else f".{part}"
        for part in location
    ]
    return "".join(parts).removeprefix(".") or "body"
