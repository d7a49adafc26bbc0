"""`orderctl erase`: nothing of a customer remains, and nothing of others changes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from handlers.common.contract import iso_8601
from orderctl.erasure import erase, erase_order
from orderctl.personal_data import Subject
from tests.orderctl.support.customers import (
    TABLES,
    Customer,
    Snapshot,
    everything,
    texts_with,
)
from tests.support.deliveries import queue_batch
from tests.support.functions import AUDIT_TABLE, ORDERS_TABLE, SENT_EMAILS_TABLE
from tests.support.mock_account import as_image, is_counter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import OperatorStack

_JANE: Final = Customer(name="Jane", customer_id="CUST-JANE")
_GUEST: Final = Customer(name="Gust", customer_id=None)
_OTHER: Final = Customer(name="Otto", customer_id="CUST-OTTO")


class Erasure(NamedTuple):
    """A way to say whose data is erased: by customer, or order by order."""

    customer: Customer
    options: tuple[str, ...]

    @property
    def subject(self) -> Subject:
        """The subject that the options name."""
        ids = frozenset(self.options[1::2])
        if self.customer.customer_id is None:
            return Subject(order_ids=ids)
        return Subject(customer_id=self.customer.customer_id)


_BY_ORDER: Final = ("ORDER-1", "ORDER-2", "ORDER-1-queued", "ORDER-2-queued")
_BY_KIND: Final = pytest.mark.parametrize(
    "erasure",
    [
        Erasure(_JANE, ("--customer", "CUST-JANE")),
        Erasure(_GUEST, tuple(word for order in _BY_ORDER for word in ("--order", order))),
    ],
    ids=["customer", "orders"],
)


@pytest.fixture
def others(operator: OperatorStack) -> list[str]:
    """What is stored about another customer and another guest, as text."""
    _OTHER.order(operator, "ORDER-8")
    Customer(name="Gilda", customer_id=None).order(operator, "ORDER-9")
    return everything(operator)


@_BY_KIND
def test_nothing_of_the_customer_remains(
    run: Run,
    operator: OperatorStack,
    others: list[str],
    erasure: Erasure,
) -> None:
    """No item and no message holds a personal value any more; what others have is the same."""
    for order_id in ("ORDER-1", "ORDER-2"):
        erasure.customer.order(operator, order_id)
    personal_values = erasure.customer.personal_values
    # Two for each order: also that of an order that was never stored.
    assert len(texts_with(everything(operator), personal_values)) == 2 * (2 + 3)

    result = run("erase", *erasure.options, "--yes", "--json")

    assert (result.exit_code, result.stderr) == (0, "")
    report = json.loads(result.stdout)
    counts = [report[name] for name in ("orders", "auditRecords", "emailRecords")]
    assert counts == [2, 2, 2]
    assert report["deadLetters"] == {"audit": 2, "email": 2, "orders": 2}
    after = everything(operator)
    assert texts_with(after, personal_values) == []
    assert set(others) <= set(after)
    assert _sizes(operator) == {ORDERS_TABLE: 2, AUDIT_TABLE: 4, SENT_EMAILS_TABLE: 6}


@pytest.mark.parametrize("customer_id", ["A#1", 'O\'Brien "x" 😀', "cust-otto", "CUST-OTT"])
def test_only_that_customer_is_erased(run: Run, operator: OperatorStack, customer_id: str) -> None:
    """IDs are compared as a whole and by case, whatever characters they hold."""
    for order_id, other in (("ORDER-8", _OTHER.customer_id), ("ORDER-9", f"{customer_id}2")):
        operator.store_order(orderId=order_id, customerId=other, notes="kept")
    kept = everything(operator)
    operator.store_order(orderId="ORDER-1", customerId=customer_id, notes="not kept")

    result = run("erase", f"--customer={customer_id}", "--yes")

    assert result.exit_code == 0, result.stderr
    assert customer_id not in result.output
    after = everything(operator)
    assert set(kept) <= set(after)
    assert texts_with(after, ["not kept"]) == []


def test_what_remains_of_an_audit_record(operator: OperatorStack) -> None:
    """The record keeps its key, the order's ID, type, times, number of items and amount."""
    _JANE.order(operator, "ORDER-1")
    (before,) = operator.account.audit_records()

    erase(operator.stack, Subject(customer_id="CUST-JANE"))

    (after,) = operator.account.audit_records()
    assert datetime.fromisoformat(after.pop("erasedAt")) <= datetime.now(UTC)
    assert after == {
        **{name: before[name] for name in ("auditId", "timestamp", "recordedAt", "orderId")},
        "eventType": "ORDER_CREATED",
        "orderDetails": {"itemCount": 1, "totalAmount": 60, "currency": "USD"},
    }


