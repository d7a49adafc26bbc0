"""The orders table: one conditional write stores an order, and its stream is the outbox."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from handlers.common.aws import from_attributes, to_attributes
from handlers.common.retryable_errors import translate_retryable_errors
from handlers.order.order import Order, StoreResult


class OrderConflictError(Exception):
    """An order with the same orderId and other content is stored."""


@dataclass(frozen=True, kw_only=True)
class OrdersTable:
    """The orders table; `put_item` is DynamoDB's PutItem."""

    name: str
    put_item: Callable[..., Any]

    def store(self, order: Order) -> StoreResult:
        """Store an order unless its orderId exists; an existing one is a replay or a conflict.

        An expired order does not exist, although DynamoDB may not have deleted it yet: the new one
        replaces it (docs/adr/0024).

        Raises:
            OrderConflictError: the stored order has other content.
            ServiceUnavailableError: DynamoDB is unavailable.
        """
        try:
            with translate_retryable_errors():
                self._put(order)
        except ClientError as error:
            stored = _stored_order(error)
            if not order.same_content_as(stored):
                # guard: replay-needs-same-content
                raise OrderConflictError("The stored order has other content") from None
            # One request writes twice if the SDK misses the first response, or SQS delivers twice.
            is_own_retry = _was_retried(error) and order.same_request_as(stored)
            return StoreResult(stored, replayed=not is_own_retry)
        return StoreResult(order, replayed=False)

    def _put(self, order: Order) -> None:
        self.put_item(
            TableName=self.name,
            Item=to_attributes(order.record),
            # guard: one-conditional-write
            ConditionExpression="attribute_not_exists(orderId) OR expiresAt <= :now",
            ExpressionAttributeValues=to_attributes({":now": int(time.time())}),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )


def _stored_order(error: ClientError) -> Order:
    """Return the order that is stored under the same orderId.

    Raises:
        ClientError: the write failed for another reason.
    """
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        raise error
    # The stubs lack `Item`.
    return Order(from_attributes(error.response["Item"]))  # type: ignore[typeddict-item]


def _was_retried(error: ClientError) -> bool:
    """Whether the SDK had sent the write before."""
    return error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0
