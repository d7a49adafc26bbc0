"""Descriptions of an order's fields, for requests and responses."""

from collections.abc import Mapping
from typing import Any, Final

_SHOWN: Final = "It needs a visible character, and must not contain a web address."
_LINES: Final = (
    "The address's lines, under names that the client chooses. A line of null is absent."
)

# By the model's name and the field's. A field may also have its description in the model: `Field(description=...)`.
_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "OrderRequest.orderId": "Chosen by the client; works as an idempotency key. Where callers have tokens, it is "
    "scoped to the customer.",
    "OrderRequest.customerId": "Whose order it is.",
    "OrderRequest.customerName": f"The customer's name. {_SHOWN}",
    "OrderRequest.customerEmail": "Where the confirmation goes.",
    "OrderRequest.items": "What is ordered.",
    "OrderRequest.totalAmount": "Computed; if sent, it has to equal the sum of quantity x price.",
    "OrderRequest.currency": "The currency of all amounts.",
    "OrderRequest.shippingAddress": _LINES,
    "OrderRequest.billingAddress": _LINES,
    "OrderRequest.notes": "Whatever else there is to say.",
    "OrderRequest.priority": "A word of the client's, by which workflows can filter.",
    "OrderItem.productId": "The product. Its other name is `itemId`; where both are sent, they have to be equal. "
    f"{_SHOWN}",
    "OrderItem.itemId": "The other name of `productId`.",
    "OrderItem.productName": f"What the product is called. {_SHOWN}",
    "OrderItem.quantity": "How many; written without a fraction, so 2 and not 2.0.",
    "OrderItem.price": "Of one piece, with 4 decimals at most in every currency: a unit price may be finer than the "
    "currency's minor unit.",
    "OrderItem.subtotal": "Computed; if sent, it has to equal quantity x price.",
}


class MissingDescriptionError(Exception):
    """A field of an order has no description."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The field '{key}' in handlers/validation/model.py has no description: add one for '{key}' to "
            "openapi/descriptions.py, or write `Field(description=...)` into the model."
        )


def of(model: str, field: str, schema: Mapping[str, Any]) -> str:
    """Return the description of a model's field, whose JSON schema may hold one.

    Raises:
        MissingDescriptionError: there is none.
    """
    key = f"{model.replace('AnonymousOrder', 'Order')}.{field}"
    description: str | None = schema.get("description") or _DESCRIPTIONS.get(key)
    if description is None:
        raise MissingDescriptionError(key)
    return description