@_BY_KIND
def test_an_event_after_the_erasure_brings_nothing_back(
    operator: OperatorStack, erasure: Erasure
) -> None:
    """An event that was in flight is neither audited nor emailed, whether it had been or not."""
    customer = erasure.customer
    customer.order(operator, "ORDER-1")
    undelivered = operator.store_order(orderId="ORDER-2", **customer.fields)
    created = {"ORDER-1": operator.account.order("ORDER-1"), "ORDER-2": undelivered}
    erase(operator.stack, erasure.subject)
    before = [operator.account.images(table) for table in (ORDERS_TABLE, AUDIT_TABLE)]
    emails = len(operator.account.recipients())
    assert len(before[1]) == 2

    for order_id, order in created.items():
        event = customer.event(order_id, order["createdAt"])
        for function in ("audit", "email"):
            assert operator.invoke(function, queue_batch(event)) == {"batchItemFailures": []}

    assert [operator.account.images(table) for table in (ORDERS_TABLE, AUDIT_TABLE)] == before
    assert len(operator.account.recipients()) == emails


def test_the_audit_record_outlives_the_order(operator: OperatorStack, others: list[str]) -> None:
    """The audit and email records of an expired order are found by the customer's ID."""
    _JANE.order(operator, "ORDER-1")
    operator.account.dynamodb.delete_item(TableName=ORDERS_TABLE, Key={"orderId": {"S": "ORDER-1"}})

    report = erase(operator.stack, Subject(customer_id="CUST-JANE"))

    assert (report.orders, report.audit_records, report.email_records) == (0, 1, 1)
    assert texts_with(everything(operator), _JANE.personal_values) == []
    assert set(others) <= set(everything(operator))


def test_an_order_id_of_two_customers(operator: OperatorStack) -> None:
    """An order under the ID of an expired order of the customer is left alone, with its record."""
    _JANE.order(operator, "ORDER-1")
    operator.account.dynamodb.delete_item(TableName=ORDERS_TABLE, Key={"orderId": {"S": "ORDER-1"}})
    _OTHER.order(operator, "ORDER-1")
    theirs = texts_with(everything(operator), _OTHER.personal_values)
    assert len(theirs) == 5

    erase(operator.stack, Subject(customer_id="CUST-JANE"))

    assert texts_with(everything(operator), _JANE.personal_values) == []
    assert texts_with(everything(operator), _OTHER.personal_values) == theirs


def test_a_mailbox_of_two_customers(operator: OperatorStack) -> None:
    """The counter of a mailbox keeps the orders of others, and goes with the last one."""
    names = {"customerEmail": "shared@example.com"}
    for number, customer in enumerate((_JANE, _OTHER)):
        order_id = f"ORDER-{number}"
        operator.store_order(orderId=order_id, **{**customer.fields, **names})
        operator.deliver(order_id, "audit", "email")

    def counted() -> list[int]:
        images = operator.account.images(SENT_EMAILS_TABLE)
        return [len(image["eventIds"]["SS"]) for image in images if is_counter(image)]

    assert counted() == [2]
    assert erase(operator.stack, Subject(customer_id="CUST-JANE")).recipient_counters == 1
    assert counted() == [1]
    erase(operator.stack, Subject(customer_id="CUST-OTTO"))
    assert counted() == []


def test_a_counter_of_two_orders_is_counted_once(operator: OperatorStack) -> None:
    """The report has the number of counters, as an export has, also before anything is erased."""
    for order_id in ("ORDER-1", "ORDER-2"):
        operator.store_order(orderId=order_id, **_JANE.fields)
        operator.deliver(order_id, "audit", "email")
    subject = Subject(customer_id="CUST-JANE")

    assert len([i for i in operator.account.images(SENT_EMAILS_TABLE) if is_counter(i)]) == 1
    assert erase(operator.stack, subject, dry_run=True).recipient_counters == 1
    assert erase(operator.stack, subject).recipient_counters == 1


def test_a_customer_with_many_pages_of_orders(operator: OperatorStack) -> None:
    """Every page of the index and of the audit table is read."""
    for number in range(7):
        fields = {**_JANE.fields, "notes": "x" * 390_000}
        order = operator.store_order(orderId=f"ORDER-{number}", **fields)
        record = {"auditId": f"A-{number}", "timestamp": order["createdAt"], "orderId": "OLD"}
        details = {"customerId": "CUST-JANE", "customerName": "x" * 390_000}
        operator.account.dynamodb.put_item(
            TableName=AUDIT_TABLE, Item=as_image({**record, "orderDetails": details})
        )

    report = erase(operator.stack, Subject(customer_id="CUST-JANE"))

    assert operator.operations.count("Query") > 1
    assert operator.operations.count("Scan") > 1
    assert (report.orders, report.audit_records) == (7, 7)
    assert texts_with(everything(operator), {"CUST-JANE", "xxx"}) == []


