"""How every function takes messages from its queue: one by one, each failing for itself."""

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

from handlers.events.order_created import LONGEST_ID


class Traceable(Protocol):
    """What a message has to tell for its lines in the log to be found."""

    @property
    def order_id(self) -> str:
        """The order that it is about."""

    @property
    def customer_id(self) -> str | None:
        """Whose order that is, where it is known."""

    @property
    def correlation_id(self) -> str:
        """Where the order came from."""


_Content = TypeVar("_Content", bound=Traceable)


def consume(
    event: Mapping[str, Any],
    context: LambdaContext,
    *,
    logger: Logger,
    read: Callable[[str], _Content],
    expected: str,
    workflow: Callable[[_Content], None],
) -> Mapping[str, Any]:
    """Hand what every message of an SQS batch holds to a workflow, and answer with the messages that failed.

    `read` turns a message's body into what the workflow takes; any exception means that the body is not what is
    `expected`, as in "an order event". A failed message, and only that, is delivered again until
    its queue's redrive policy moves it to the dead-letter queue. Every line logged meanwhile carries the order's ID
    and the request's correlation ID.
    """

    def take(record: SQSRecord) -> None:
        keys = {
            "requestId": context.aws_request_id,
            "messageId": record.message_id,
            "attempt": _attempt(record),
        }
        with logger.append_context_keys(**keys):
            content = _content(record)
            known = {"orderId": content.order_id, "customerId": content.customer_id}
            with logger.append_context_keys(correlationId=content.correlation_id, **known):
                _run(workflow, content, logger)

    def _content(record: SQSRecord) -> _Content:
        try:
            return read(record.body)
        except Exception:
            # Other software may have sent the message, so anything can be wrong with it. The error names fields and
            # rules; `read` keeps the message's values out of it. orderctl finds the line by the order's ID.
            logger.exception("Message is not %s", expected, extra=_ids(record))
            raise

    # An answer that lists every message delivers them again without the invocation counting as crashed.
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    # guard: consumer-reports-failed-messages
    return process_partial_response(
        event=dict(event), record_handler=take, processor=processor, context=context
    )


def _attempt(record: SQSRecord) -> int | None:
    """Return how often the message was received, this time included; orderctl reads it from the log."""
    attributes = record.raw_event.get("attributes")
    count = attributes.get("ApproximateReceiveCount") if isinstance(attributes, Mapping) else None
    return int(count) if isinstance(count, str) and count.isdecimal() else None


def _ids(record: SQSRecord) -> dict[str, str]:
    """Return the order's ID in a message that cannot be read, where there is one."""
    try:
        content = json.loads(str(record.raw_event.get("body")))
    except (ValueError, RecursionError):
        return {}
    order_id = content.get("orderId") if isinstance(content, dict) else None
    return {"orderId": order_id[:LONGEST_ID]} if isinstance(order_id, str) else {}


def _run(workflow: Callable[[_Content], None], content: _Content, logger: Logger) -> None:
    try:
        workflow(content)
    except Exception:
        logger.exception("Message could not be processed")
        # guard: failed-message-raises
        raise
