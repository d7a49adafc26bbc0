"""An order: its identity, its fingerprint, the record in the orders table, and how it got there."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Self

from handlers.common import exact_json
from handlers.common.contract import iso_8601
from handlers.common.logs import Logger
from handlers.common.metrics import Metrics
from handlers.order.scope import scoped_order_id
from handlers.validation import amounts

PROCESSING: Final = "PROCESSING"

# Attributes that clients never see. They see every other one, and so a new field of the model.
INTERNAL_ATTRIBUTES: Final = frozenset({"correlationId", "expiresAt", "fingerprint", "requestId"})

# A fixed namespace: a key has the same orderId in every execution environment.
_IDEMPOTENCY_KEYS: Final = uuid.UUID("3f0a6f0e-6f0c-5d7b-8b53-0f2b6d0f7a55")


@dataclass(frozen=True)
class Order:
    """An order as the orders table stores it: attribute names to values."""

    record: Mapping[str, Any]

    @property
    def order_id(self) -> str:
        """The key in the table."""
        return str(self.record["orderId"])

    @property
    def client_order_id(self) -> str:
        """The ID that the client chose, where the key in the table is scoped to the caller."""
        return str(self.record.get("clientOrderId", self.order_id))

    @property
    def customer_id(self) -> str | None:
        """The customer's ID, if it is known."""
        return self.record.get("customerId")

    @property
    def correlation_id(self) -> str:
        """The ID that the client's logs and these share."""
        return str(self.record["correlationId"])

    @classmethod
    def from_request(
        cls,
        request: Mapping[str, Any],
        *,
        caller: str | None = None,
        principal: str | None = None,
        idempotency_key: str | None,
        request_id: str,
        correlation_id: str,
        retention_days: int,
        now: datetime | None = None,
    ) -> Self:
        """Return the order in a valid request; it expires after `retention_days`.

        The `request` is what the validator returns (`handlers/validation/validator.py`).

        A `caller` is an authenticated customer, to whom the order, the chosen orderId and the
        idempotency key belong. A `principal` is an API key or an IAM principal, to which the
        idempotency key belongs.
        """
        created = now or datetime.now(UTC)
        content = {**_content(request), **({"customerId": caller} if caller else {})}
        return cls(
            {
                **_identity(request["orderId"], idempotency_key, caller, principal),
                **content,
                "status": PROCESSING,
                "createdAt": iso_8601(created),
                "expiresAt": int((created + timedelta(days=retention_days)).timestamp()),
                "requestId": request_id,
                "correlationId": correlation_id,
                "fingerprint": _fingerprint(content),
            }
        )

    def same_content_as(self, other: "Order") -> bool:
        """Whether both have the same content; requests and times may differ."""
        return bool(self.record["fingerprint"] == other.record.get("fingerprint"))

    def same_request_as(self, other: "Order") -> bool:
        """Whether both came with one request."""
        return bool(self.record["requestId"] == other.record.get("requestId"))


@dataclass(frozen=True)
class StoreResult:
    """The stored order, and whether an earlier request or delivery had stored it."""

    order: Order
    replayed: bool

    def report(self, logger: Logger, metrics: Metrics) -> None:
        """Log the result, and count the order unless it is a replay."""
        record = self.order.record
        if self.replayed:
            logger.info("Duplicate order ignored", customerId=self.order.customer_id)
            return
        logger.info("Order stored", customerId=self.order.customer_id)
        metrics.add("OrdersProcessed")
        # A float is exact enough for a graph.
        value = float(record["totalAmount"])
        metrics.add("OrderValue", value, unit="None", currency=record["currency"])


def client_view(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored order without internal attributes, under the ID that the client chose."""
    view = {name: value for name, value in record.items() if name not in INTERNAL_ATTRIBUTES}
    client_order_id = view.pop("clientOrderId", None)
    return view if client_order_id is None else {**view, "orderId": client_order_id}


def _identity(
    order_id: str | None, idempotency_key: str | None, caller: str | None, principal: str | None
) -> dict[str, str]:
    if order_id and caller:
        return {"orderId": scoped_order_id(caller, order_id), "clientOrderId": order_id}
    if order_id:
        return {"orderId": order_id}
    # guard: key-decides-order-id
    if idempotency_key:
        key = _scoped_key(idempotency_key, caller, principal)
        return {"orderId": str(uuid.uuid5(_IDEMPOTENCY_KEYS, key))}
    return {"orderId": str(uuid.uuid4())}


def _scoped_key(key: str, caller: str | None, principal: str | None) -> str:
    # A key has no space, and a customer ID begins with none, so no two callers share a scoped key.
    if caller:
        return f"{key} {caller}"
    return f"{key}  {principal}" if principal else key


def _content(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the order's content: amounts calculated, absent fields omitted."""
    items = [
        {
            **_present(item),
            "price": _plain(item["price"]),
            "subtotal": _plain(amounts.subtotal(item)),
        }
        for item in request["items"]
    ]
    fields = {name: value for name, value in _present(request).items() if name != "orderId"}
    return {**fields, "items": items, "totalAmount": _plain(amounts.total(request["items"]))}


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are present; address lines of null are dropped by validation."""
    return {name: value for name, value in fields.items() if value is not None}


def _plain(amount: Decimal) -> Decimal:
    """Return `30` for `30.00` and `3E+1`, so that equal orders have equal fingerprints."""
    return Decimal(f"{amount.normalize():f}")


def _fingerprint(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(exact_json.dumps(_sorted(content)).encode()).hexdigest()


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(part) for part in value]
    return value
