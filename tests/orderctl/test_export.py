"""`orderctl export`: everything that is stored about a customer, in one document."""

from __future__ import annotations

import json
import stat
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pytest
import simplejson

from orderctl.export import export
from orderctl.personal_data import Subject
from tests.orderctl.support.customers import Customer, everything, texts_with
from tests.support.functions import ORDERS_TABLE
from tests.support.mock_account import as_image

if TYPE_CHECKING:
    from pathlib import Path

    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import OperatorStack

_JANE: Final = Customer(name="Jane", customer_id="CUST-JANE")
_GUEST: Final = Customer(name="Gust", customer_id=None)
_OTHER: Final = Customer(name="Otto", customer_id="CUST-OTTO")


@pytest.mark.parametrize(
    ("customer", "options"),
    [
        (_JANE, ("--customer", "CUST-JANE")),
        (_GUEST, ("--order", "ORDER-1", "--order", "ORDER-1-queued")),
    ],
    ids=["customer", "orders"],
)
def test_everything_about_a_customer_is_exported(
    run: Run, operator: OperatorStack, tmp_path: Path, customer: Customer, options: tuple[str, ...]
) -> None:
    """The file holds every item and dead letter of the customer, and nothing of others."""
    _OTHER.order(operator, "ORDER-9")
    customer.order(operator, "ORDER-1")
    file = tmp_path / "export.json"

    result = run("export", *options, "--to", str(file))

    assert (result.exit_code, result.stdout) == (0, "")
    found = "1 order, 1 audit record, 2 email records, 3 dead letters"
    assert result.stderr == f"Exported: {found}.\n"
    text = file.read_text(encoding="utf-8")
    document = json.loads(text)
    assert document["complete"] is True
    names = ("orders", "auditRecords", "emailRecords", "recipientCounters")
    assert [len(document[name]) for name in names] == [1, 1, 1, 1]
    assert [letter["queue"] for letter in document["deadLetters"]] == ["audit", "email", "orders"]
    assert document["orders"][0]["customerEmail"] == customer.fields["customerEmail"]
    assert all(value in text for value in customer.personal_values)
    assert texts_with([text], _OTHER.personal_values) == []


def test_the_file(run: Run, operator: OperatorStack, tmp_path: Path) -> None:
    """Its owner alone can read the file; one that exists stays, and AWS is not called."""
    _JANE.order(operator, "ORDER-1")
    file = tmp_path / "export.json"
    options = ("export", "--customer", "CUST-JANE", "--to", str(file))

    assert run(*options).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_text(encoding="utf-8")
    operator.connection.calls.clear()
    result = run(*options)

    assert (result.exit_code, operator.operations) == (1, [])
    assert result.stderr == f"{file} exists; an export is written to a new file only.\n"
    assert file.read_text(encoding="utf-8") == before


def test_a_folder_that_does_not_exist(run: Run, tmp_path: Path) -> None:
    """A file that cannot be created is an error of one sentence."""
    result = run("export", "--customer", "A", "--to", str(tmp_path / "none" / "export.json"))

    assert result.exit_code == 1
    assert result.stderr == "The export cannot be written: No such file or directory.\n"


def test_a_full_disk(run: Run, operator: OperatorStack) -> None:
    """A file that cannot be written to its end is an error."""
    _JANE.order(operator, "ORDER-1")

    assert run("export", "--customer", "CUST-JANE", "--to", "/dev/full").exit_code == 1


def test_amounts_are_exact(run: Run, operator: OperatorStack) -> None:
    """Numbers have all their digits, and other types of DynamoDB can be written."""
    order = {
        "orderId": "ORDER-1",
        "totalAmount": Decimal("123456789012345678901234567890.12345678"),
        "photo": b"\xff",
        "tags": {"a", "b"},
    }
    operator.account.dynamodb.put_item(TableName=ORDERS_TABLE, Item=as_image(order))

    result = run("export", "--order", "ORDER-1", "--to", "-")

    (exported,) = simplejson.loads(result.stdout, use_decimal=True)["orders"]
    assert exported == {**order, "photo": "/w==", "tags": ["a", "b"]}


def test_two_addresses_of_one_mailbox(operator: OperatorStack) -> None:
    """A counter that two spellings of an address share is exported once, with both events."""
    for order_id, address in (("ORDER-1", "jane@example.com"), ("ORDER-2", "JANE+a@example.com")):
        operator.store_order(orderId=order_id, customerId="CUST-JANE", customerEmail=address)
        operator.deliver(order_id, "email")
    (counter,) = export(operator.stack, Subject(customer_id="CUST-JANE")).recipient_counters
    assert len(counter["eventIds"]) == 2


def test_an_export_changes_nothing(operator: OperatorStack) -> None:
    """No item changes, and dead letters can be received again."""
    _JANE.order(operator, "ORDER-1")
    before = everything(operator)

    export(operator.stack, Subject(customer_id="CUST-JANE"))

    assert everything(operator) == before
    assert operator.hidden_count("email") == 0


def test_hidden_dead_letters(run: Run, operator: OperatorStack) -> None:
    """An export without dead letters that another run has received says that it is incomplete."""
    _JANE.order(operator, "ORDER-1")
    operator.dead_letters_in_flight("audit")

    result = run("export", "--customer", "CUST-JANE", "--to", "-")

    assert (result.exit_code, json.loads(result.stdout)["complete"]) == (1, False)
    assert result.stderr.endswith(
        "The export is not complete. Some messages are in flight; retry.\n"
    )


@pytest.mark.parametrize("options", [("--to", "-"), ("--to", "-", "--customer", "\n")])
def test_wrong_usage(run: Run, options: tuple[str, ...]) -> None:
    """Without a valid customer or order there is no export."""
    assert run("export", *options).exit_code == 2


def test_an_unknown_customer(run: Run) -> None:
    """An export about an unknown customer is empty and complete, and says so: IDs are mistyped."""
    result = run("export", "--customer", "A", "--to", "-")

    document: dict[str, Any] = json.loads(result.stdout)
    assert result.stderr == "Exported: nothing was found.\n"
    assert (document["orders"], document["deadLetters"], document["complete"]) == ([], [], True)