@pytest.mark.parametrize(("markers", "items"), [(True, [0, 1, 1]), (False, [0, 0, 0])])
def test_one_order(operator: OperatorStack, *, markers: bool, items: list[int]) -> None:
    """An order is erased with all that belongs to it; without markers, no item remains."""
    operator.store_order(orderId="ORDER-1", createdAt=iso_8601(datetime.now(UTC)))
    operator.deliver("ORDER-1", "audit", "email")

    report = erase_order(operator.stack, "ORDER-1", markers=markers)

    assert report.complete
    counts = (report.orders, report.audit_records, report.email_records, report.recipient_counters)
    assert counts == (1, 1, 1, 1)
    assert [len(operator.account.images(table)) for table in TABLES] == items


def test_a_killed_run_is_continued(operator: OperatorStack) -> None:
    """Killed after any call that reads or changes a table, another run completes the erasure."""
    _JANE.order(operator, "ORDER-1")
    operator.store_order(orderId="ORDER-2", **_JANE.fields)  # and not published yet
    subject, stop = Subject(customer_id="CUST-JANE"), operator.connection.kill_after
    _stop_everywhere(operator, subject, stop, until="GetQueueAttributes")


@pytest.mark.thorough
@_BY_KIND
@pytest.mark.parametrize("stop", ["interrupt_before", "kill_after"])
def test_a_run_may_be_stopped_anywhere_and_run_again(
    operator: OperatorStack, others: list[str], erasure: Erasure, stop: str
) -> None:
    """Interrupted or killed at any call, another run completes the erasure of several orders."""
    for order_id in ("ORDER-1", "ORDER-2"):
        erasure.customer.order(operator, order_id)
    _stop_everywhere(operator, erasure.subject, getattr(operator.connection, stop), others)


def _stop_everywhere(
    operator: OperatorStack,
    subject: Subject,
    stop: Callable[[int], AbstractContextManager[None]],
    others: Iterable[str] = (),
    until: str | None = None,
) -> None:
    """Stop at each call, or at each before the first one of an operation, and run it again."""
    personal_values = _JANE.personal_values | _GUEST.personal_values
    snapshot = Snapshot()
    operator.connection.calls.clear()
    erase(operator.stack, subject)
    audited = len(operator.account.images(AUDIT_TABLE))
    operations = operator.operations
    calls = len(operations) if until is None else operations.index(until)
    assert calls >= 8

    for call in range(calls):
        snapshot.set_back()
        with stop(call), pytest.raises(KeyboardInterrupt):
            erase(operator.stack, subject)
        operator.expire_visibility_timeouts()
        assert erase(operator.stack, subject).complete
        after = everything(operator)
        assert texts_with(after, personal_values) == [], call
        assert set(others) <= set(after), call
        assert len(operator.account.images(AUDIT_TABLE)) == audited, call


def test_a_second_run_finds_nothing(run: Run, operator: OperatorStack) -> None:
    """An erasure that is run again succeeds, and changes nothing but the markers' expiry."""
    _JANE.order(operator, "ORDER-1")
    assert run("erase", "--customer", "CUST-JANE", "--yes").exit_code == 0
    audited = operator.account.images(AUDIT_TABLE)

    for options in (("--customer", "CUST-JANE"), ("--order", "ORDER-1")):
        result = run("erase", *options, "--yes")
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.startswith("Nothing was erased.")
    assert operator.account.images(AUDIT_TABLE) == audited


@pytest.mark.parametrize("operation", ["PutItem", "BatchGetItem", "DeleteItem"])
def test_one_order_that_fails(run: Run, operator: OperatorStack, operation: str) -> None:
    """An order whose erasure fails is reported; the others are erased; another run erases it."""
    for order_id in ("ORDER-1", "ORDER-2"):
        _JANE.order(operator, order_id)
    # The second order's calls alone.
    seen: list[Any] = []

    def is_first(parameters: dict[str, Any]) -> bool:
        seen.append(parameters)
        return len(seen) == 1

    with operator.connection.refusing(operation, "AccessDeniedException", where=is_first):
        result = run("erase", "--customer", "CUST-JANE", "--yes", "--json")

    report = json.loads(result.stdout)
    assert (result.exit_code, report["complete"]) == (1, False)
    assert "1 order failed, such as ORDER-1: AWS refused" in result.stderr
    assert "Run the same command again for the rest." in result.stderr
    assert [failure["orderId"] for failure in report["failed"]] == ["ORDER-1"]
    assert {order["orderId"] for order in operator.account.orders()} == {"ORDER-1"}
    assert run("erase", "--customer", "CUST-JANE", "--yes").exit_code == 0
    assert texts_with(everything(operator), _JANE.personal_values) == []


