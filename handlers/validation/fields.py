"""Types of the fields of an order: their limits, and the rules that concern one field alone."""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from handlers.validation import rules, text

# The keyword that holds the name of a type's component in the JSON schema.
COMPONENT: Final = "x-component"


class Component:
    """Names the component of the OpenAPI document that describes a type, but for its limits."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get_pydantic_json_schema__(
        self, schema: Any, handler: Callable[[Any], dict[str, Any]]
    ) -> dict[str, Any]:
        """Add the name, which `openapi/request_schemas.py` turns into a reference."""
        return {**handler(schema), COMPONENT: self._name}


ShortText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=text.MAX_SHORT_TEXT),
    AfterValidator(rules.single_line),
    Component("Line"),
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=rules.MAX_LINE),
    AfterValidator(rules.single_line),
    Component("Line"),
]
Lines = Annotated[
    str,
    StringConstraints(max_length=rules.MAX_NOTES),
    AfterValidator(rules.multi_line),
    Component("Lines"),
]
# The confirmation email shows these: they need a visible character and must not contain a link.
CustomerName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=100),
    AfterValidator(rules.single_line),
    AfterValidator(rules.visible),
    AfterValidator(rules.no_web_address),
    AfterValidator(rules.no_domain),
    Component("Line"),
]
ProductId = Annotated[
    ShortText, AfterValidator(rules.visible), AfterValidator(rules.no_web_address)
]
ProductName = Annotated[Line, AfterValidator(rules.visible), AfterValidator(rules.no_web_address)]
EmailAddress = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    AfterValidator(rules.email_address),
    Component("EmailAddress"),
]
Currency = Annotated[
    str,
    AfterValidator(rules.currency),
    BeforeValidator(rules.currency_or_default),
    Component("Currency"),
]
OrderId = Annotated[str, StringConstraints(pattern=f"^{text.ORDER_ID}$")]
Amount = Annotated[Decimal, Field(allow_inf_nan=False), BeforeValidator(rules.decimal)]
Price = Annotated[
    Decimal,
    Field(allow_inf_nan=False, gt=0, le=rules.MAX_PRICE, decimal_places=rules.MAX_DECIMAL_PLACES),
    BeforeValidator(rules.decimal),
]
Subtotal = Annotated[Amount | None, AfterValidator(rules.subtotal_is_quantity_times_price)]
Total = Annotated[Amount | None, AfterValidator(rules.total_is_the_sum)]
# The client chooses the names of the lines, because address formats differ between countries.
Address = Annotated[
    dict[ShortText, Line | None],
    Field(min_length=1, max_length=rules.MAX_ADDRESS_LINES),
    BeforeValidator(rules.address_lines),
]
