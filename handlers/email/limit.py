"""The hourly limit of confirmations per recipient: a counter in DynamoDB (docs/adr/0027)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from handlers.common.inserts import Item

_HOUR: Final = timedelta(hours=1)

# DynamoDB may delete a counter one day after its hour.
_RETENTION: Final = timedelta(days=1)

# Mailboxes where dots in the local part make no difference. https://support.google.com/mail/answer/7436150
_DOTLESS_DOMAINS: Final = frozenset({"gmail.com", "googlemail.com"})


def mailbox(recipient: str) -> str:
    """Normalise an address by case, `+tag` and Gmail's dots, so that a mailbox has one text."""
    local_part, _, domain = recipient.lower().rpartition("@")
    local_part = local_part.partition("+")[0] or local_part
    if domain in _DOTLESS_DOMAINS:
        return f"{local_part.replace('.', '')}@gmail.com"
    return f"{local_part}@{domain}"


@dataclass(frozen=True, kw_only=True)
class HourlyLimit:
    """The limit, counted in one table; `update_item` is DynamoDB's UpdateItem."""

    table: str
    per_hour: int
    update_item: Callable[..., Any]

    def first_item(self, recipient: str, *, event_id: str, now: datetime) -> Item:
        """Return the counter to insert if the event is the recipient's first one in this hour."""
        return {
            **counter_key(recipient, now),
            "eventIds": {"SS": [event_id]},
            "expiresAt": _expiry(now),
        }

    def admits(self, recipient: str, *, event_id: str, now: datetime) -> bool:
        """Count an event unless the recipient has reached the limit; a redelivery counts once.

        Concurrent functions cannot exceed the limit: the condition is part of the write.
        """
        try:
            self.update_item(
                TableName=self.table,
                Key=counter_key(recipient, now),
                UpdateExpression="ADD eventIds :events SET expiresAt = :expiry",
                # guard: emails-limited-in-one-write
                ConditionExpression="attribute_not_exists(eventIds) OR size(eventIds) < :limit"
                " OR contains(eventIds, :event)",
                ExpressionAttributeValues={
                    ":events": {"SS": [event_id]},
                    ":event": {"S": event_id},
                    ":limit": {"N": str(self.per_hour)},
                    ":expiry": _expiry(now),
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True


def hour(time: datetime) -> datetime:
    """Return the start of the hour of the clock, in UTC."""
    return time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def counter_key(recipient: str, now: datetime) -> Item:
    """Return the key of a recipient's counter of the hour of a time, as DynamoDB takes it."""
    digest = hashlib.sha256(mailbox(recipient).encode(errors="replace")).hexdigest()
    return {"eventId": {"S": f"recipient/{digest}/{hour(now):%Y-%m-%dT%H}"}}


def _expiry(now: datetime) -> dict[str, str]:
    return {"N": str(int((hour(now) + _HOUR + _RETENTION).timestamp()))}