def test_without_a_connection(run: Run, operator: OperatorStack) -> None:
    """A run ends where AWS cannot be reached, with what was done before and a way to go on."""
    _JANE.order(operator, "ORDER-1")

    with operator.connection.timing_out("BatchGetItem"):
        result = run("erase", "--customer", "CUST-JANE", "--yes", "--json")

    assert (result.exit_code, json.loads(result.stdout)["complete"]) == (1, False)
    assert result.stderr.startswith("Stopped: AWS could not be reached")


def test_another_order_under_the_same_id(operator: OperatorStack) -> None:
    """An order that is stored under the ID during the erasure is not deleted, but reported."""
    _JANE.order(operator, "ORDER-1")
    later = iso_8601(datetime.now(UTC) + timedelta(seconds=5))
    client = operator.account.dynamodb

    def replace_order(_: dict[str, Any]) -> bool:
        operator.store_order(**{**_JANE.fields, "orderId": "ORDER-1", "createdAt": later})
        return False

    with operator.connection.refusing("PutItem", "Never", where=replace_order):
        report = erase(operator.stack, Subject(customer_id="CUST-JANE"))

    assert (report.orders, list(report.failed), report.complete) == (0, ["ORDER-1"], False)
    assert client.get_item(TableName=ORDERS_TABLE, Key={"orderId": {"S": "ORDER-1"}})["Item"]
    assert erase(operator.stack, Subject(customer_id="CUST-JANE")).complete
    assert texts_with(everything(operator), _JANE.personal_values) == []


def test_what_is_in_work_queues_is_reported(run: Run, operator: OperatorStack) -> None:
    """Work queues are counted and not received; the report says when to run it again."""
    operator.store_order(orderId="ORDER-1", customerId="CUST-JANE")
    operator.deliver("ORDER-1")

    result = run("erase", "--customer", "CUST-JANE", "--yes", "--json")
    report = json.loads(result.stdout)

    assert result.exit_code == 0
    assert report["waiting"] == {"email": 1, "audit": 1, "orders": 0}
    again = datetime.fromisoformat(report["runAgainAt"]) - datetime.now(UTC)
    assert timedelta(days=3, hours=23) < again <= timedelta(days=4)
    received = {
        str(call.parameters["QueueUrl"]).rpartition("/")[2]
        for call in operator.connection.calls
        if call.operation == "ReceiveMessage"
    }
    assert received == {"email-dead-letters", "audit-dead-letters", "orders-dead-letters"}
    text = run("erase", "--customer", "CUST-JANE", "--yes").stdout
    assert "Run the same command again after" in text
    assert "2 messages about any order" in text


@pytest.mark.parametrize(("age", "is_recent"), [(23, True), (25, False)])
def test_a_new_order_is_erased_again_later(
    operator: OperatorStack, age: int, *, is_recent: bool
) -> None:
    """While the stream may hold an order's event, the report says when to run it again."""
    created = iso_8601(datetime.now(UTC) - timedelta(hours=age))
    operator.store_order(orderId="ORDER-1", createdAt=created)

    report = erase_order(operator.stack, "ORDER-1")

    assert (report.run_again_at is not None) == is_recent


def test_hidden_dead_letters(run: Run, operator: OperatorStack) -> None:
    """Dead letters that another run has received make the erasure incomplete."""
    _JANE.order(operator, "ORDER-1")
    operator.dead_letters_in_flight("audit")

    result = run("erase", "--customer", "CUST-JANE", "--yes", "--json")

    report = json.loads(result.stdout)
    assert (result.exit_code, report["complete"], report["unseenDeadLetters"]) == (1, False, 1)
    assert result.stderr.startswith("Some messages are in flight; retry.")


def test_dead_letters_that_cannot_be_read(run: Run, operator: OperatorStack) -> None:
    """Dead letters without JSON stay, and are reported."""
    operator.add_dead_letter("email", "Jane Roe")

    result = run("erase", "--customer", "CUST-JANE", "--yes")

    assert "1 dead letter without JSON" in result.stdout
    assert operator.dead_letters("email") == ["Jane Roe"]


