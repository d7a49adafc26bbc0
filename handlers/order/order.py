"""An order that was accepted: its identity, its fingerprint, and the record that is stored."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Self

from handlers.common import exact_json
from handlers.common.timestamps import iso_8601
from handlers.order.scope import scoped_order_id

if TYPE_CHECKING:
    # The model is slow to import, and a function that only reads orders has no use for it.
    from handlers.validation.model import AnonymousOrderRequest

PROCESSING: Final = "PROCESSING"

# The attributes of a record that clients never see. They may read every other one, so that a new field of the order's
# model is in the responses as well.
INTERNAL_ATTRIBUTES: Final = frozenset({"correlationId", "expiresAt", "fingerprint", "requestId"})

# A fixed namespace, so that a key leads to the same orderId in every execution environment.
_IDEMPOTENCY_KEYS: Final = uuid.UUID("3f0a6f0e-6f0c-5d7b-8b53-0f2b6d0f7a55")


@dataclass(frozen=True)
class Order:
    """An order as it lies in the Orders table: attribute names to values."""

    record: Mapping[str, Any]

    @property
    def order_id(self) -> str:
        """The key in the table."""
        return str(self.record["orderId"])

    @property
    def client_order_id(self) -> str:
        """The ID that the client knows: the one that it chose, where the key in the table is scoped to the caller."""
        return str(self.record.get("clientOrderId", self.order_id))

    @property
    def customer_id(self) -> str | None:
        """Whose order it is, where that is known."""
        return self.record.get("customerId")

    @property
    def correlation_id(self) -> str:
        """By which the client's and our logs are brought together."""
        return str(self.record["correlationId"])

    @classmethod
    def accept(
        cls,
        request: "AnonymousOrderRequest",
        *,
        caller: str | None = None,
        principal: str | None = None,
        idempotency_key: str | None,
        request_id: str,
        correlation_id: str,
        retention_days: int,
        now: datetime | None = None,
    ) -> Self:
        """Return the order that a valid request asks for; `retention_days` says when DynamoDB may delete it.

        A `caller` is a customer who proved to be one: the order is theirs, and so are the orderId that they choose and
        the idempotency key. A `principal` is an API key or an IAM principal: the idempotency key is theirs.
        """
        created = now or datetime.now(UTC)
        content = {**_content(request), **({"customerId": caller} if caller else {})}
        return cls(
            {
                **_identity(request.order_id, idempotency_key, caller, principal),
                **content,
                "status": PROCESSING,
                "createdAt": iso_8601(created),
                "expiresAt": int((created + timedelta(days=retention_days)).timestamp()),
                "requestId": request_id,
                "correlationId": correlation_id,
                "fingerprint": _fingerprint(content),
            }
        )

    def has_content_of(self, other: "Order") -> bool:
        """Whether both ask for the same thing, whenever and by whichever request they came."""
        return bool(self.record["fingerprint"] == other.record.get("fingerprint"))

    def came_with_request_of(self, other: "Order") -> bool:
        """Whether one request carried both."""
        return bool(self.record["requestId"] == other.record.get("requestId"))


def known_to_clients(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what clients see of a stored order, under the ID that they know."""
    visible = {name: value for name, value in record.items() if name not in INTERNAL_ATTRIBUTES}
    chosen = visible.pop("clientOrderId", None)
    return visible if chosen is None else {**visible, "orderId": chosen}


def _identity(
    chosen: str | None, idempotency_key: str | None, caller: str | None, principal: str | None
) -> dict[str, str]:
    if chosen and caller:
        return {"orderId": scoped_order_id(caller, chosen), "clientOrderId": chosen}
    if chosen:
        return {"orderId": chosen}
    # guard: key-decides-order-id
    if idempotency_key:
        return {
            "orderId": str(
                uuid.uuid5(_IDEMPOTENCY_KEYS, _scoped_key(idempotency_key, caller, principal))
            )
        }
    return {"orderId": str(uuid.uuid4())}


def _scoped_key(key: str, caller: str | None, principal: str | None) -> str:
    # A key holds no space, and a customer's ID begins with none. So no two callers have one scoped key.
    if caller:
        return f"{key} {caller}"
    return f"{key}  {principal}" if principal else key


def _content(request: "AnonymousOrderRequest") -> dict[str, Any]:
    """Return what the client ordered, amounts filled in, absent fields left out."""
    fields = request.model_dump(exclude={"order_id", "items", "total_amount"}, exclude_none=True)
    items = [
        {
            **item.model_dump(exclude_none=True),
            "price": _plain(item.price),
            "subtotal": _plain(item.amount),
        }
        for item in request.items
    ]
    return {**fields, "items": items, "totalAmount": _plain(request.total)}


def _plain(amount: Decimal) -> Decimal:
    """Write equal amounts alike, `30` for `30.00` and `3E+1`, so that equal orders have equal fingerprints."""
    return Decimal(f"{amount.normalize():f}")


def _fingerprint(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(exact_json.dumps(_sorted(content)).encode()).hexdigest()


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(part) for part in value]
    return value
