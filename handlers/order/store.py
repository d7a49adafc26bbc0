"""The one AWS call of an order: a conditional write to the Orders table, which is its outbox as well."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from handlers.common.aws import from_attributes, to_attributes
from handlers.order.order import Order
from handlers.order.retryable_errors import asking_to_come_again
from handlers.validation.rejection import Rejection


@dataclass(frozen=True)
class Placed:
    """The order as stored, and whether an earlier request, or delivery, had stored it already."""

    order: Order
    replayed: bool


@dataclass(frozen=True, kw_only=True)
class OrdersTable:
    """The Orders table; `put_item` is DynamoDB's PutItem."""

    name: str
    put_item: Callable[..., Any]

    def place(self, order: Order, *, key_field: str) -> Placed:
        """Store an order unless its orderId exists; then tell a replay from a conflict.

        An order that has expired does not exist, although DynamoDB may not have deleted it yet: the new one replaces it
        (docs/adr/0024).

        Raises:
            Rejection: 409, naming `key_field`: the orderId exists with other content.
            Unavailable: DynamoDB cannot be used at the moment.
        """
        try:
            with asking_to_come_again():
                self._put(order)
        except ClientError as error:
            stored = _stored_order(error)
            if not order.has_content_of(stored):
                # guard: replay-needs-same-content
                raise Rejection.conflict(key_field) from None
            # One request leads to two writes when the SDK did not hear of the first, or when SQS delivered it twice.
            first_heard_of = _was_repeated(error) and order.came_with_request_of(stored)
            return Placed(stored, replayed=not first_heard_of)
        return Placed(order, replayed=False)

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
    """Return the order that was there before.

    Raises:
        ClientError: the write failed for another reason.
    """
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        raise error
    return Order(from_attributes(error.response["Item"]))  # type: ignore[typeddict-item] # the stubs do not know it


def _was_repeated(error: ClientError) -> bool:
    """Whether the SDK had sent the write before this answer came."""
    return error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0
