"""Markers: what remains of the records of an erased order (docs/adr/0051)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from handlers.common.contract import LONGEST_WAIT, iso_8601
from handlers.events.order_created import ORDER_CREATED
from orderctl.personal_data import ERASED_AT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderctl.personal_data import Image, OrderData
    from orderctl.sources import Record

# What remains of an audit record. Everything else may name the customer, or was chosen by a client.
AUDIT_FACTS: Final = ("auditId", "timestamp", "recordedAt", "orderId", "eventType")
AUDIT_DETAILS: Final = ("itemCount", "totalAmount", "currency")

# How long an email record of an erased order is kept: as long as its event may be delivered, and
# 12 days for a second redrive, like any other email record.
_MARKER_RETENTION: Final = LONGEST_WAIT + timedelta(days=12)

_ERASED: Final = json.dumps({"outcome": "ERASED"})


def email_marker(key: Mapping[str, str]) -> dict[str, Any]:
    """Return the email record of an event that is not to be confirmed."""
    expiry = datetime.now(UTC) + _MARKER_RETENTION
    return {
        "eventId": key,
        "status": {"S": "COMPLETED"},
        "data": {"S": _ERASED},
        "expiresAt": {"N": str(int(expiry.timestamp()))},
    }


def is_email_marker(record: Record) -> bool:
    """Whether an email record is that of an erased order."""
    return record.get("data") == _ERASED


def audit_marker(data: OrderData, key: tuple[str, str], record: Image | None) -> dict[str, Any]:
    """Return what remains of an audit record, or of the one that the stored order would have."""
    audit_id, timestamp = key
    if record is None:
        order = data.order or {}
        details = {**order, "itemCount": {"N": str(len(order["items"]["L"]))}}
        record = {"orderId": {"S": data.order_id}, "eventType": {"S": ORDER_CREATED}}
    else:
        details = record.get("orderDetails", {}).get("M", {})
    facts = {name: record[name] for name in AUDIT_FACTS if name in record}
    return {
        **facts,
        "auditId": {"S": audit_id},
        "timestamp": {"S": timestamp},
        "orderDetails": {"M": {name: details[name] for name in AUDIT_DETAILS if name in details}},
        ERASED_AT: {"S": iso_8601(datetime.now(UTC))},
    }
