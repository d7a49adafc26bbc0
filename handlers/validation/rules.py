"""Rules of the fields of an order, and their limits.

Functions import these without pydantic, whose import is slow (docs/adr/0039).
"""

from collections.abc import Sized
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import PydanticCustomError

from handlers.common.exact_json import REPEATED
from handlers.validation import amounts, currencies, email_addresses, text, web_addresses

if TYPE_CHECKING:
    from pydantic_core.core_schema import ValidationInfo

MAX_ITEMS: Final = 50
MAX_QUANTITY: Final = 1000
MAX_PRICE: Final = Decimal("999999.99")

# In every currency: a unit price may be finer than the currency's minor unit (docs/adr/0021). No
# ISO 4217 currency has more than four (CLF), and totals stay within DynamoDB's 38 digits.
MAX_DECIMAL_PLACES: Final = 4

MAX_LINE: Final = 200
MAX_NOTES: Final = 10_000
MAX_ADDRESS_LINES: Final = 20

# The type of the errors that rules raise.
RULE: Final = "rule"

DEFAULT_CURRENCY: Final = "USD"


def violation(message: str) -> PydanticCustomError:
    """Return the error of a broken rule; its message is for clients."""
    return PydanticCustomError(RULE, "{message}", {"message": message})


def single_line(value: str) -> str:
    """Refuse control characters, line breaks and deceptive characters."""
    if problem := text.problem(value):
        raise violation(problem)
    return value


def multi_line(value: str) -> str:
    """Refuse control characters and deceptive characters; lines may break."""
    if problem := text.problem(value, lines=True):
        raise violation(problem)
    return value


def visible(value: str) -> str:
    """Refuse a text of blanks and invisible characters."""
    if not text.is_visible(value):
        raise violation("Must contain a visible character")
    return value


def no_web_address(value: str) -> str:
    """Refuse a text with a web address."""
    if web_addresses.holds_web_address(value):
        raise violation("Must not contain a web address")
    return value


def no_domain(value: str) -> str:
    """Refuse a text with a domain name."""
    if web_addresses.holds_domain(value):
        raise violation("Must not contain a web address")
    return value


def email_address(value: str) -> str:
    """Refuse what is not an email address."""
    if problem := email_addresses.email_address_problem(value):
        raise violation(problem)
    return value


def currency(value: str) -> str:
    """Refuse what is not a currency code."""
    if value not in currencies.CODES:
        raise violation("Must be an ISO 4217 currency code such as USD")
    return value


def decimal(value: Any) -> Any:
    """Turn an integer into a Decimal, and leave the type of any other value to validation."""
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


def currency_or_default(value: Any) -> Any:
    """Replace null by the default: it means absent."""
    return DEFAULT_CURRENCY if value is None else value


def address_lines(value: Any) -> Any:
    """Drop lines of null, and trim the names of lines; equal names count as a repeated name."""
    if not isinstance(value, dict):
        return value
    _require_at_most(MAX_ADDRESS_LINES, [line for line in value.values() if line is not None])
    lines: dict[Any, Any] = {}
    for name, line in value.items():
        trimmed = text.trimmed(name)
        lines[trimmed] = REPEATED if trimmed in lines else line
    return {name: line for name, line in lines.items() if line is not None}


def item_id_is_an_alias(data: Any) -> Any:
    """Rename `itemId` to `productId`, unless the item has both and they differ."""
    if not isinstance(data, dict) or "itemId" not in data:
        return data
    rest = {name: value for name, value in data.items() if name != "itemId"}
    product_id, item_id = rest.get("productId"), data["itemId"]
    if item_id is None:
        return rest
    if product_id is None:
        return {**rest, "productId": item_id}
    return rest if text.trimmed(product_id) == text.trimmed(item_id) else data


def subtotal_is_quantity_times_price(
    value: Decimal | None, info: "ValidationInfo"
) -> Decimal | None:
    """Refuse another subtotal than the computed one."""
    valid = {"quantity", "price"} <= info.data.keys()
    return _require_equal(value, amounts.subtotal(info.data) if valid else None, "quantity x price")


def total_is_the_sum(value: Decimal | None, info: "ValidationInfo") -> Decimal | None:
    """Refuse another total than the computed one."""
    items = info.data.get("items")
    computed = None if items is None else amounts.total(items)
    return _require_equal(value, computed, "the sum of quantity x price")


def _require_equal(value: Decimal | None, computed: Decimal | None, rule: str) -> Decimal | None:
    # `computed` is None if the values that it is computed from are invalid, and reported as such.
    if value is not None and computed is not None and value != computed:
        raise violation(f"Must equal {computed.normalize():f} ({rule})")
    return value
