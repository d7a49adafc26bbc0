"""How every workflow takes messages from its queue: one by one, each failing for itself."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.shared.event import OrderCreated


def consume(
    event: Mapping[str, Any],
    context: LambdaContext,
    *,
    logger: Logger,
    workflow: Callable[[OrderCreated], None],
) -> Mapping[str, Any]:
    """Hand every order event of an SQS batch to a workflow, and answer with the messages that failed.

    A failed message, and only that, is delivered again until its queue's redrive policy moves it to the
    dead-letter queue. Every line logged meanwhile carries the order's ID and the request's correlation ID.
    """

    def take(record: SQSRecord) -> None:
        with logger.append_context_keys(requestId=context.aws_request_id, messageId=record.message_id):
            order = _order_event(record.body, logger)
            known = {"orderId": order.order_id, "customerId": order.customer_id}
            with logger.append_context_keys(correlationId=order.correlation_id, **known):
                _run(workflow, order, logger)

    # An answer that lists every message delivers them again without the invocation counting as crashed.
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event=dict(event), record_handler=take, processor=processor, context=context)


def _order_event(body: str, logger: Logger) -> OrderCreated:
    try:
        return OrderCreated.from_json(body)
    except (ValueError, RecursionError):
        # The error names fields and rules; the contract keeps what a foreign message holds out of it.
        logger.exception("Message is not an order event")
        raise


def _run(workflow: Callable[[OrderCreated], None], order: OrderCreated, logger: Logger) -> None:
    try:
        workflow(order)
    except Exception:
        logger.exception("Message could not be processed")
        raise
