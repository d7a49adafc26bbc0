"""Entry point of the relay Lambda: new orders in the stream become events on the topic."""

import os
from collections.abc import Collection, Mapping
from typing import Any, Final

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from handlers.relay.publisher import NotPublishedError, Publication, Publisher
from handlers.shared import aws, observability
from handlers.shared.event import OrderCreated
from handlers.shared.stream import is_new_order

COMPONENT: Final = "relay"

logger = observability.logger(COMPONENT)
publisher = Publisher(topic_arn=os.environ["TOPIC_ARN"], publish_batch=aws.client("sns", aws.calls()).publish_batch)


class NotAnOrderError(Exception):
    """Stream records that are no orders; the others of the batch were published."""


def handle(event: Mapping[str, Any], context: LambdaContext) -> None:
    """Publish the new orders of a DynamoDB stream batch.

    Whatever was not published is raised, so that the stream delivers the batch again. What it delivers twice is
    published twice, under the same event ID, by which the consumers know it.

    Raises:
        NotPublishedError: the topic refused events.
        NotAnOrderError: the batch holds records that are no orders.
    """
    with logger.append_context_keys(requestId=context.aws_request_id):
        try:
            _relay(event["Records"])
        except Exception:
            logger.exception("Stream batch is not published in full", records=len(event["Records"]))
            raise


def _relay(records: list[Mapping[str, Any]]) -> None:
    inserted = [record for record in records if is_new_order(record)]
    publications = [publication for record in inserted if (publication := _publication(record))]
    _publish(publications)
    if missing := len(inserted) - len(publications):
        raise NotAnOrderError(f"{missing} of {len(inserted)} new records are no orders")


def _publish(publications: list[Publication]) -> None:
    try:
        publisher.publish(publications)
    except NotPublishedError as error:
        _report(publications, refused=error.event_ids)
        raise
    _report(publications)


def _report(publications: list[Publication], *, refused: Collection[str] = ()) -> None:
    for event in (publication.event for publication in publications):
        ids = {"orderId": event.order_id, "customerId": event.customer_id, "correlationId": event.correlation_id}
        if event.event_id in refused:
            logger.error("Order event not published", extra=ids)
        else:
            logger.info("Order event published", extra=ids)


def _publication(record: Mapping[str, Any]) -> Publication | None:
    """Return what to publish for a new record, or None, logged, where it is no order."""
    order = aws.from_attributes(record["dynamodb"]["NewImage"])
    try:
        event = OrderCreated.of_stored_order(order)
    except ValidationError:
        # The error names fields and rules; the contract keeps the record's values out of it.
        key = str(order.get("orderId", ""))
        logger.exception("Record is not an order", orderId=key, streamRecordId=record["eventID"])
        return None
    return Publication(event, order.get("priority"))
