"""Emails as the emulator keeps them."""

from __future__ import annotations

from typing import Any


def an_email(**changes: Any) -> dict[str, Any]:
    """Return a confirmation, with some fields changed."""
    return {
        "Timestamp": 1768473000.0,
        "Source": "orders@example.com",
        "To": ["jane.roe@example.com"],
        "CC": [],
        "BCC": [],
        "Subject": "Order Confirmation - Order #ORDER-1",
        "BodyText": "Thank you.",
        "BodyHtml": "<p>Thank you.</p>",
        **changes,
    }
