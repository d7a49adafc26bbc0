"""The email Lambda function: each order event with an email address becomes one confirmation.

A recipient that the mail system permanently refuses, or that has reached the hourly limit, gets
none. That is logged, counted and recorded like a sent email, so that the event is not retried.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from handlers.common.startup import end_of_startup
from handlers.common import aws
from handlers.common.consumer import consume_batch
from handlers.common.context import LambdaContext
from handlers.common.inserts import Inserts
from handlers.common.logs import Logger
from handlers.common.masking import mask
from handlers.common.metrics import Metrics
from handlers.email.credentials import SecretCredentials
from handlers.email.limit import HourlyLimit, hour
from handlers.email.message import confirmation
from handlers.email.records import Claim, IdempotencyRecords
from handlers.email.refusals import RecipientRefusedError
from handlers.email.transport import SesTransport, SmtpTransport, Transport
from handlers.events.order_created import OrderCreated
from handlers.validation.email_addresses import email_address_problem

COMPONENT: Final = "email"

# The email that is sent last begins in the first 30 of 60 seconds. It takes at most 2 x 8 seconds,
# and a call of the table 2 x 5.
_CLIENT_CONFIG: Final = aws.client_config(attempts=2)
_TABLE_CLIENT_CONFIG: Final = aws.client_config(attempts=2, connect_seconds=2, read_seconds=3)


def _ses() -> Transport:
    client = aws.client("sesv2", _CLIENT_CONFIG)
    return SesTransport(
        sender=os.environ["EMAIL_FROM"],
        configuration_set=os.environ["EMAIL_CONFIGURATION_SET"],
        send_email=client.send_email,
    )


def _smtp() -> Transport:
    arn = os.environ["SMTP_SECRET_ARN"]
    client = aws.client("secretsmanager", _CLIENT_CONFIG)
    host, port = os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])
    return SmtpTransport(
        sender=os.environ["EMAIL_FROM"],
        host=host,
        port=port,
        credentials=SecretCredentials(arn=arn, get_secret_value=client.get_secret_value),
    )


_TRANSPORTS: Final[Mapping[str, Callable[[], Transport]]] = {"ses": _ses, "smtp": _smtp}

logger = Logger(COMPONENT)
metrics = Metrics(COMPONENT)
transport = _TRANSPORTS[os.environ["EMAIL_TRANSPORT"]]()
dynamodb = aws.client("dynamodb", _TABLE_CLIENT_CONFIG)
table_name = os.environ["SENT_EMAILS_TABLE_NAME"]
inserts = Inserts(table=table_name, key=("eventId",), execute=dynamodb.batch_execute_statement)
records = IdempotencyRecords(
    table=table_name,
    retention=timedelta(days=int(os.environ["SENT_EMAILS_RETENTION_DAYS"])),
    update_item=dynamodb.update_item,
    delete_item=dynamodb.delete_item,
)
limit = HourlyLimit(
    table=table_name,
    per_hour=int(os.environ["CONFIRMATIONS_PER_HOUR"]),
    update_item=dynamodb.update_item,
)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A delivery's claim, and the results of inserting it and its counter."""

    claim: Claim
    start_by: datetime
    """A send that starts later may not end before the function's timeout."""

    error: Exception | None
    """The error of inserting the idempotency record, if any."""

    counted_in: datetime | None
    """The hour in which the email is counted already, as the recipient's first one; else None."""

    def is_counted(self, now: datetime) -> bool:
        """Whether the email is counted in the hour in which it is sent, if that is now."""
        return self.counted_in == hour(now)


class TimeLeftError(Exception):
    """The batch has taken too long for another email; a later delivery sends it."""


def handle(event: Mapping[str, Any], context: LambdaContext) -> Mapping[str, Any]:
    """Confirm the orders of an SQS batch; return the messages that failed."""
    return consume_batch(
        event,
        context,
        logger=logger,
        metrics=metrics,
        parse=OrderCreated.from_json,
        kind="an order event",
        prepare=partial(_claim, context=context),
        process=_confirm,
    )


