"""The request models as core schemas, and the names of their fields.

Computed from the models here; a bundle holds the results (infra/functions/bundle/computed.py).
"""

from collections.abc import Mapping
from typing import Final

from handlers.common import core_schema
from handlers.validation.model import REQUEST_MODELS, OrderItem, OrderRequest

__all__ = ["ITEM_FIELDS", "ORDER_FIELDS", "REQUESTS"]

REQUESTS: Final[Mapping[str, core_schema.Schema]] = {
    contact: core_schema.of_model(model) for contact, model in REQUEST_MODELS.items()
}
"""By the stack's configuration key `contact`."""

ORDER_FIELDS: Final = frozenset(str(field.alias) for field in OrderRequest.model_fields.values())
ITEM_FIELDS: Final = frozenset(
    {"itemId", *(str(field.alias) for field in OrderItem.model_fields.values())}
)
