"""SQS consumers: each message of a batch succeeds or fails by itself (partial batch responses).

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from handlers.common.context import LambdaContext
from handlers.common.contract import LONGEST_ID
from handlers.common.logs import Logger
from handlers.common.metrics import Metrics


class Traceable(Protocol):
    """The IDs in the log lines about a message."""

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
_Result = TypeVar("_Result")


def consume(
    event: Mapping[str, Any],
    context: LambdaContext,
    *,
    logger: Logger,
    metrics: Metrics,
    parse: Callable[[str], _Content],
    kind: str,
    process: Callable[[_Content, Logger], None],
) -> dict[str, Any]:
    """Process every message of an SQS batch, and return the messages that failed.

    `parse` turns a message's body into what `process` takes, with the message's logger; an
    exception of `parse` means that the body is not of the `kind`, such as "an order event". SQS
    delivers a failed message, and only that, again until the redrive policy moves it to the
    dead-letter queue.
    """
    return consume_batch(
        event,
        context,
        logger=logger,
        metrics=metrics,
        parse=parse,
        kind=kind,
        prepare=lambda contents: [None] * len(contents),
        process=lambda content, _, order_logger: process(content, order_logger),
    )


def consume_batch(
    event: Mapping[str, Any],
    context: LambdaContext,
    *,
    logger: Logger,
    metrics: Metrics,
    parse: Callable[[str], _Content],
    kind: str,
    prepare: Callable[[Sequence[_Content]], Sequence[_Result]],
    process: Callable[[_Content, _Result, Logger], None],
) -> dict[str, Any]:
    """Process an SQS batch as `consume` does, after one step for all its messages.

    `prepare` gets what could be parsed, such as to write all of it with one call of AWS. It returns
    a result for each, in order, which `process` gets; an error is the result of its message.
    """
    failed: list[str] = []
    parsed: list[tuple[str, _Content, Logger]] = []
    invocation_logger = logger.bind(requestId=context.aws_request_id)
    for record in event["Records"]:
        message_logger = _bound_to_message(invocation_logger, record)
        try:
            content = parse(record["body"])
        except Exception:
            # Other software may have sent the message. The error names fields and rules, and
            # `parse` keeps the message's values out of it. orderctl finds the line by `orderId`.
            message_logger.exception("Message is not %s", kind, **_ids(record))
            failed.append(record["messageId"])
        else:
            order_logger = _bound_to_order(message_logger, content)
            parsed.append((record["messageId"], content, order_logger))
    results = prepare([content for _, content, _ in parsed])
    for (message_id, content, order_logger), result in zip(parsed, results, strict=True):
        try:
            process(content, result, order_logger)
        except Exception:
            order_logger.exception("Message could not be processed")
            # guard: failed-message-is-reported
            failed.append(message_id)
    metrics.flush()
    # guard: consumer-reports-failed-messages
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _bound_to_message(logger: Logger, record: Mapping[str, Any]) -> Logger:
    """Return a message's logger; a success at the first receive does without the message's ID."""
    attempt = _attempt(record)
    message = {"messageId": record["messageId"], "attempt": attempt}
    return logger.bind(details=message) if attempt == 1 else logger.bind(**message)


def _bound_to_order(logger: Logger, content: Traceable) -> Logger:
    return logger.bind(
        correlationId=content.correlation_id,
        orderId=content.order_id,
        details={"customerId": content.customer_id},
    )


def _attempt(record: Mapping[str, Any]) -> int | None:
    """Return the number of receives, this one included; orderctl reads it from the log."""
    attributes = record.get("attributes")
    count = attributes.get("ApproximateReceiveCount") if isinstance(attributes, Mapping) else None
    return int(count) if isinstance(count, str) and count.isdecimal() else None


def _ids(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the order's ID in a message that cannot be parsed, if there is one."""
    try:
        content = json.loads(str(record.get("body")))
    except (ValueError, RecursionError):
        return {}
    order_id = content.get("orderId") if isinstance(content, dict) else None
    return {"orderId": order_id[:LONGEST_ID]} if isinstance(order_id, str) else {}
