"""Stored orders as they are read: by their key, or as a customer's, newest first. Each costs one call."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.common.aws import from_attributes, to_attributes
from handlers.lookup.query import PageRequest, Position
from handlers.order.retryable_errors import asking_to_come_again


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some of a customer's orders, and the position after which there may be more; None if there are none."""

    orders: list[dict[str, Any]]
    last: Position | None


@dataclass(frozen=True, kw_only=True)
class StoredOrders:
    """The Orders table, for reading; `get_item` and `query` are DynamoDB's operations."""

    name: str
    customer_index: str
    get_item: Callable[..., Mapping[str, Any]]
    query: Callable[..., Mapping[str, Any]]

    def order(self, order_id: str) -> dict[str, Any] | None:
        """Return an order; None if there is none, or none any more.

        Raises:
            Unavailable: DynamoDB cannot be used at the moment.
        """
        key = to_attributes({"orderId": order_id})
        with asking_to_come_again():
            answer = self.get_item(TableName=self.name, Key=key, ConsistentRead=True)
        order = from_attributes(answer.get("Item", {}))
        return order if order and not _has_expired(order) else None

    def page(self, customer_id: str, request: PageRequest) -> Page:
        """Return a page of a customer's orders, newest first.

        It is shorter than its limit, and may be empty, where orders have expired but DynamoDB has not deleted them yet.

        Raises:
            Unavailable: DynamoDB cannot be used at the moment.
        """
        with asking_to_come_again():
            answer = self.query(
                TableName=self.name,
                IndexName=self.customer_index,
                KeyConditionExpression="customerId = :customerId",
                ExpressionAttributeValues=to_attributes({":customerId": customer_id}),
                ScanIndexForward=False,
                Limit=request.limit,
                **_start(customer_id, request.after),
            )
        orders = map(from_attributes, answer["Items"])
        return Page(
            orders=[order for order in orders if not _has_expired(order)], last=_last(answer)
        )


def _start(customer_id: str, after: Position | None) -> dict[str, Any]:
    if after is None:
        return {}
    key = {"customerId": customer_id, "createdAt": after.created_at, "orderId": after.order_id}
    return {"ExclusiveStartKey": to_attributes(key)}


def _last(answer: Mapping[str, Any]) -> Position | None:
    key = from_attributes(answer.get("LastEvaluatedKey", {}))
    return Position(created_at=key["createdAt"], order_id=key["orderId"]) if key else None


def _has_expired(order: Mapping[str, Any]) -> bool:
    # DynamoDB takes up to some days to delete what has expired, and hands it out until then.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html
    return "expiresAt" in order and bool(order["expiresAt"] <= time.time())