def test_a_dry_run_changes_nothing(run: Run, operator: OperatorStack) -> None:
    """A dry run reports what the erasure then reports, and writes nothing."""
    _JANE.order(operator, "ORDER-1")
    before = everything(operator)

    dry = json.loads(run("erase", "--customer", "CUST-JANE", "--dry-run", "--json").stdout)

    assert everything(operator) == before
    done = json.loads(run("erase", "--customer", "CUST-JANE", "--yes", "--json").stdout)
    changing = {"dryRun", "runAgainAt"}
    assert _without(dry, changing) == _without(done, changing)
    assert (dry["dryRun"], done["dryRun"]) == (True, False)


@pytest.mark.parametrize(("answer", "is_erased"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_the_question(run: Run, operator: OperatorStack, answer: str, *, is_erased: bool) -> None:
    """On a terminal, the numbers are shown, and an answer of yes is needed."""
    _JANE.order(operator, "ORDER-1")

    result = run("erase", "--customer", "CUST-JANE", stdin=answer, interactive=True)

    assert (
        "Erase 1 order, 1 audit record, 2 email records, 3 dead letters for good? [y/N]"
    ) in result.stderr
    assert result.exit_code == (0 if is_erased else 1)
    assert (operator.account.orders() == []) == is_erased


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "Pass either --customer or --order.\n"),
        (("--customer", "A", "--order", "B"), "Pass either --customer or --order.\n"),
        (("--customer", " A"), "The customer ID is not valid.\n"),
        (("--customer", ""), "The customer ID is not valid.\n"),
        (("--order", "a b"), "'a b' is not a valid order ID.\n"),
        (("--customer", "A"), "Not a terminal: pass --yes to confirm.\n"),
    ],
)
def test_wrong_usage(
    run: Run, operator: OperatorStack, options: tuple[str, ...], message: str
) -> None:
    """Wrong options are an error before AWS is called."""
    result = run("erase", *options)

    assert (result.exit_code, result.stderr, operator.operations) == (2, message, [])


def test_nothing_personal_is_printed(run: Run, operator: OperatorStack) -> None:
    """No form of the report, and no error, holds a personal value."""
    _JANE.order(operator, "ORDER-1")
    with operator.connection.refusing(
        "DeleteItem", "ValidationException", message="jane.roe@example.com"
    ):
        outputs = [
            run("erase", "--customer", "CUST-JANE", *options)
            for options in (
                ("--dry-run",),
                ("--dry-run", "--json"),
                ("--yes",),
                ("--yes", "--json"),
            )
        ]

    texts = [text for output in outputs for text in (output.stdout, output.stderr)]
    assert texts_with(texts, _JANE.personal_values) == []


def test_a_customer_id_in_another_unicode_form(run: Run, operator: OperatorStack) -> None:
    """A customer ID is normalised as it was when the order was stored."""
    operator.store_order(orderId="ORDER-1", customerId="Zo\u00eb")

    result = run("erase", "--customer", "Zoe\u0308", "--yes", "--json")

    assert json.loads(result.stdout)["orders"] == 1


def test_show_after_an_erasure(run: Run, operator: OperatorStack) -> None:
    """The timeline of an erased order says so."""
    _JANE.order(operator, "ORDER-1")
    erase_order(operator.stack, "ORDER-1")

    steps = {
        step["step"]: (step["state"], step["detail"])
        for step in json.loads(run("show", "ORDER-1", "--json").stdout)["steps"]
    }

    assert steps["stored"] == ("gone", "personal data was erased")
    assert steps["emailed"] == ("gone", "personal data was erased")
    assert steps["audited"][0] == "done"


def test_records_of_other_software(operator: OperatorStack) -> None:
    """Items that are no orders of this system are erased as well."""
    operator.store_order(orderId="ORDER-1", customerId="CUST-JANE", items=None)
    operator.account.dynamodb.put_item(
        TableName=ORDERS_TABLE,
        Item=as_image({"orderId": "ORDER-2", "customerId": "CUST-JANE", "createdAt": "then"}),
    )
    for number in range(101):
        key = {"auditId": f"A-{number}", "timestamp": "T"}
        record = {**key, "orderDetails": {"customerId": "CUST-JANE"}}
        operator.account.dynamodb.put_item(TableName=AUDIT_TABLE, Item=as_image(record))

    report = erase(operator.stack, Subject(customer_id="CUST-JANE"))

    assert (report.orders, report.audit_records, report.complete) == (2, 101, True)
    assert texts_with(everything(operator), {"CUST-JANE"}) == []


def _sizes(operator: OperatorStack) -> dict[str, int]:
    return {table: len(operator.account.images(table)) for table in TABLES}


def _without(report: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name not in names}
