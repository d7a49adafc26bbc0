"""Types of the fields of an order: their limits, and the rules that concern one field alone."""

from collections.abc import Callable, Sized
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from handlers.common.repeated import REPEATED
from handlers.validation import currencies, email_addresses, text, web_addresses

MAX_ITEMS: Final = 50
MAX_QUANTITY: Final = 1000
MAX_PRICE: Final = Decimal("999999.99")

# In every currency: a unit price may be finer than the currency's minor unit (docs/adr/0021). No
# ISO 4217 currency has more than four (CLF), and totals stay within DynamoDB's 38 digits.
MAX_DECIMAL_PLACES: Final = 4

MAX_LINE: Final = 200
MAX_NOTES: Final = 10_000
MAX_ADDRESS_LINES: Final = 20

# The type of the errors that validators raise.
RULE: Final = "rule"

# The keyword that holds the name of a type's component in the JSON schema.
COMPONENT: Final = "x-component"


def violation(message: str) -> PydanticCustomError:
    """Return the error of a broken rule; its message is for clients."""
    return PydanticCustomError(RULE, "{message}", {"message": message})


def _single_line(value: str) -> str:
    if problem := text.problem(value):
        raise violation(problem)
    return value


def _multi_line(value: str) -> str:
    if problem := text.problem(value, lines=True):
        raise violation(problem)
    return value


def _visible(value: str) -> str:
    if not text.is_visible(value):
        raise violation("Must contain a visible character")
    return value


def _no_web_address(value: str) -> str:
    if web_addresses.holds_web_address(value):
        raise violation("Must not contain a web address")
    return value


def _no_domain(value: str) -> str:
    if web_addresses.holds_domain(value):
        raise violation("Must not contain a web address")
    return value


def _email_address(value: str) -> str:
    if problem := email_addresses.email_address_problem(value):
        raise violation(problem)
    return value


def _currency(value: str) -> str:
    if value not in currencies.CODES:
        raise violation("Must be an ISO 4217 currency code such as USD")
    return value


def _decimal(value: Any) -> Any:
    # bool is an int to Python, but not to a price.
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _require_at_most(limit: int, entries: Sized) -> None:
    # Pydantic validates all entries before it counts them, which a large request would exploit.
    if len(entries) > limit:
        raise PydanticCustomError("too_long", "Too many entries", {"max_length": limit})


def limit_items(value: Any) -> Any:
    """Refuse an order with too many items before they are validated."""
    if isinstance(value, list):
        _require_at_most(MAX_ITEMS, value)
    return value


def _address_lines(value: Any) -> Any:
    """Drop lines of null, and trim the names of lines; equal names count as a repeated name."""
    if not isinstance(value, dict):
        return value
    _require_at_most(MAX_ADDRESS_LINES, [line for line in value.values() if line is not None])
    lines: dict[Any, Any] = {}
    for name, line in value.items():
        trimmed = text.trimmed(name)
        lines[trimmed] = REPEATED if trimmed in lines else line
    return {name: line for name, line in lines.items() if line is not None}


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
    AfterValidator(_single_line),
    Component("Line"),
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_LINE),
    AfterValidator(_single_line),
    Component("Line"),
]
Lines = Annotated[
    str, StringConstraints(max_length=MAX_NOTES), AfterValidator(_multi_line), Component("Lines")
]
# The confirmation email shows these: they need a visible character and must not contain a link.
CustomerName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=100),
    AfterValidator(_single_line),
    AfterValidator(_visible),
    AfterValidator(_no_web_address),
    AfterValidator(_no_domain),
    Component("Line"),
]
ProductId = Annotated[ShortText, AfterValidator(_visible), AfterValidator(_no_web_address)]
ProductName = Annotated[Line, AfterValidator(_visible), AfterValidator(_no_web_address)]
EmailAddress = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    AfterValidator(_email_address),
    Component("EmailAddress"),
]
Currency = Annotated[str, AfterValidator(_currency), Component("Currency")]
OrderId = Annotated[str, StringConstraints(pattern=f"^{text.ORDER_ID}$")]
Amount = Annotated[Decimal, Field(allow_inf_nan=False), BeforeValidator(_decimal)]
Price = Annotated[
    Decimal,
    Field(allow_inf_nan=False, gt=0, le=MAX_PRICE, decimal_places=MAX_DECIMAL_PLACES),
    BeforeValidator(_decimal),
]
# The client chooses the names of the lines, because address formats differ between countries.
Address = Annotated[
    dict[ShortText, Line | None],
    Field(min_length=1, max_length=MAX_ADDRESS_LINES),
    BeforeValidator(_address_lines),
]
