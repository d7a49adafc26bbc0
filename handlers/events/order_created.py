"""The event contract: `ORDER_CREATED`, which the relay publishes and workflows consume."""

import functools
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self, cast

from pydantic_core import SchemaValidator

from handlers.common import exact_json
from handlers.common.constraints import Before, Limits
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


def number(value: Any) -> Any:
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


def time(value: Any) -> Any:
    """Accept a string or a time; a number is not a time."""
    if not isinstance(value, str | datetime):
        raise ValueError("Must be a time in ISO 8601")  # noqa: TRY004 - validation reports it
    return value


_Id = Annotated[str, Limits(max_length=LONGEST_ID)]
_Text = Annotated[str, Limits(max_length=_LONGEST_TEXT)]
_Amount = Annotated[Decimal, Before(number)]
_Quantity = Annotated[int, Before(number)]
# Python can represent these times in every offset from UTC.
_Time = Annotated[
    datetime,
    Limits(
        tz_constraint="aware",
        ge=datetime(1970, 1, 1, tzinfo=UTC),
        lt=datetime(9999, 1, 1, tzinfo=UTC),
    ),
    Before(time),
]


@dataclass(frozen=True, kw_only=True)
class EventItem:
    """One line of an order; amounts are in the order's currency."""

    product_id: _Id
    product_name: _Text | None = None
    quantity: _Quantity
    price: _Amount
    subtotal: _Amount

    def fields(self) -> dict[str, Any]:
        """Return the fields that are present, under their names in JSON."""
        return _fields(self)


@dataclass(frozen=True, kw_only=True)
class OrderCreated:
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
    items: Annotated[tuple[EventItem, ...], Limits(max_length=_MOST_ITEMS)]
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
            pydantic_core.ValidationError: the record is not an order.
        """
        identity = f"{ORDER_CREATED}/{order.get('orderId')}/{order.get('createdAt')}"
        envelope = {
            # guard: event-id-from-order
            "eventId": str(uuid.uuid5(_EVENTS, identity)),
            "eventType": ORDER_CREATED,
            "eventVersion": "1.0",
        }
        return cls._validated({**order, **envelope})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the event in a message's body.

        Raises:
            ValueError: not JSON, or not an event of this version (pydantic_core.ValidationError).
            RecursionError: the body nests deeper than the interpreter allows.
        """
        return cls._validated(exact_json.loads(text))

    def to_json(self) -> str:
        """Return the JSON text to publish; absent fields are omitted."""
        fields = {
            **_fields(self),
            "items": [item.fields() for item in self.items],
            "createdAt": iso_8601(self.created_at),
        }
        text = exact_json.dumps(fields)
        return _NOT_FOR_QUEUES.sub(lambda match: f"\\u{ord(match[0]):04x}", text)

    @classmethod
    def _validated(cls, content: Any) -> Self:
        return cast("Self", _validator().validate_python(content))


def camel_case(name: str) -> str:
    """Return the name in JSON of a field: `orderId` for `order_id`."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


# The names in JSON are the same for every event.
_json_name: Final = functools.cache(camel_case)


def _fields(part: OrderCreated | EventItem) -> dict[str, Any]:
    return {_json_name(name): value for name, value in vars(part).items() if value is not None}


@functools.cache
def _validator() -> SchemaValidator:
    from handlers.events import schemas  # noqa: PLC0415 - it holds the classes of this module

    return SchemaValidator(*schemas.ORDER_CREATED)
