"""Messages of the order queue, as the processor parses them."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from handlers.common import exact_json
from handlers.events.order_created import OrderCreated
from handlers.order.order import Order


class _StoredFields(BaseModel):
    """Attributes of an order record that its event does not have."""

    # Inputs are hidden in errors because they are customers' data, and errors end up in logs.
    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, strict=True, extra="ignore", hide_input_in_errors=True
    )

    status: str
    created_at: str
    expires_at: int
    request_id: str
    fingerprint: str
    priority: str | None = None


def queued_order(body: str) -> Order:
    """Return the order in a message; it can be stored, compared and published.

    Raises:
        ValueError: the body is not JSON, or not an order of the intake (pydantic.ValidationError).
        RecursionError: the body nests deeper than the interpreter allows.
    """
    record = exact_json.loads(body)
    _StoredFields.model_validate(record)
    OrderCreated.of_stored_order(record)
    return Order(record)
