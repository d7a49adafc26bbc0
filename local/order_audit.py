"""An audit of many orders: how often each one is stored, audited and emailed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from local.emulator.emulator import Emulator

# As in `handlers/email/message.py`.
_BEFORE_ORDER_ID = "#"


@dataclass(frozen=True, kw_only=True)
class OrderAudit:
    """Counts by orderId."""

    stored: Counter[str]
    audited: Counter[str]
    emailed: Counter[str]

    @classmethod
    def count(cls, emulator: Emulator, outputs: dict[str, Any]) -> Self:
        """Count a stack's orders; the emails are those of every stack on the emulator."""
        subjects = (str(email["Subject"]) for email in emulator.emails())
        return cls(
            stored=Counter(_order_ids(emulator, outputs["ordersTableName"])),
            audited=Counter(_order_ids(emulator, outputs["auditTableName"])),
            emailed=Counter(subject.rpartition(_BEFORE_ORDER_ID)[2] for subject in subjects),
        )

    def mismatches(self, order_ids: Collection[str]) -> list[str]:
        """Return a sentence for each place in which one of these orders is not exactly once."""
        places = {"stored": self.stored, "audited": self.audited, "emailed": self.emailed}
        return [
            f"{order_id} is {place} {counts[order_id]} times"
            for order_id in sorted(order_ids)
            for place, counts in places.items()
            if counts[order_id] != 1
        ]


def _order_ids(emulator: Emulator, table: str) -> Iterator[str]:
    paginator = emulator.client("dynamodb").get_paginator("scan")
    pages = paginator.paginate(TableName=table, ProjectionExpression="orderId")
    return (item["orderId"]["S"] for page in pages for item in page["Items"])
