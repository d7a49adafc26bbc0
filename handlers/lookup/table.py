"""Reads of the orders table: one order by its key, or a page of a customer's, in one call each."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.common.aws import from_attributes, to_attributes
from handlers.common.retryable_errors import translate_retryable_errors
from handlers.lookup.query import Cursor, Page, PageRequest


@dataclass(frozen=True, kw_only=True)
class StoredOrders:
    """The orders table, for reading; `get_item` and `query` are DynamoDB's operations."""

    name: str
    customer_index: str
    get_item: Callable[..., Mapping[str, Any]]
    query: Callable[..., Mapping[str, Any]]

    def order(self, order_id: str) -> dict[str, Any] | None:
        """Return an order; None if it does not exist or has expired.

        Raises:
            ServiceUnavailableError: DynamoDB is unavailable.
        """
        key = to_attributes({"orderId": order_id})
        with translate_retryable_errors():
            response = self.get_item(TableName=self.name, Key=key, ConsistentRead=True)
        order = from_attributes(response.get("Item", {}))
        return order if order and not _has_expired(order) else None

    def page(self, customer_id: str, request: PageRequest) -> Page:
        """Return a page of a customer's orders, newest first.

        It may have fewer orders than its limit, or none: expired orders are left out.

        Raises:
            ServiceUnavailableError: DynamoDB is unavailable.
        """
        with translate_retryable_errors():
            response = self.query(
                TableName=self.name,
                IndexName=self.customer_index,
                KeyConditionExpression="customerId = :customerId",
                ExpressionAttributeValues=to_attributes({":customerId": customer_id}),
                ScanIndexForward=False,
                Limit=request.limit,
                **_start(customer_id, request.after),
            )
        orders = map(from_attributes, response["Items"])
        return Page(
            orders=[order for order in orders if not _has_expired(order)], last=_last(response)
        )


def _start(customer_id: str, after: Cursor | None) -> dict[str, Any]:
    if after is None:
        return {}
    key = {"customerId": customer_id, "createdAt": after.created_at, "orderId": after.order_id}
    return {"ExclusiveStartKey": to_attributes(key)}


def _last(response: Mapping[str, Any]) -> Cursor | None:
    key = from_attributes(response.get("LastEvaluatedKey", {}))
    return Cursor(created_at=key["createdAt"], order_id=key["orderId"]) if key else None


def _has_expired(order: Mapping[str, Any]) -> bool:
    # DynamoDB takes up to some days to delete expired items, and returns them until then.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html
    return "expiresAt" in order and bool(order["expiresAt"] <= time.time())
