"""`orderctl restore`: lost items come back; erased orders and sent confirmations do not."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from orderctl.erasure import erase_order
from orderctl.restore import restore
from tests.orderctl.support.backups import restored
from tests.orderctl.support.customers import TABLES, Customer
from tests.support.deliveries import queue_batch
from tests.support.functions import AUDIT_TABLE, ORDERS_TABLE, SENT_EMAILS_TABLE
from tests.support.mock_account import as_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import OperatorStack

_JANE: Final = Customer(name="Jane", customer_id="CUST-JANE")
_ORDER_IDS: Final = tuple(f"ORDER-{number}" for number in range(4))
_NAMES: Final = {ORDERS_TABLE: "orders", AUDIT_TABLE: "audit", SENT_EMAILS_TABLE: "sent-emails"}


@pytest.fixture
def backups(operator: OperatorStack) -> Iterator[dict[str, str]]:
    """The tables as of a time when they had four orders; names by table."""
    for order_id in _ORDER_IDS:
        operator.store_order(**{**_JANE.fields, "orderId": order_id})
        operator.deliver(order_id, "audit", "email")
    with contextlib.ExitStack() as stack:
        names = {table: stack.enter_context(restored(operator, table)) for table in TABLES}
        operator.connection.calls.clear()
        yield names


def _lose(operator: OperatorStack, table: str, count: int | None = None) -> None:
    keys = {ORDERS_TABLE: ["orderId"], AUDIT_TABLE: ["auditId", "timestamp"]}
    for item in operator.account.images(table)[:count]:
        key = {name: item[name] for name in keys.get(table, ["eventId"])}
        operator.account.dynamodb.delete_item(TableName=table, Key=key)


def _items(operator: OperatorStack, table: str) -> list[str]:
    return sorted(json.dumps(item, sort_keys=True) for item in operator.account.images(table))


@pytest.mark.parametrize("table", TABLES)
def test_lost_items_come_back(
    run: Run, operator: OperatorStack, backups: dict[str, str], table: str
) -> None:
    """Each missing item is copied as it was, once; a second run copies none."""
    before = _items(operator, table)
    _lose(operator, table, 3)

    for copied in (3, 0):
        result = run("restore", _NAMES[table], "--from", backups[table], "--json")
        assert (result.exit_code, result.stderr) == (0, "")
        counts = json.loads(result.stdout)
        assert (counts["copied"], counts["existing"]) == (copied, len(before) - copied)
    assert _items(operator, table) == before


def test_a_dry_run_copies_nothing(
    run: Run, operator: OperatorStack, backups: dict[str, str]
) -> None:
    """A dry run reports what the restoration then copies."""
    _lose(operator, ORDERS_TABLE)
    options = ("restore", "orders", "--from", backups[ORDERS_TABLE])

    assert run(*options, "--dry-run").stdout == "4 items would be copied.\n"
    assert operator.account.orders() == []
    assert run(*options).stdout == "4 items copied.\n"


def test_an_existing_item_stays(run: Run, operator: OperatorStack, backups: dict[str, str]) -> None:
    """An order that was stored again under its ID is not replaced."""
    _lose(operator, ORDERS_TABLE, 1)
    (lost,) = set(_ORDER_IDS) - {order["orderId"] for order in operator.account.orders()}
    operator.store_order(orderId=lost, notes="new")

    run("restore", "orders", "--from", backups[ORDERS_TABLE])

    assert operator.account.order(lost)["notes"] == "new"


def test_an_item_that_is_stored_meanwhile(operator: OperatorStack, backups: dict[str, str]) -> None:
    """An item that is written between the reading and the copying is not replaced either."""
    _lose(operator, ORDERS_TABLE)

    def store(_: dict[str, Any]) -> bool:
        operator.store_order(orderId="ORDER-2", notes="new")
        return False

    with operator.connection.refusing("BatchExecuteStatement", "Never", where=store):
        result = restore(operator.stack, "orders", backups[ORDERS_TABLE])

    assert (result.copied, result.existing, result.complete) == (3, 1, True)
    assert operator.account.order("ORDER-2")["notes"] == "new"


def test_erased_orders_do_not_come_back(
    run: Run, operator: OperatorStack, backups: dict[str, str]
) -> None:
    """An erased order, and the details of its audit record, stay erased."""
    erase_order(operator.stack, "ORDER-1")
    before = [_items(operator, table) for table in (AUDIT_TABLE, SENT_EMAILS_TABLE)]

    result = run("restore", "orders", "--from", backups[ORDERS_TABLE], "--json")

    counts = json.loads(result.stdout)
    assert (counts["erased"], counts["copied"], counts["complete"]) == (1, 0, True)
    for table in (AUDIT_TABLE, SENT_EMAILS_TABLE):
        run("restore", _NAMES[table], "--from", backups[table])
    assert [_items(operator, table)[:4] for table in (AUDIT_TABLE, SENT_EMAILS_TABLE)] == [
        items[:4] for items in before
    ]
    assert {order["orderId"] for order in operator.account.orders()} == {
        "ORDER-0",
        "ORDER-2",
        "ORDER-3",
    }


def test_what_is_no_order_does_not_come_back(
    run: Run, operator: OperatorStack, backups: dict[str, str]
) -> None:
    """An item that is no order is left out and named: it may be that of an erased customer."""
    order = as_image(operator.account.orders()[0])
    del order["createdAt"]
    operator.account.dynamodb.put_item(TableName=backups[ORDERS_TABLE], Item=order)
    _lose(operator, ORDERS_TABLE)

    result = run("restore", "orders", "--from", backups[ORDERS_TABLE], "--json")

    report = json.loads(result.stdout)
    assert (result.exit_code, report["copied"]) == (1, 3)
    assert [failure["key"] for failure in report["failed"]] == [order["orderId"]["S"]]
    assert "1 item failed, such as ORDER-" in result.stderr
    assert "it is no order" in result.stderr


def test_confirmations_are_not_sent_again(
    run: Run, operator: OperatorStack, backups: dict[str, str]
) -> None:
    """An order without a record of its confirmation is left out, until that is restored."""
    _lose(operator, ORDERS_TABLE)
    _lose(operator, SENT_EMAILS_TABLE)
    orders = ("restore", "orders", "--from", backups[ORDERS_TABLE])

    result = run(*orders)

    assert result.exit_code == 1
    assert result.stderr.startswith("4 orders left out, because no record says")
    assert operator.account.orders() == []
    run("restore", "sent-emails", "--from", backups[SENT_EMAILS_TABLE])
    assert run(*orders).exit_code == 0
    emails = len(operator.account.recipients())
    for order in operator.account.orders():
        event = _JANE.event(order["orderId"], order["createdAt"])
        operator.invoke("email", queue_batch(event))
    assert len(operator.account.recipients()) == emails


def test_orders_whose_confirmation_shall_be_sent(
    run: Run, operator: OperatorStack, backups: dict[str, str]
) -> None:
    """--send-emails restores orders without a record of their confirmation, too."""
    _lose(operator, ORDERS_TABLE)
    _lose(operator, SENT_EMAILS_TABLE)

    result = run("restore", "orders", "--from", backups[ORDERS_TABLE], "--send-emails")

    assert (result.exit_code, len(operator.account.orders())) == (0, 4)


def test_expired_items_are_left_out(
    run: Run, operator: OperatorStack, backups: dict[str, str]
) -> None:
    """An expired order, which DynamoDB has deleted, does not come back."""
    expired = {**_JANE.fields, "orderId": "OLD", "expiresAt": 1}
    operator.account.dynamodb.put_item(TableName=backups[ORDERS_TABLE], Item=as_image(expired))

    result = run("restore", "orders", "--from", backups[ORDERS_TABLE], "--json")

    counts = json.loads(result.stdout)
    assert (counts["expired"], counts["copied"], counts["existing"]) == (1, 0, 4)


@pytest.mark.parametrize(
    ("table", "source", "code", "message"),
    [
        ("orders", AUDIT_TABLE, 1, f"{AUDIT_TABLE} has other keys than {ORDERS_TABLE}.\n"),
        ("orders", ORDERS_TABLE, 2, f"{ORDERS_TABLE} is the stack's own table.\n"),
        ("order", "x", 2, "Unknown table 'order'; must be one of: orders, audit, sent-emails.\n"),
    ],
)
def test_wrong_tables(run: Run, table: str, source: str, code: int, message: str) -> None:
    """A table of another kind, or the stack's own, is refused before an item is written."""
    result = run("restore", table, "--from", source)

    assert (result.exit_code, result.stderr) == (code, message)


