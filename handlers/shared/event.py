"""The event contract: what the relay publishes and every workflow consumes."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from handlers.shared import exact_json
from handlers.shared.timestamps import iso_8601

ORDER_CREATED: Final = "ORDER_CREATED"

# A fixed namespace, so that an order's event has the same ID however often it is published.
_EVENTS: Final = uuid.UUID("8a3c1a56-2d0f-5a0e-9b6e-4f5a3f1f7c11")


class _Contract(BaseModel):
    # Unknown fields are ignored: a consumer must survive a producer that is one version ahead.
    # Inputs are hidden in errors because they are customers' data, and errors end up in logs.
    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel,
        serialize_by_alias=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )


class EventItem(_Contract):
    """One line of an order; amounts are in the order's currency."""

    product_id: str
    product_name: str | None = None
    quantity: int
    price: Decimal
    subtotal: Decimal


class OrderCreated(_Contract):
    """`ORDER_CREATED`, version 1.0: an order was stored.

    Name and e-mail address of the customer are absent only in stacks that take orders without them.
    """

    event_id: str
    event_type: Literal["ORDER_CREATED"]
    event_version: Literal["1.0"]
    order_id: str
    customer_id: str | None = None
    customer_name: str | None = None
    customer_email: str | None = None
    items: tuple[EventItem, ...]
    total_amount: Decimal
    currency: str
    created_at: AwareDatetime
    correlation_id: str

    @classmethod
    def of_stored_order(cls, order: Mapping[str, Any]) -> Self:
        """Return the event of an order as it lies in the Orders table.

        Raises:
            pydantic.ValidationError: the record is not an order.
        """
        identity = f"{ORDER_CREATED}/{order.get('orderId')}/{order.get('createdAt')}"
        envelope = {
            "eventId": str(uuid.uuid5(_EVENTS, identity)),
            "eventType": ORDER_CREATED,
            "eventVersion": "1.0",
        }
        return cls.model_validate({**order, **envelope})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the event that a message's body holds.

        Raises:
            ValueError: the body is not JSON, or not an event of this version (pydantic.ValidationError).
            RecursionError: the body nests deeper than the interpreter allows.
        """
        return cls.model_validate(exact_json.loads(text))

    def to_json(self) -> str:
        """Return the event as the JSON text that is published; absent fields are left out."""
        return exact_json.dumps({**self.model_dump(exclude_none=True), "createdAt": iso_8601(self.created_at)})
