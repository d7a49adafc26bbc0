"""What an order of the order queue has besides its event, as a core schema.

Computed from the dataclass here; a bundle holds the result (infra/functions/bundle/computed.py).
"""

from typing import Final

from handlers.common import core_schema
from handlers.events.order_created import camel_case
from handlers.processor.message import StoredFields

__all__ = ["STORED_FIELDS"]

STORED_FIELDS: Final = core_schema.of_dataclass(StoredFields, json_name=camel_case)
