"""Names and formats that functions, infrastructure and command lines share.

Standard library only: the Pulumi program and every bundle import it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

# Global secondary indexes of the orders table and of the audit table.
CUSTOMER_INDEX: Final = "CustomerIdIndex"
ORDER_INDEX: Final = "OrderIdIndex"

# The Lambda alias that everything invokes.
ALIAS: Final = "live"

# By ingestion: the function behind the gateway, and the function that writes orders. A function's
# name is that of its package in `handlers/`.
API_FUNCTION: Final[Mapping[str, str]] = {"direct": "orders", "queued": "intake"}
WRITER: Final[Mapping[str, str]] = {"direct": "orders", "queued": "processor"}

# The functions that consume order events.
WORKFLOWS: Final = ("email", "audit")

# How often a queue delivers a message that fails, before it is a dead letter.
MAX_RECEIVES: Final = 3

QUEUE_RETENTION: Final = timedelta(days=4)
DEAD_LETTER_RETENTION: Final = timedelta(days=14)

# The longest time from sending a message to processing it, with one redrive. A message keeps its
# age in the dead-letter queue: it expires DEAD_LETTER_RETENTION after it was sent. A redrive sends
# it as a new message, which can wait for QUEUE_RETENTION.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
LONGEST_WAIT: Final = DEAD_LETTER_RETENTION + QUEUE_RETENTION

# Characters of an ID in an event or a log line; the API accepts fewer.
LONGEST_ID: Final = 256


def function_names(*, ingestion: str, auth: str) -> frozenset[str]:
    """Return the functions of a stack; `lookup` exists where callers are authenticated."""
    lookup = set() if auth == "none" else {"lookup"}
    return frozenset({API_FUNCTION[ingestion], WRITER[ingestion], *lookup, "relay", *WORKFLOWS})


def iso_8601(time: datetime) -> str:
    """Return a time in UTC with milliseconds: `2026-01-15T10:30:00.123Z`."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
