"""Sample orders of the console: varied and valid, and changes that make one invalid."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from handlers.validation.currencies import MINOR_UNITS

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Mapping

# Names with the beginning of an email address.
_CUSTOMERS: Final = (
    ("Aisha Khan", "aisha.khan"),
    ("Amara Okafor", "amara.okafor"),
    ("Anna Nowak", "anna.nowak"),
    ("Björn Lindqvist", "bjorn.lindqvist"),
    ("Emily Clarke", "emily.clarke"),
    ("Giulia Rossi", "giulia.rossi"),
    ("João Pereira", "joao.pereira"),
    ("Léa Moreau", "lea.moreau"),
    ("Mateo García", "mateo.garcia"),
    ("Nguyễn Thị Lan", "lan.nguyen"),
    ("Patrick O'Brien", "patrick.obrien"),
    ("Олена Шевченко", "olena.shevchenko"),
    ("山田 花子", "hanako.yamada"),
)
# ID, name, and price in USD.
_PRODUCTS: Final = (
    ("TEA-101", "Darjeeling first flush, 100 g", Decimal("14.90")),
    ("TEA-204", "Sencha, 250 g", Decimal("18.50")),
    ("TEA-310", "Rooibos with vanilla, 100 g", Decimal("6.20")),
    ("POT-012", "Cast iron teapot, 1 l", Decimal("64.00")),
    ("POT-020", "Glass teapot with strainer", Decimal("32.75")),
    ("CUP-007", "Porcelain cup, set of 4", Decimal("27.40")),
    ("TIN-003", "Storage tin, airtight", Decimal("9.95")),
    ("ACC-018", "Bamboo matcha whisk", Decimal("12.30")),
    ("ACC-021", "Kettle with thermometer", Decimal("89.00")),
    ("GFT-001", "Gift card", Decimal("25.00")),
)
# What a US dollar is multiplied by: prices that are believable, and no exchange rates.
_CURRENCIES: Final = {
    "USD": Decimal(1),
    "EUR": Decimal("0.9"),
    "GBP": Decimal("0.8"),
    "CHF": Decimal("0.9"),
    "SEK": Decimal(10),
    "JPY": Decimal(150),
    "KWD": Decimal("0.3"),
}
_CITIES: Final = ("Bergen", "Kraków", "Leeds", "Lyon", "Osaka", "Porto", "Seattle", "Utrecht")
_NOTES: Final = ("Please ring twice.", "A present: no invoice in the parcel, please.")


def sample_order(random: random.Random, *, with_customer_id: bool = True) -> dict[str, Any]:
    """Return a valid order; its customer ID is left out where a token says who the customer is."""
    name, mailbox = random.choice(_CUSTOMERS)
    number = random.randrange(100_000)
    currency = random.choice(tuple(_CURRENCIES))
    order: dict[str, Any] = {
        **({"customerId": f"CUST-{number:05}"} if with_customer_id else {}),
        "customerName": name,
        # A number, because a stack limits the confirmations that a recipient gets in an hour.
        "customerEmail": f"{mailbox}.{number}@example.com",
        "currency": currency,
        "items": [
            {
                "productId": product,
                "productName": label,
                "quantity": random.choice((1, 1, 1, 2, 2, 3, 6)),
                "price": _price(usd, currency),
            }
            for product, label, usd in random.sample(_PRODUCTS, k=random.randint(1, 4))
        ],
    }
    if random.random() < 1 / 2:
        order["shippingAddress"] = {"name": name, "city": random.choice(_CITIES)}
    if random.random() < 1 / 4:
        order["notes"] = random.choice(_NOTES)
    return order


def _price(usd: Decimal, currency: str) -> float:
    """Return a price in the currency's minor unit; JSON writes the float as the decimal was."""
    return float(round(usd * _CURRENCIES[currency], MINOR_UNITS[currency]))


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A change that makes a valid order invalid, and what it breaks in words."""

    name: str
    label: str
    change: Callable[[dict[str, Any]], None]


def _with(**fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda order: order.update(fields)


def _with_item(**fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda order: order["items"][0].update(fields)


VIOLATIONS: Final[Mapping[str, Violation]] = {
    violation.name: violation
    for violation in (
        Violation(
            name="name",
            label="No customer name",
            change=lambda order: order.pop("customerName"),
        ),
        Violation(
            name="email",
            label="Email address without a domain",
            change=_with(customerEmail="jane.doe@"),
        ),
        Violation(name="quantity", label="Quantity of 0", change=_with_item(quantity=0)),
        Violation(name="price", label="Negative price", change=_with_item(price=-1)),
        Violation(
            name="decimals", label="Price with six decimals", change=_with_item(price=1.234567)
        ),
        Violation(
            name="product",
            label="No product ID",
            change=lambda order: order["items"][0].pop("productId"),
        ),
        Violation(
            name="link",
            label="Web address in the product's name",
            change=_with_item(productName="Visit www.example.com"),
        ),
        Violation(name="total", label="Wrong total", change=_with(totalAmount=0.01)),
        Violation(name="currency", label="Unknown currency", change=_with(currency="ABC")),
        Violation(name="field", label="Unknown field", change=_with(custmerId="CUST-00001")),
        Violation(name="items", label="No items", change=_with(items=[])),
    )
}


def invalid_order(order: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return an order with these violations; their order is that of `VIOLATIONS`."""
    changed, chosen = copy.deepcopy(dict(order)), set(names)
    for name, violation in VIOLATIONS.items():
        if name in chosen:
            violation.change(changed)
    return changed
