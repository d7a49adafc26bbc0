"""Idempotency records: whether the email of an event is in progress, sent or not sent.

Keys and attributes are those of Powertools' idempotency, which wrote the records of earlier
versions (docs/adr/0007).
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from handlers.common.inserts import Item, ItemExistsError

_CONDITION_FAILED: Final = "ConditionalCheckFailedException"


def record_key(event_id: str) -> str:
    """Return the key of the idempotency record of an event."""
    digest = hashlib.md5(json.dumps(event_id).encode(), usedforsecurity=False).hexdigest()
    return f"email#{digest}"


class InProgressError(Exception):
    """Another delivery of the event may still be sending."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What one delivery writes to be the only one that sends an event's email.

    It ends with the function's timeout.
    """

    event_id: str
    until: datetime
    claim_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def key(self) -> Item:
        """The key of the event's record, as DynamoDB takes it."""
        return {"eventId": {"S": record_key(self.event_id)}}


@dataclass(frozen=True, kw_only=True)
class IdempotencyRecords:
    """The records in a table; `update_item` and `delete_item` are DynamoDB's."""

    table: str
    retention: timedelta
    update_item: Callable[..., Any]
    delete_item: Callable[..., Any]

    def item(self, claim: Claim) -> Item:
        """Return the record in progress to insert."""
        return {
            **claim.key,
            "status": {"S": "INPROGRESS"},
            "claimId": {"S": claim.claim_id},
            "in_progress_expiration": _milliseconds(claim.until),
            "expiresAt": self._expiry(),
        }

    def outcome(self, claim: Claim, error: Exception | None) -> str | None:
        """Return the recorded outcome of the event; None if this delivery may send.

        `error` is that of inserting the record. If there is one already, this delivery takes over
        where it has expired, or the attempt in progress has timed out.

        Raises:
            InProgressError: another delivery may still be sending.
        """
        if error is None:
            return None
        if not isinstance(error, ItemExistsError):
            raise error
        existing = self._take_over(claim)
        # The record has this claim where the response to its insertion was lost.
        if existing is None or existing.get("claimId") == {"S": claim.claim_id}:
            return None
        if existing.get("status") == {"S": "COMPLETED"}:
            return str(existing.get("data", {}).get("S", ""))
        raise InProgressError("Another delivery of the event may still be sending")

    def complete(self, claim: Claim, outcome: Mapping[str, str]) -> None:
        """Record the outcome of a delivery."""
        self.update_item(
            TableName=self.table,
            Key=claim.key,
            UpdateExpression="SET #status = :completed, #data = :outcome, expiresAt = :expiry",
            ExpressionAttributeNames={"#status": "status", "#data": "data"},
            ExpressionAttributeValues={
                ":completed": {"S": "COMPLETED"},
                ":outcome": {"S": json.dumps(outcome)},
                ":expiry": self._expiry(),
            },
        )

    def release(self, claim: Claim) -> None:
        """Delete the record of a failed delivery, so that the next one may send at once."""
        try:
            self.delete_item(
                TableName=self.table,
                Key=claim.key,
                ConditionExpression="claimId = :claim",
                ExpressionAttributeValues={":claim": {"S": claim.claim_id}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != _CONDITION_FAILED:
                raise

    def _take_over(self, claim: Claim) -> Item | None:
        """Replace a record that has expired or timed out; return the record if it has not."""
        record = self.item(claim)
        now = datetime.now(UTC)
        try:
            self.update_item(
                TableName=self.table,
                Key=claim.key,
                UpdateExpression="SET #status = :status, claimId = :claim,"
                " in_progress_expiration = :until, expiresAt = :expiry REMOVE #data",
                ConditionExpression="attribute_not_exists(eventId) OR expiresAt < :now"
                " OR (#status = :status AND in_progress_expiration < :milliseconds)",
                ExpressionAttributeNames={"#status": "status", "#data": "data"},
                ExpressionAttributeValues={
                    ":status": record["status"],
                    ":claim": record["claimId"],
                    ":until": record["in_progress_expiration"],
                    ":expiry": record["expiresAt"],
                    ":now": _seconds(now),
                    ":milliseconds": _milliseconds(now),
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != _CONDITION_FAILED:
                raise
            existing: Item = error.response.get("Item", {})  # type: ignore[assignment] # of this error alone
            return existing
        return None

    def _expiry(self) -> Mapping[str, str]:
        # guard: sent-emails-kept-longer-than-messages
        return _seconds(datetime.now(UTC) + self.retention)


def _seconds(time: datetime) -> dict[str, str]:
    return {"N": str(int(time.timestamp()))}


def _milliseconds(time: datetime) -> dict[str, str]:
    return {"N": str(int(time.timestamp() * 1000))}
