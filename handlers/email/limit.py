"""The limit of confirmations per recipient and hour: a conditional counter in the sent-emails table (docs/adr/0027)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

_HOUR: Final = timedelta(hours=1)

# A counter is needed for its hour only. DynamoDB may delete it a day later.
_RETENTION: Final = timedelta(days=1)

# Mailboxes where dots in the local part make no difference. https://support.google.com/mail/answer/7436150
_DOTLESS_DOMAINS: Final = frozenset({"gmail.com", "googlemail.com"})


def mailbox(recipient: str) -> str:
    """Return one text for the spellings of an address that reach one mailbox: case, `+tag`, and Gmail's dots."""
    local_part, _, domain = recipient.lower().rpartition("@")
    local_part = local_part.partition("+")[0] or local_part
    if domain in _DOTLESS_DOMAINS:
        return f"{local_part.replace('.', '')}@gmail.com"
    return f"{local_part}@{domain}"


@dataclass(frozen=True, kw_only=True)
class HourlyLimit:
    """How many confirmations a recipient may get within an hour; `update_item` is DynamoDB's UpdateItem."""

    table: str
    per_hour: int
    update_item: Callable[..., Any]

    def admits(self, recipient: str, *, event_id: str, now: datetime) -> bool:
        """Count an event, once however often it comes, unless the recipient's limit for this hour is reached.

        Two functions at the same time cannot exceed the limit: the condition is part of the write.
        """
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        digest = hashlib.sha256(mailbox(recipient).encode(errors="replace")).hexdigest()
        try:
            self.update_item(
                TableName=self.table,
                Key={"eventId": {"S": f"recipient/{digest}/{hour:%Y-%m-%dT%H}"}},
                UpdateExpression="ADD eventIds :events SET expiresAt = :expiry",
                # guard: emails-limited-in-one-write
                ConditionExpression="attribute_not_exists(eventIds) OR size(eventIds) < :limit"
                " OR contains(eventIds, :event)",
                ExpressionAttributeValues={
                    ":events": {"SS": [event_id]},
                    ":event": {"S": event_id},
                    ":limit": {"N": str(self.per_hour)},
                    ":expiry": {"N": str(int((hour + _HOUR + _RETENTION).timestamp()))},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True
