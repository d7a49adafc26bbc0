"""The event contract as a core schema.

Computed from the dataclasses here; a bundle holds the result (infra/functions/bundle/computed.py).
"""

from typing import Final

from pydantic import ConfigDict

from handlers.common import core_schema
from handlers.events.order_created import EventItem, OrderCreated, camel_case

__all__ = ["ORDER_CREATED"]

# Unknown fields are ignored: a producer may be one version ahead of a consumer.
# Inputs are hidden in errors because they are customers' data, and errors end up in logs.
_CONFIG: Final = ConfigDict(alias_generator=camel_case, extra="ignore", hide_input_in_errors=True)

ORDER_CREATED: Final = core_schema.of_dataclass(OrderCreated, EventItem, config=_CONFIG)
