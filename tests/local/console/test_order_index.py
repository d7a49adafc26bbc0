"""The index of all orders, which follows the table's stream."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from local.console.order_index import OrderIndex
from tests.support.functions import ORDERS_TABLE, SENT_EMAILS_TABLE

if TYPE_CHECKING:
    from tests.orderctl.support.operator import OperatorStack


def test_the_table_is_scanned_once(operator: OperatorStack) -> None:
    """After the first reading only the stream is read, however many orders there are."""
    index = OrderIndex(lambda: operator.stack)
    operator.store_order(orderId="first")
    index.entries()
    operator.connection.calls.clear()
    operator.store_order(orderId="second")

    assert {entry.order_id for entry in index.entries()} == {"first", "second"}
    assert "Scan" not in operator.operations


def test_an_expired_iterator_is_replaced(operator: OperatorStack) -> None:
    """Without a request for a quarter of an hour, the iterator expires: all is read anew."""
    index = OrderIndex(lambda: operator.stack)
    index.entries()
    operator.store_order(orderId="later")
    operator.connection.calls.clear()

    with operator.connection.refusing("GetRecords", "ExpiredIteratorException"):
        order_ids = [entry.order_id for entry in index.entries()]

    assert order_ids == ["later"]
    assert "Scan" in operator.operations


def test_another_table_is_read_anew(operator: OperatorStack) -> None:
    """A table that an update has replaced is another one: nothing of the old one is shown."""
    outputs = operator.stack.outputs
    index = OrderIndex(lambda: replace(operator.stack, outputs=outputs))
    operator.store_order(orderId="old")
    assert index.matches("old") == ["old"]

    outputs = outputs.model_copy(update={"orders_table_name": SENT_EMAILS_TABLE})

    assert index.entries() == ()


def test_a_deleted_order_is_left_out(operator: OperatorStack) -> None:
    """An order that the table has deleted is gone from the index."""
    index = OrderIndex(lambda: operator.stack)
    operator.store_order(orderId="a")
    assert index.matches("a") == ["a"]
    key = {"orderId": {"S": "a"}}
    operator.account.dynamodb.delete_item(TableName=ORDERS_TABLE, Key=key)
    assert index.matches("a") == []
