"""Corrects generated orders in what a JSON schema cannot express.

Otherwise, nearly every order would be refused for its sums, and no other rule would be tested.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from handlers.http.request import TOKEN
from handlers.validation import text
from handlers.validation.web_addresses import holds_domain, holds_web_address

if TYPE_CHECKING:
    from collections.abc import MutableMapping


def consistent(body: Any, customer: str | None = None) -> Any:
    """Return an order with correct sums, four decimals, visible names, address lines and a new ID.

    Args:
        body: The generated body.
        customer: The authenticated customer, if any.
    """
    if not isinstance(body, dict) or not isinstance(body.get("items"), list):
        return body
    order = copy.deepcopy(body)
    for item in order["items"]:
        if isinstance(item, dict):
            _correct_item(item)
    if _is_number(order.get("totalAmount")):
        order["totalAmount"] = float(sum(map(_amount, order["items"]), Decimal(0)))
    if _is_order_id(order.get("orderId")) and _is_order_id(_unused(order["orderId"])):
        order["orderId"] = _unused(order["orderId"])
    _correct_name(order, "customerName")
    for name in ("shippingAddress", "billingAddress"):
        lines = order.get(name)
        if isinstance(lines, dict) and lines and all(line is None for line in lines.values()):
            order[name] = None
    if customer and isinstance(order.get("customerId"), str):
        order["customerId"] = customer
    return order


def give_own_key(headers: MutableMapping[str, Any], body: Any) -> None:
    """Make the idempotency key unique; remove it if the order has a valid `orderId`."""
    key = headers.get("Idempotency-Key")
    if isinstance(body, dict) and _is_order_id(body.get("orderId")):
        headers.pop("Idempotency-Key", None)
    elif isinstance(key, str) and TOKEN.fullmatch(key) and TOKEN.fullmatch(_unused(key)):
        headers["Idempotency-Key"] = _unused(key)


def trimmed(value: Any) -> Any:
    """A JSON value with trimmed texts, as the API validates them."""
    if isinstance(value, dict):
        return {trimmed(key): trimmed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [trimmed(each) for each in value]
    return value.strip() if isinstance(value, str) else value


def _correct_item(item: dict[str, Any]) -> None:
    if _is_number(item.get("price")):
        minimum = 0.0001 if item["price"] > 0 else item["price"]
        item["price"] = max(minimum, round(item["price"], 4))
    if isinstance(item.get("quantity"), float) and item["quantity"].is_integer():
        item["quantity"] = int(item["quantity"])
    for name in ("productId", "itemId", "productName"):
        _correct_name(item, name)
    if isinstance(item.get("itemId"), str) and isinstance(item.get("productId"), str):
        item["itemId"] = item["productId"]
    if _is_number(item.get("subtotal")):
        item["subtotal"] = float(_amount(item))


def _correct_name(fields: dict[str, Any], name: str) -> None:
    value = fields.get(name)
    if isinstance(value, str) and text.trimmed(value) and not text.problem(value):
        if holds_web_address(value) or holds_domain(value):
            plain = unicodedata.normalize("NFKC", value)
            fields[name] = re.sub(r"[.:@/\\?\[\u3002\uff61]", "-", plain)[: len(value)]
        if not text.is_visible(fields[name]):
            fields[name] = "n" * len(value)


def _amount(item: Any) -> Decimal:
    known = (
        isinstance(item, dict)
        and _is_number(item.get("price"))
        and _is_number(item.get("quantity"))
    )
    return Decimal(repr(item["price"])) * Decimal(repr(item["quantity"])) if known else Decimal(0)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_order_id(value: Any) -> bool:
    return isinstance(value, str) and text.is_order_id(value)


def _unused(name: str) -> str:
    return name + uuid4().hex[:12]
