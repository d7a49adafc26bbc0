"""Messages of the order queue, as the processor parses them."""

import functools
from dataclasses import dataclass
from typing import Annotated

from pydantic_core import SchemaValidator

from handlers.common import exact_json
from handlers.common.constraints import Limits
from handlers.events.order_created import OrderCreated
from handlers.order.order import Order


@dataclass(frozen=True, kw_only=True)
class StoredFields:
    """Attributes of an order record that its event does not have."""

    status: str
    created_at: str
    expires_at: Annotated[int, Limits(strict=True)]
    request_id: str
    fingerprint: str
    priority: str | None = None


def queued_order(body: str) -> Order:
    """Return the order in a message; it can be stored, compared and published.

    Raises:
        ValueError: the body is not JSON, or not an order of the intake
            (pydantic_core.ValidationError).
        RecursionError: the body nests deeper than the interpreter allows.
    """
    record = exact_json.loads(body)
    _validator().validate_python(record)
    OrderCreated.of_stored_order(record)
    return Order(record)


@functools.cache
def _validator() -> SchemaValidator:
    from handlers.processor import schemas  # noqa: PLC0415 - it holds the class of this module

    return SchemaValidator(*schemas.STORED_FIELDS)
