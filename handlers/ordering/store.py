"""The one AWS call of an order: a conditional write to the Orders table, which is its outbox as well."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's name

from handlers.ordering.order import Order
from handlers.ordering.rejection import Rejection, Unavailable
from handlers.shared.aws import from_attributes, to_attributes

# What DynamoDB answers, beside every 5xx, when the same request may succeed later.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_RETRYABLE: Final = frozenset(
    {
        "ItemCollectionSizeLimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
    }
)


@dataclass(frozen=True)
class Placed:
    """The order as stored, and whether an earlier request had stored it already."""

    order: Order
    replayed: bool


@dataclass(frozen=True, kw_only=True)
class OrdersTable:
    """The Orders table; `put_item` is DynamoDB's PutItem."""

    name: str
    put_item: Callable[..., Any]

    def place(self, order: Order, *, key_field: str) -> Placed:
        """Store an order unless its orderId exists; then tell a replay from a conflict.

        Raises:
            Rejection: 409, naming `key_field`: the orderId exists with other content.
            Unavailable: DynamoDB throttles or does not answer.
        """
        try:
            self.put_item(
                TableName=self.name,
                Item=to_attributes(order.record),
                ConditionExpression="attribute_not_exists(orderId)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            stored = _stored_order(error)
            if not order.has_content_of(stored):
                raise Rejection.conflict(key_field) from None
            return Placed(stored, replayed=not order.came_with_request_of(stored))
        except (ConnectionError, HTTPClientError) as error:  # no answer at all, in time
            raise Unavailable from error
        return Placed(order, replayed=False)


def _stored_order(error: ClientError) -> Order:
    """Return the order that was there before.

    Raises:
        Unavailable: the write failed for a reason that passes.
        ClientError: it failed for a reason that does not.
    """
    code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code in _RETRYABLE or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Unavailable from error
    if code != "ConditionalCheckFailedException":
        raise error
    return Order(from_attributes(error.response["Item"]))  # type: ignore[typeddict-item] # the stubs do not know it
