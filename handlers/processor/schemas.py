"""What an order of the order queue has besides its event, as a core schema.

Computed from the dataclass here; a bundle holds the result (infra/functions/bundle/computed.py).
"""

from typing import Final

from pydantic import ConfigDict

from handlers.common import core_schema
from handlers.events.order_created import camel_case
from handlers.processor.message import StoredFields

__all__ = ["STORED_FIELDS"]

# Inputs are hidden in errors because they are customers' data, and errors end up in logs.
_CONFIG: Final = ConfigDict(alias_generator=camel_case, extra="ignore", hide_input_in_errors=True)

STORED_FIELDS: Final = core_schema.of_dataclass(StoredFields, config=_CONFIG)
