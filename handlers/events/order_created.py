"""The event contract: `ORDER_CREATED`, which the relay publishes and workflows consume."""

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from handlers.common import exact_json
from handlers.common.contract import LONGEST_ID, iso_8601

ORDER_CREATED: Final = "ORDER_CREATED"

# A fixed namespace: an order's event always has the same ID.
_EVENTS: Final = uuid.UUID("8a3c1a56-2d0f-5a0e-9b6e-4f5a3f1f7c11")

# Characters that SNS and SQS refuse in a message, and JSON can escape.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_NOT_FOR_QUEUES: Final = re.compile("[\ufffe\uffff]")

# Limits at or above those of the API: an event beyond them does not come from an order. They keep
# the cost of a message in proportion to its size.
_LONGEST_TEXT: Final = 10 * 1024
_MOST_ITEMS: Final = 100
# The digits of a DynamoDB number. Python takes half a minute to convert 1e9999999 to an integer.
_MOST_DIGITS: Final = 38


def _number(value: Any) -> Any:
    """Accept numbers that DynamoDB can store; strings and booleans are not numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value) if abs(value) < 10**_MOST_DIGITS else Decimal("NaN")
    if not isinstance(value, Decimal) or not value.is_finite():
        raise ValueError("Must be a number")
    _, digits, exponent = value.as_tuple()
    if len(digits) > _MOST_DIGITS or not -_MOST_DIGITS <= int(exponent) <= _MOST_DIGITS - len(
        digits
    ):
        raise ValueError(f"Must have at most {_MOST_DIGITS} digits")
    return value


def _time(value: Any) -> Any:
    """Accept a string or a time; a number is not a time."""
    if not isinstance(value, str | datetime):
        raise ValueError("Must be a time in ISO 8601")  # noqa: TRY004 - pydantic reports it
    return value


_Id = Annotated[str, Field(max_length=LONGEST_ID)]
_Text = Annotated[str, Field(max_length=_LONGEST_TEXT)]
_Amount = Annotated[Decimal, BeforeValidator(_number)]
_Quantity = Annotated[int, BeforeValidator(_number)]
# Python can represent these times in every offset from UTC.
_Time = Annotated[
    AwareDatetime,
    BeforeValidator(_time),
    Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC)),
]


class _Contract(BaseModel):
    # Unknown fields are ignored: a producer may be one version ahead of a consumer.
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

    product_id: _Id
    product_name: _Text | None = None
    quantity: _Quantity
    price: _Amount
    subtotal: _Amount


class OrderCreated(_Contract):
    """`ORDER_CREATED`, version 1.0: an order was stored.

    The customer's name and email address may be absent with `contact: optional` only.
    """

    event_id: _Id
    event_type: Literal["ORDER_CREATED"]
    event_version: Literal["1.0"]
    order_id: _Id
    client_order_id: _Id | None = None
    """The ID that the customer chose, where `order_id` is scoped to the customer."""

    customer_id: _Id | None = None
    customer_name: _Id | None = None
    customer_email: _Id | None = None
    items: Annotated[tuple[EventItem, ...], Field(max_length=_MOST_ITEMS)]
    total_amount: _Amount
    currency: _Id
    created_at: _Time
    correlation_id: _Id

    @property
    def known_order_id(self) -> str:
        """The ID that the customer chose, else the generated one."""
        return self.client_order_id or self.order_id

    @classmethod
    def of_stored_order(cls, order: Mapping[str, Any]) -> Self:
        """Return the event of a record of the orders table.

        Raises:
            pydantic.ValidationError: the record is not an order.
        """
        identity = f"{ORDER_CREATED}/{order.get('orderId')}/{order.get('createdAt')}"
        envelope = {
            # guard: event-id-from-order
            "eventId": str(uuid.uuid5(_EVENTS, identity)),
            "eventType": ORDER_CREATED,
            "eventVersion": "1.0",
        }
        return cls.model_validate({**order, **envelope})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the event in a message's body.

        Raises:
            ValueError: not JSON, or not an event of this version (pydantic.ValidationError).
            RecursionError: the body nests deeper than the interpreter allows.
        """
        return cls.model_validate(exact_json.loads(text))

    def to_json(self) -> str:
        """Return the JSON text to publish; absent fields are omitted."""
        text = exact_json.dumps(
            {**self.model_dump(exclude_none=True), "createdAt": iso_8601(self.created_at)}
        )
        return _NOT_FOR_QUEUES.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
