"""The event contract as a core schema.

Computed from the dataclasses here; a bundle holds the result (infra/functions/bundle/computed.py).
"""

from typing import Final

from handlers.common import core_schema
from handlers.events.order_created import EventItem, OrderCreated, camel_case

__all__ = ["ORDER_CREATED"]

ORDER_CREATED: Final = core_schema.of_dataclass(OrderCreated, EventItem, json_name=camel_case)
