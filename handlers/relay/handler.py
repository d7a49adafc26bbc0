"""Entry point of the relay Lambda: new orders in the stream become events on the topic."""

import os
from collections.abc import Collection, Mapping
from typing import Any, Final

from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.common import aws, observability
from handlers.events.order_created import LONGEST_ID
from handlers.events.stream import is_new_order
from handlers.relay.publisher import NotPublishedError, Publication, Publisher

COMPONENT: Final = "relay"

logger = observability.logger(COMPONENT)
publisher = Publisher(
    topic_arn=os.environ["TOPIC_ARN"], publish_batch=aws.client("sns", aws.calls()).publish_batch
)


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
        records = event.get("Records")
        if not isinstance(records, list):
            records = [event]  # fails below, because it is not a record of an order
        try:
            _relay(records)
        except Exception as error:
            # Why a record is no order was logged already, with its traceback.
            traceback = not isinstance(error, NotAnOrderError)
            facts = {"records": len(records), "reason": str(error)}
            logger.error("Stream batch is not published in full", extra=facts, exc_info=traceback)  # noqa: TRY400
            # guard: relay-raises-unpublished-events
            raise


def _relay(records: list[Mapping[str, Any]]) -> None:
    publications: list[Publication] = []
    unreadable = 0
    for record in records:
        try:
            if is_new_order(record):
                order = aws.from_attributes(record["dynamodb"]["NewImage"])
                publications.append(Publication.of_stored_order(order))
        except Exception:
            # Other software may have written the record, so anything can be wrong with it. The exception names fields
            # and rules; the event contract keeps the record's values out of it.
            logger.exception("Record is not an order", extra=_ids(record))
            unreadable += 1
    _publish(publications)
    if unreadable:
        total = len(publications) + unreadable
        # guard: relay-raises-unreadable-records
        raise NotAnOrderError(f"{unreadable} of {total} new records are no orders")


def _publish(publications: list[Publication]) -> None:
    try:
        publisher.publish(publications)
    except NotPublishedError as error:
        _report(
            publications,
            refused=error.event_ids,
            reason=str(error.__cause__ or "The topic refused it"),
        )
        raise
    _report(publications)


def _report(
    publications: list[Publication], *, refused: Collection[str] = (), reason: str = ""
) -> None:
    for event in (publication.event for publication in publications):
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
    """Return what names a record, as far as it can be read."""
    images = _mapping(_mapping(record).get("dynamodb"))
    order_id = _mapping(_mapping(images.get("NewImage", images.get("Keys"))).get("orderId")).get(
        "S", ""
    )
    ids = {
        "orderId": order_id,
        "streamRecordId": _mapping(record).get("eventID"),
        "sequenceNumber": images.get("SequenceNumber"),
    }
    return {name: str(value)[:LONGEST_ID] for name, value in ids.items()}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
