"""SQS consumers: each message of a batch is processed by itself (partial batch responses)."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.common.contract import LONGEST_ID


class Traceable(Protocol):
    """The IDs that every log line about a message has."""

    @property
    def order_id(self) -> str:
        """The order's ID."""

    @property
    def customer_id(self) -> str | None:
        """The customer's ID, if it is known."""

    @property
    def correlation_id(self) -> str:
        """The correlation ID of the request."""


_Content = TypeVar("_Content", bound=Traceable)


def consume(
    event: Mapping[str, Any],
    context: LambdaContext,
    *,
    logger: Logger,
    parse: Callable[[str], _Content],
    kind: str,
    process: Callable[[_Content], None],
) -> Mapping[str, Any]:
    """Process every message of an SQS batch, and return the messages that failed.

    `parse` turns a message's body into what `process` takes; an exception means that the body is
    not of the `kind`, such as "an order event". SQS delivers a failed message, and only that, again
    until the redrive policy moves it to the dead-letter queue.
    """

    def handle(record: SQSRecord) -> None:
        keys = {
            "requestId": context.aws_request_id,
            "messageId": record.message_id,
            "attempt": _attempt(record),
        }
        with logger.append_context_keys(**keys):
            content = parsed(record)
            with logger.append_context_keys(
                correlationId=content.correlation_id,
                orderId=content.order_id,
                customerId=content.customer_id,
            ):
                _process(process, content, logger)

    def parsed(record: SQSRecord) -> _Content:
        try:
            return parse(record.body)
        except Exception:
            # Other software may have sent the message. The error names fields and rules, and
            # `parse` keeps the message's values out of it. orderctl finds the line by `orderId`.
            logger.exception("Message is not %s", kind, extra=_ids(record))
            raise

    # If every message fails, the response lists them all, and the invocation still succeeds.
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    # guard: consumer-reports-failed-messages
    return process_partial_response(
        event=dict(event), record_handler=handle, processor=processor, context=context
    )


def _process(process: Callable[[_Content], None], content: _Content, logger: Logger) -> None:
    try:
        process(content)
    except Exception:
        logger.exception("Message could not be processed")
        # guard: failed-message-raises
        raise


def _attempt(record: SQSRecord) -> int | None:
    """Return the number of receives, this one included; orderctl reads it from the log."""
    attributes = record.raw_event.get("attributes")
    count = attributes.get("ApproximateReceiveCount") if isinstance(attributes, Mapping) else None
    return int(count) if isinstance(count, str) and count.isdecimal() else None


def _ids(record: SQSRecord) -> dict[str, str]:
    """Return the order's ID in a message that cannot be parsed, if there is one."""
    try:
        content = json.loads(str(record.raw_event.get("body")))
    except (ValueError, RecursionError):
        return {}
    order_id = content.get("orderId") if isinstance(content, dict) else None
    return {"orderId": order_id[:LONGEST_ID]} if isinstance(order_id, str) else {}
