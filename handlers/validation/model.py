"""The request model of an order: its fields with their descriptions, and the rules between them."""

import functools
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from handlers.validation import text
from handlers.validation.fields import (
    MAX_ITEMS,
    MAX_QUANTITY,
    Address,
    Amount,
    Currency,
    CustomerName,
    EmailAddress,
    Lines,
    OrderId,
    Price,
    ProductId,
    ProductName,
    ShortText,
    limit_items,
    violation,
)

_NAME: Final = "It must contain a visible character and no web address."
_ADDRESS: Final = "Address lines under names that the client chooses. A line of null is absent."


@functools.cache
def _optional_fields(model: type[BaseModel]) -> frozenset[str | None]:
    return frozenset(
        field.alias for field in model.model_fields.values() if not field.is_required()
    )


class _Request(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel,
        serialize_by_alias=True,
        strict=True,
        frozen=True,
        # With a misspelt `orderId`, a client would lose its idempotency without noticing.
        extra="forbid",
        hide_input_in_errors=True,
        # A function uses only one of the two request models.
        defer_build=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _null_means_absent(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        optional = _optional_fields(cls)
        return {
            name: value for name, value in data.items() if value is not None or name not in optional
        }


class OrderItem(_Request):
    """One line of an order."""

    product_id: ProductId = Field(
        description="Product ID. `itemId` is an alias; must equal it if both are present. " + _NAME
    )
    product_name: ProductName | None = Field(None, description=f"Product name. {_NAME}")
    quantity: int = Field(
        ge=1, le=MAX_QUANTITY, description="Number of units: an integer such as 2, and not 2.0."
    )
    price: Price = Field(
        description="Unit price, with at most 4 decimal places in every currency: it may be finer "
        "than the currency's minor unit."
    )
    subtotal: Amount | None = Field(
        None, description="Computed as quantity x price; must equal it if present."
    )

    @model_validator(mode="before")
    @classmethod
    def _item_id_is_an_alias(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "itemId" not in data:
            return data
        rest = {name: value for name, value in data.items() if name != "itemId"}
        product_id, item_id = rest.get("productId"), data["itemId"]
        if item_id is None:
            return rest
        if product_id is None:
            return {**rest, "productId": item_id}
        return rest if text.trimmed(product_id) == text.trimmed(item_id) else data

    @field_validator("subtotal")
    @classmethod
    def _subtotal_is_quantity_times_price(
        cls, value: Decimal | None, info: ValidationInfo
    ) -> Decimal | None:
        valid = {"quantity", "price"} <= info.data.keys()
        computed = info.data["quantity"] * info.data["price"] if valid else None
        return _require_equal(value, computed, "quantity x price")

    @property
    def amount(self) -> Decimal:
        """Quantity times price, exactly."""
        return self.quantity * self.price


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
        list[OrderItem], Field(min_length=1, max_length=MAX_ITEMS), BeforeValidator(limit_items)
    ] = Field(description="Items of the order.")
    total_amount: Amount | None = Field(
        None, description="Computed as the sum of quantity x price; must equal it if present."
    )
    currency: Currency = Field("USD", description="Currency of all amounts.")
    shipping_address: Address | None = Field(None, description=_ADDRESS)
    billing_address: Address | None = Field(None, description=_ADDRESS)
    notes: Lines | None = Field(None, description="Free-text notes.")
    priority: ShortText | None = Field(
        None, description="Priority label, usable in subscription filters."
    )

    @field_validator("total_amount")
    @classmethod
    def _total_is_the_sum(cls, value: Decimal | None, info: ValidationInfo) -> Decimal | None:
        items = info.data.get("items")
        computed = None if items is None else _sum(items)
        return _require_equal(value, computed, "the sum of quantity x price")

    @property
    def total(self) -> Decimal:
        """The sum of all items, exactly."""
        return _sum(self.items)


class OrderRequest(AnonymousOrderRequest):
    """The body of `POST /orders` where contact data is required."""

    customer_name: CustomerName = Field(description=f"Name of the customer. {_NAME}")
    customer_email: EmailAddress = Field(description="Address that receives the confirmation.")


# By the stack's configuration key `contact`.
REQUEST_MODELS: Final[Mapping[str, type[AnonymousOrderRequest]]] = {
    "required": OrderRequest,
    "optional": AnonymousOrderRequest,
}


def _names(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(str(field.alias) for field in model.model_fields.values())


ORDER_FIELDS: Final = _names(OrderRequest)
ITEM_FIELDS: Final = _names(OrderItem) | {"itemId"}
FIELD_NAMES: Final = ORDER_FIELDS | _names(OrderItem)


def _sum(items: list[OrderItem]) -> Decimal:
    return sum((item.amount for item in items), Decimal(0))


def _require_equal(value: Decimal | None, computed: Decimal | None, rule: str) -> Decimal | None:
    # `computed` is None if the values that it is computed from are invalid, and reported as such.
    if value is not None and computed is not None and value != computed:
        raise violation(f"Must equal {computed.normalize():f} ({rule})")
    return value