def _claim(events: Sequence[OrderCreated], *, context: LambdaContext) -> list[Attempt | None]:
    """Claim the emails of a batch, and count those of this hour's orders, in one call.

    An order of an earlier hour may be delivered again. It is counted when it is to be sent.
    """
    now = datetime.now(UTC)
    # guard: email-knows-time-left
    time_left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    recipients = {
        index: event.customer_email
        for index, event in enumerate(events)
        if event.customer_email is not None
    }
    claims = {
        index: Claim(event_id=events[index].event_id, until=now + time_left) for index in recipients
    }
    counters = {
        index: limit.first_item(recipient, event_id=events[index].event_id, now=now)
        for index, recipient in recipients.items()
        if hour(events[index].created_at) == hour(now)
    }
    errors = inserts.insert([*map(records.item, claims.values()), *counters.values()])
    claim_errors = dict(zip(claims, errors[: len(claims)], strict=True))
    counter_errors = dict(zip(counters, errors[len(claims) :], strict=True))
    return [
        Attempt(
            claim=claims[index],
            start_by=now + time_left / 2,
            error=claim_errors[index],
            counted_in=hour(now) if index in counters and counter_errors[index] is None else None,
        )
        if index in claims
        else None
        for index in range(len(events))
    ]


def _confirm(event: OrderCreated, attempt: Attempt | None, logger: Logger) -> None:
    if event.customer_email is None or attempt is None:
        logger.info("Order has no email address")
        metrics.add("EmailsSkipped")
        return
    try:
        _send_once(event, event.customer_email, attempt, logger)
    except Exception:
        metrics.add("EmailsFailed")
        raise


def _send_once(event: OrderCreated, recipient: str, attempt: Attempt, logger: Logger) -> None:
    # guard: email-sent-once
    if records.outcome(attempt.claim, attempt.error) is not None:
        logger.info("Duplicate event ignored")
        return
    try:
        outcome = _send(event, recipient, attempt, logger)
    except Exception as error:
        _release(attempt.claim, error)
        raise
    records.complete(attempt.claim, outcome)


def _release(claim: Claim, error: Exception) -> None:
    try:
        records.release(claim)
    except Exception as another:  # noqa: BLE001 - the first error is raised, with this note
        error.add_note(f"The idempotency record stays in progress: {another}")


def _send(event: OrderCreated, recipient: str, attempt: Attempt, logger: Logger) -> dict[str, str]:
    """Send unless the recipient is refused or at the limit; return the outcome for the record."""
    # guard: no-email-to-invalid-address
    if problem := email_address_problem(recipient):
        return _rejected("***", problem, logger)  # the mask may not find such an address
    now = datetime.now(UTC)
    if not attempt.is_counted(now) and not limit.admits(
        recipient, event_id=event.event_id, now=now
    ):
        logger.warning(
            "Confirmation suppressed: hourly limit per recipient",
            recipient=mask(recipient),
        )
        metrics.add("EmailsSuppressed")
        return {"outcome": "SUPPRESSED"}
    # After counting, which may take long as well; a later delivery does not count again.
    # guard: email-starts-in-time
    if datetime.now(UTC) > attempt.start_by:
        raise TimeLeftError("The batch has taken half of the function's timeout")
    try:
        transport.send(confirmation(event, recipient=recipient))
    except RecipientRefusedError as refusal:
        return _rejected(mask(recipient), str(refusal), logger)
    logger.info("Confirmation sent")
    metrics.add("EmailsSent")
    age = (datetime.now(UTC) - event.created_at) // timedelta(milliseconds=1)
    metrics.add("OrderAge", age, unit="Milliseconds")
    return {"outcome": "SENT"}


def _rejected(recipient: str, reason: str, logger: Logger) -> dict[str, str]:
    logger.warning("Recipient rejected", recipient=recipient, reason=reason)
    metrics.add("EmailsRejected")
    return {"outcome": "REJECTED", "reason": reason}


end_of_startup()
