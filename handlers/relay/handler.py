"""The relay Lambda function: new orders in the table's stream become events on the topic."""

import os
from collections.abc import Collection, Mapping
from typing import Any, Final

from handlers.common.startup import end_of_startup
from handlers.common import aws
from handlers.common.context import LambdaContext
from handlers.common.contract import LONGEST_ID
from handlers.common.logs import Logger
from handlers.events.stream import is_new_order
from handlers.relay.publisher import NotPublishedError, Publisher, TopicMessage

COMPONENT: Final = "relay"

logger = Logger(COMPONENT)
publisher = Publisher(
    topic_arn=os.environ["TOPIC_ARN"],
    publish_batch=aws.client("sns", aws.client_config()).publish_batch,
)


class NotAnOrderError(Exception):
    """Stream records are no orders; the others of the batch were published."""


def handle(event: Mapping[str, Any], context: LambdaContext) -> None:
    """Publish the new orders of a DynamoDB stream batch.

    An exception makes the stream deliver the batch again. An order that is published twice has the
    same event ID, by which consumers recognise it.

    Raises:
        NotPublishedError: the topic refused events.
        NotAnOrderError: the batch holds records that are no orders.
    """
    batch_logger = logger.bind(requestId=context.aws_request_id)
    records = event.get("Records")
    if not isinstance(records, list):
        records = [event]  # fails below, because it is not a record of an order
    try:
        _relay(records, batch_logger)
    except Exception as error:
        batch_logger.error(  # noqa: TRY400 - a record that is no order was logged with its traceback
            "Stream batch not fully published",
            exc_info=not isinstance(error, NotAnOrderError),
            records=len(records),
            reason=str(error),
        )
        # guard: relay-raises-unpublished-events
        raise


def _relay(records: list[Mapping[str, Any]], logger: Logger) -> None:
    messages: list[TopicMessage] = []
    unreadable = 0
    for record in records:
        try:
            if is_new_order(record):
                order = aws.from_attributes(record["dynamodb"]["NewImage"])
                messages.append(TopicMessage.of_stored_order(order))
        except Exception:
            # Other software may have written the record. The error names fields and rules, and the
            # event contract keeps the record's values out of it.
            logger.exception("Stream record is not an order", **_ids(record))
            unreadable += 1
    _publish(messages, logger)
    if unreadable:
        total = len(messages) + unreadable
        # guard: relay-raises-unreadable-records
        raise NotAnOrderError(f"{unreadable} of {total} new records are no orders")


def _publish(messages: list[TopicMessage], logger: Logger) -> None:
    try:
        publisher.publish(messages)
    except NotPublishedError as error:
        reason = str(error.__cause__ or "SNS refused the message")
        _report(messages, logger, refused=error.event_ids, reason=reason)
        raise
    _report(messages, logger)


def _report(
    messages: list[TopicMessage],
    logger: Logger,
    *,
    refused: Collection[str] = (),
    reason: str = "",
) -> None:
    for event in (message.event for message in messages):
        event_logger = logger.bind(
            correlationId=event.correlation_id,
            orderId=event.order_id,
            details={"customerId": event.customer_id},
        )
        if event.event_id in refused:
            event_logger.error("Order event not published", reason=reason)
        else:
            event_logger.info("Order event published")


def _ids(record: Any) -> dict[str, str]:
    """Return the IDs in a record, as far as it can be read."""
    images = _mapping(_mapping(record).get("dynamodb"))
    order_id = _mapping(_mapping(images.get("NewImage", images.get("Keys"))).get("orderId"))
    ids = {
        "orderId": order_id.get("S", ""),
        "streamRecordId": _mapping(record).get("eventID"),
        "sequenceNumber": images.get("SequenceNumber"),
    }
    return {name: str(value)[:LONGEST_ID] for name, value in ids.items()}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


end_of_startup()