def test_a_table_that_does_not_exist(run: Run) -> None:
    """AWS's error is passed on."""
    result = run("restore", "orders", "--from", "nowhere")

    assert result.exit_code == 1
    assert result.stderr.startswith("AWS refused DescribeTable")


def test_a_run_may_be_stopped_anywhere_and_run_again(
    operator: OperatorStack, backups: dict[str, str]
) -> None:
    """Killed after any call, another run copies the rest."""
    before = _items(operator, ORDERS_TABLE)
    _lose(operator, ORDERS_TABLE)
    operator.connection.calls.clear()
    restore(operator.stack, "orders", backups[ORDERS_TABLE])
    calls = len(operator.connection.calls)
    assert calls >= 6

    for call in range(calls):
        _lose(operator, ORDERS_TABLE)
        with operator.connection.kill_after(call), pytest.raises(KeyboardInterrupt):
            restore(operator.stack, "orders", backups[ORDERS_TABLE])
        assert restore(operator.stack, "orders", backups[ORDERS_TABLE]).complete
        assert _items(operator, ORDERS_TABLE) == before, call


def test_items_that_are_refused(run: Run, operator: OperatorStack, backups: dict[str, str]) -> None:
    """Items that DynamoDB refuses are reported, with the reason."""
    _lose(operator, ORDERS_TABLE)

    with operator.connection.refusing("BatchExecuteStatement", "AccessDeniedException"):
        result = run("restore", "orders", "--from", backups[ORDERS_TABLE], "--json")

    report = json.loads(result.stdout)
    assert (result.exit_code, report["complete"], report["copied"]) == (1, False, 0)
    assert {failure["key"] for failure in report["failed"]} == set(_ORDER_IDS)
    assert "4 items failed, such as ORDER-" in result.stderr
