"""What an order request must look like. Every rule of the API's contract stands here, once."""

import functools
from collections.abc import Mapping, Sized
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from handlers.common.repeated import REPEATED
from handlers.validation import currencies, email_addresses, text, web_addresses

MAX_ITEMS: Final = 50
MAX_QUANTITY: Final = 1000
MAX_PRICE: Final = Decimal("999999.99")

# In every currency: unit prices may be finer than a currency's minor unit (docs/adr/0021). Four is the most that any
# ISO 4217 currency has (CLF). It also keeps every total within DynamoDB's 38 digits.
MAX_DECIMAL_PLACES: Final = 4

# Longer than any line of an address and any product's name that people write.
MAX_LINE: Final = 200
MAX_NOTES: Final = 10_000
MAX_ADDRESS_LINES: Final = 20

_NO_WEB_ADDRESS: Final = "Must not contain a web address"

# The type of every error that a rule in here raises; its message is for clients.
RULE: Final = "rule"


def _violated(message: str) -> PydanticCustomError:
    return PydanticCustomError(RULE, "{message}", {"message": message})


def _printable(value: str) -> str:
    if problem := text.problem(value):
        raise _violated(problem)
    return value


def _printable_lines(value: str) -> str:
    if problem := text.problem(value, lines=True):
        raise _violated(problem)
    return value


def _visible(value: str) -> str:
    if not text.is_visible(value):
        raise _violated("Must contain a visible character")
    return value


def _no_web_address(value: str) -> str:
    if web_addresses.holds_web_address(value):
        raise _violated(_NO_WEB_ADDRESS)
    return value


def _no_domain(value: str) -> str:
    if web_addresses.holds_domain(value):
        raise _violated(_NO_WEB_ADDRESS)
    return value


def _email_address(value: str) -> str:
    if problem := email_addresses.email_address_problem(value):
        raise _violated(problem)
    return value


def _currency(value: str) -> str:
    if value not in currencies.CODES:
        raise _violated("Must be an ISO 4217 currency code such as USD")
    return value


def _exact(value: Any) -> Any:
    # bool is an int to Python, but not to a price.
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _require_at_most(limit: int, entries: Sized) -> None:
    # Pydantic checks the number of entries after it has validated them; an attacker sends many of them.
    if len(entries) > limit:
        raise PydanticCustomError("too_long", "Too many entries", {"max_length": limit})


def _few_items(value: Any) -> Any:
    if isinstance(value, list):
        _require_at_most(MAX_ITEMS, value)
    return value


def _lines(value: Any) -> Any:
    """Trim the names of an address's lines; names that become equal are one name, given twice."""
    if not isinstance(value, dict):
        return value
    _require_at_most(MAX_ADDRESS_LINES, [line for line in value.values() if line is not None])
    lines: dict[Any, Any] = {}
    for name, line in value.items():
        trimmed = text.trimmed(name)
        lines[trimmed] = REPEATED if trimmed in lines else line
    return {name: line for name, line in lines.items() if line is not None}


def _equal(value: Decimal | None, expected: Decimal | None, rule: str) -> Decimal | None:
    # `expected` is None where the values that it follows from are invalid themselves, and reported.
    if value is not None and expected is not None and value != expected:
        raise _violated(f"Must equal {expected.normalize():f}, {rule}")
    return value


ShortText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=text.SHORT),
    AfterValidator(_printable),
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_LINE),
    AfterValidator(_printable),
]
Lines = Annotated[str, StringConstraints(max_length=MAX_NOTES), AfterValidator(_printable_lines)]
# The confirmation shows these: they need a visible character, and must not contain a link.
CustomerName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=100),
    AfterValidator(_printable),
    AfterValidator(_visible),
    AfterValidator(_no_web_address),
    AfterValidator(_no_domain),
]
ProductId = Annotated[ShortText, AfterValidator(_visible), AfterValidator(_no_web_address)]
ProductName = Annotated[Line, AfterValidator(_visible), AfterValidator(_no_web_address)]
EmailAddress = Annotated[
    str, StringConstraints(strip_whitespace=True), AfterValidator(_email_address)
]
OrderId = Annotated[str, StringConstraints(pattern=f"^{text.ORDER_ID}$")]
Amount = Annotated[Decimal, BeforeValidator(_exact), Field(allow_inf_nan=False)]
Price = Annotated[Amount, Field(gt=0, le=MAX_PRICE, decimal_places=MAX_DECIMAL_PLACES)]
# How addresses are split into lines differs from country to country, so the client names the lines.
Address = Annotated[
    dict[ShortText, Line],
    Field(min_length=1, max_length=MAX_ADDRESS_LINES),
    BeforeValidator(_lines),
]


@functools.cache
def _optional_names(model: type[BaseModel]) -> frozenset[str | None]:
    """Return the names of a model's optional fields; an order asks once for each of its items."""
    return frozenset(
        field.alias for field in model.model_fields.values() if not field.is_required()
    )


class _Request(BaseModel):
    # Unknown fields are refused: a misspelt `orderId` would silently cost the client its idempotency.
    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel,
        serialize_by_alias=True,
        strict=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        # A stack takes one of the two order requests; the other is never built.
        defer_build=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _null_means_absent(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        optional = _optional_names(cls)
        return {
            name: value for name, value in data.items() if value is not None or name not in optional
        }


class OrderItem(_Request):
    """One line of an order."""

    product_id: ProductId
    product_name: ProductName | None = None
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)]
    price: Price
    subtotal: Amount | None = None

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
        known = {"quantity", "price"} <= info.data.keys()
        return _equal(
            value, info.data["quantity"] * info.data["price"] if known else None, "quantity x price"
        )

    @property
    def amount(self) -> Decimal:
        """Quantity times price, exactly."""
        return self.quantity * self.price


class AnonymousOrderRequest(_Request):
    """The body of `POST /orders` where customers need not be reachable: such an order gets no e-mail."""

    order_id: OrderId | None = None
    customer_id: ShortText | None = None
    customer_name: CustomerName | None = None
    customer_email: EmailAddress | None = None
    items: Annotated[
        list[OrderItem], Field(min_length=1, max_length=MAX_ITEMS), BeforeValidator(_few_items)
    ]
    total_amount: Amount | None = None
    currency: Annotated[str, AfterValidator(_currency)] = "USD"
    shipping_address: Address | None = None
    billing_address: Address | None = None
    notes: Lines | None = None
    priority: ShortText | None = None

    @field_validator("total_amount")
    @classmethod
    def _total_is_the_sum(cls, value: Decimal | None, info: ValidationInfo) -> Decimal | None:
        items = info.data.get("items")
        return _equal(value, None if items is None else _sum(items), "the sum of quantity x price")

    @property
    def total(self) -> Decimal:
        """The sum of all items, exactly."""
        return _sum(self.items)


class OrderRequest(AnonymousOrderRequest):
    """The body of `POST /orders` where every customer can be told what became of the order."""

    customer_name: CustomerName
    customer_email: EmailAddress


# By the stack's `contact`.
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
