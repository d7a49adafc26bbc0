"""The confirmation as the customer reads it, in HTML and in plain text."""

from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from handlers.shared.event import OrderCreated


def _money(amount: Decimal) -> str:
    """Write an amount exactly, with at least two decimals: `59.98`, `0.125`, `1,000.00`."""
    exponent = amount.as_tuple().exponent
    places = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{amount:,.{places}f}"


_TEMPLATES: Final = Environment(
    loader=PackageLoader("handlers.email"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters["money"] = _money


@dataclass(frozen=True)
class Message:
    """An e-mail before it is sent; `key` is the same whenever the same event leads to it."""

    key: str
    recipient: str
    subject: str
    text: str
    html: str


def confirmation(event: OrderCreated, *, recipient: str) -> Message:
    """Return the confirmation of an order; every value is escaped in the HTML part."""
    values = {"order": event, "ordered_at": f"{event.created_at.astimezone(UTC):%d %B %Y, %H:%M} UTC"}
    return Message(
        key=event.event_id,
        recipient=recipient,
        subject=f"Order Confirmation - Order #{event.known_order_id}",
        text=_TEMPLATES.get_template("confirmation.txt").render(values),
        html=_TEMPLATES.get_template("confirmation.html").render(values),
    )
