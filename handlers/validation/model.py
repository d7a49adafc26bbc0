"""The request model of an order: its fields with their descriptions, and the rules between them."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from handlers.validation import rules
from handlers.validation.fields import (
    Address,
    Currency,
    CustomerName,
    EmailAddress,
    Lines,
    OrderId,
    Price,
    ProductId,
    ProductName,
    ShortText,
    Subtotal,
    Total,
)

_NAME: Final = "It must contain a visible character and no web address."
_ADDRESS: Final = "Address lines under names that the client chooses. A line of null is absent."


class _Request(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel,
        strict=True,
        # With a misspelt `orderId`, a client would lose its idempotency without noticing.
        extra="forbid",
        hide_input_in_errors=True,
        # Most previews import the models without using them: only REST APIs have request models.
        defer_build=True,
    )

    def __getitem__(self, name: str) -> Any:
        """Return a field: rules get a model from pydantic, and a dict in a function."""
        return getattr(self, name)


class OrderItem(_Request):
    """One line of an order."""

    product_id: ProductId = Field(
        description="Product ID. `itemId` is an alias; must equal it if both are present. " + _NAME
    )
    product_name: ProductName | None = Field(None, description=f"Product name. {_NAME}")
    quantity: int = Field(
        ge=1,
        le=rules.MAX_QUANTITY,
        description="Number of units: an integer such as 2, and not 2.0.",
    )
    price: Price = Field(
        description="Unit price, with at most 4 decimal places in every currency: it may be finer "
        "than the currency's minor unit."
    )
    subtotal: Subtotal = Field(
        None, description="Computed as quantity x price; must equal it if present."
    )


class AnonymousOrderRequest(_Request):
    """The body of `POST /orders` where contact data is optional: without it, no email is sent."""

    order_id: OrderId | None = Field(
        None,
        description="Order ID chosen by the client; works as an idempotency key. With JWT "
        "authorization, it is scoped to the customer.",
    )
    customer_id: ShortText | None = Field(None, description="ID of the customer.")
    customer_name: CustomerName | None = Field(None, description=f"Name of the customer. {_NAME}")
    customer_email: EmailAddress | None = Field(
        None, description="Address that receives the confirmation."
    )
    items: Annotated[
        list[Annotated[OrderItem, BeforeValidator(rules.item_id_is_an_alias)]],
        Field(min_length=1, max_length=rules.MAX_ITEMS),
        BeforeValidator(rules.limit_items),
    ] = Field(description="Items of the order.")
    total_amount: Total = Field(
        None, description="Computed as the sum of quantity x price; must equal it if present."
    )
    currency: Currency = Field(rules.DEFAULT_CURRENCY, description="Currency of all amounts.")
    shipping_address: Address | None = Field(None, description=_ADDRESS)
    billing_address: Address | None = Field(None, description=_ADDRESS)
    notes: Lines | None = Field(None, description="Free-text notes.")
    priority: ShortText | None = Field(
        None, description="Priority label, usable in subscription filters."
    )


class OrderRequest(AnonymousOrderRequest):
    """The body of `POST /orders` where contact data is required."""

    customer_name: CustomerName = Field(description=f"Name of the customer. {_NAME}")
    customer_email: EmailAddress = Field(description="Address that receives the confirmation.")


# By the stack's configuration key `contact`.
REQUEST_MODELS: Final[Mapping[str, type[AnonymousOrderRequest]]] = {
    "required": OrderRequest,
    "optional": AnonymousOrderRequest,
}
