"""The email Lambda function: each order event with an email address becomes one confirmation.

A recipient that the mail system permanently refuses, or that has reached the hourly limit, gets
none. That is logged, counted and recorded like a sent email, so that the event is not retried.
"""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.common.startup import end_of_startup
from handlers.common import aws
from handlers.common.consumer import consume
from handlers.common.logs import Logger
from handlers.common.masking import mask
from handlers.common.metrics import Metrics
from handlers.email.limit import HourlyLimit
from handlers.email.message import confirmation
from handlers.email.refusals import RecipientRefusedError
from handlers.email.transport import SesTransport, SmtpTransport, Transport
from handlers.events.order_created import OrderCreated
from handlers.validation.email_addresses import email_address_problem

COMPONENT: Final = "email"

# Sending takes at most 2 x 8 seconds, and three table calls 2 x 5 each: below the timeout of 60.
_CLIENT_CONFIG: Final = aws.client_config(attempts=2)
_TABLE_CLIENT_CONFIG: Final = aws.client_config(attempts=2, connect_seconds=2, read_seconds=3)

_RETENTION: Final = timedelta(days=int(os.environ["SENT_EMAILS_RETENTION_DAYS"]))


def _ses() -> Transport:
    client = aws.client("sesv2", _CLIENT_CONFIG)
    return SesTransport(
        sender=os.environ["EMAIL_FROM"],
        configuration_set=os.environ["EMAIL_CONFIGURATION_SET"],
        send_email=client.send_email,
    )


def _smtp() -> Transport:
    arn = os.environ["SMTP_SECRET_ARN"]
    secrets = SecretsProvider(boto3_client=aws.client("secretsmanager", _CLIENT_CONFIG))

    def credentials() -> dict[str, str]:
        return cast("dict[str, str]", secrets.get(arn, transform="json", max_age=300))

    host, port = os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])
    return SmtpTransport(
        sender=os.environ["EMAIL_FROM"], host=host, port=port, credentials=credentials
    )


_TRANSPORTS: Final[Mapping[str, Callable[[], Transport]]] = {"ses": _ses, "smtp": _smtp}

logger = Logger(COMPONENT)
metrics = Metrics(COMPONENT)
transport = _TRANSPORTS[os.environ["EMAIL_TRANSPORT"]]()
idempotency = IdempotencyConfig(
    # guard: sent-emails-kept-longer-than-messages
    expires_after_seconds=int(_RETENTION.total_seconds()),
)
sent_emails = DynamoDBPersistenceLayer(
    table_name=os.environ["SENT_EMAILS_TABLE_NAME"],
    key_attr="eventId",
    expiry_attr="expiresAt",
    boto_config=_TABLE_CLIENT_CONFIG,
)
limit = HourlyLimit(
    table=os.environ["SENT_EMAILS_TABLE_NAME"],
    per_hour=int(os.environ["CONFIRMATIONS_PER_HOUR"]),
    update_item=sent_emails.client.update_item,
)


def handle(event: Mapping[str, Any], context: LambdaContext) -> Mapping[str, Any]:
    """Confirm the orders of an SQS batch; return the messages that failed."""
    # guard: email-knows-time-left
    idempotency.register_lambda_context(context)
    return consume(
        event,
        context,
        logger=logger,
        metrics=metrics,
        parse=OrderCreated.from_json,
        kind="an order event",
        process=_confirm,
    )


def _confirm(event: OrderCreated, logger: Logger) -> None:
    if event.customer_email is None:
        logger.info("Order has no email address")
        metrics.add("EmailsSkipped")
        return
    try:
        send_once(
            event_id=event.event_id, event=event, recipient=event.customer_email, logger=logger
        )
    except Exception:
        metrics.add("EmailsFailed")
        raise


def _send(*, event_id: str, event: OrderCreated, recipient: str, logger: Logger) -> dict[str, str]:
    """Send unless the recipient is refused or at the limit; return the outcome for the record."""
    # guard: no-email-to-invalid-address
    if problem := email_address_problem(recipient):
        return _rejected("***", problem, logger)  # the mask may not find such an address
    if not limit.admits(recipient, event_id=event_id, now=datetime.now(UTC)):
        logger.warning(
            "Confirmation suppressed: hourly limit per recipient",
            recipient=mask(recipient),
        )
        metrics.add("EmailsSuppressed")
        return {"outcome": "SUPPRESSED"}
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


# guard: email-sent-once
send_once: Final = idempotent_function(
    _send,
    data_keyword_argument="event_id",
    config=idempotency,
    persistence_store=sent_emails,
    key_prefix=COMPONENT,
)


end_of_startup()
