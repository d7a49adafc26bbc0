"""The confirmation email, in HTML and in plain text."""

from dataclasses import dataclass
from datetime import UTC
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from handlers.email.text import clean, isolated, money
from handlers.events.order_created import OrderCreated

_TEMPLATES: Final = Environment(
    loader=PackageLoader("handlers.email"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters.update(clean=clean, isolated=isolated, money=money)
# An error in a template fails the import, which `make local` checks, and not an email.
_TEXT: Final = _TEMPLATES.get_template("confirmation.txt")
_HTML: Final = _TEMPLATES.get_template("confirmation.html")


@dataclass(frozen=True)
class Message:
    """An email; `key` is the same for the same event."""

    key: str
    recipient: str
    subject: str
    text: str
    html: str


def confirmation(event: OrderCreated, *, recipient: str) -> Message:
    """Return the confirmation of an order; client text is isolated, and escaped in HTML."""
    values = {
        "order": event,
        "ordered_at": f"{event.created_at.astimezone(UTC):%d %B %Y, %H:%M} UTC",
    }
    return Message(
        key=event.event_id,
        recipient=recipient,
        subject=f"Order Confirmation - Order #{isolated(event.known_order_id)}",
        text=_TEXT.render(values),
        html=_HTML.render(values),
    )
