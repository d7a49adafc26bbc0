"""Entry point of the relay Lambda: new orders in the stream become events on the topic."""

import os
from collections.abc import Mapping
from typing import Any, Final

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config
from pydantic import ValidationError

from handlers.relay.publisher import Publication, Publisher
from handlers.shared import observability
from handlers.shared.event import OrderCreated

COMPONENT: Final = "relay"

_CALLS: Final = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
_DESERIALIZER: Final = TypeDeserializer()

logger = observability.logger(COMPONENT)
publisher = Publisher(topic_arn=os.environ["TOPIC_ARN"], publish_batch=boto3.client("sns", config=_CALLS).publish_batch)


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
    inserted = [record for record in records if record["eventName"] == "INSERT"]
    publications = [publication for record in inserted if (publication := _publication(record))]
    publisher.publish(publications)
    for publication in publications:
        published = publication.event
        logger.info("Order event published", orderId=published.order_id, correlationId=published.correlation_id)
    if missing := len(inserted) - len(publications):
        raise NotAnOrderError(f"{missing} of {len(inserted)} new records are no orders")


def _publication(record: Mapping[str, Any]) -> Publication | None:
    """Return what to publish for a new record, or None, logged, where it is no order."""
    image = record["dynamodb"]["NewImage"]
    order = {name: _DESERIALIZER.deserialize(value) for name, value in image.items()}
    try:
        event = OrderCreated.of_stored_order(order)
    except ValidationError:
        # The error names fields and rules; the contract keeps the record's values out of it.
        logger.exception("Record is not an order", streamRecordId=record["eventID"])
        return None
    return Publication(event, order.get("priority"))
