"""The relay Lambda function: new orders in the table's stream become events on the topic."""

import os
from collections.abc import Collection, Mapping
from typing import Any, Final

from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.common import aws, observability
from handlers.common.contract import LONGEST_ID
from handlers.events.stream import is_new_order
from handlers.relay.publisher import NotPublishedError, Publisher, TopicMessage

COMPONENT: Final = "relay"

logger = observability.logger(COMPONENT)
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
    with logger.append_context_keys(requestId=context.aws_request_id):
        records = event.get("Records")
        if not isinstance(records, list):
            records = [event]  # fails below, because it is not a record of an order
        try:
            _relay(records)
        except Exception as error:
            # A record that is no order was logged with its traceback.
            traceback = not isinstance(error, NotAnOrderError)
            extra = {"records": len(records), "reason": str(error)}
            logger.error("Stream batch not fully published", extra=extra, exc_info=traceback)  # noqa: TRY400 - see above
            # guard: relay-raises-unpublished-events
            raise


def _relay(records: list[Mapping[str, Any]]) -> None:
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
            logger.exception("Stream record is not an order", extra=_ids(record))
            unreadable += 1
    _publish(messages)
    if unreadable:
        total = len(messages) + unreadable
        # guard: relay-raises-unreadable-records
        raise NotAnOrderError(f"{unreadable} of {total} new records are no orders")


def _publish(messages: list[TopicMessage]) -> None:
    try:
        publisher.publish(messages)
    except NotPublishedError as error:
        reason = str(error.__cause__ or "SNS refused the message")
        _report(messages, refused=error.event_ids, reason=reason)
        raise
    _report(messages)


def _report(
    messages: list[TopicMessage], *, refused: Collection[str] = (), reason: str = ""
) -> None:
    for event in (message.event for message in messages):
        ids = {
            "orderId": event.order_id,
            "customerId": event.customer_id,
            "correlationId": event.correlation_id,
        }
        if event.event_id in refused:
            logger.error("Order event not published", extra={**ids, "reason": reason})
        else:
            logger.info("Order event published", extra=ids)


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
