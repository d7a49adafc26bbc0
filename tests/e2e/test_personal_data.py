"""Erasure, export and restoration of tables on a deployed stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from handlers.common.aws import to_attributes
from handlers.common.contract import ALIAS
from orderctl import cli
from tests.e2e.support import variants
from tests.support.polling import eventually, never
from tests.support.requests import sample_order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.emulator.emulator import Emulator
    from tests.e2e.support.stack import LocalStack

_PERSONAL = ("Wilhelmina", "wilhelmina.grubbly@example.com", "CUST-77", "Acacia Avenue", "a mug")


@pytest.fixture(scope="module")
def stack(emulator: Emulator) -> LocalStack:
    """A stack that stores orders at once."""
    return variants.deploy_variant(emulator, "personal-data")


@pytest.fixture
def orderctl(stack: LocalStack, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Run a command, which has to succeed, and return what it prints as JSON."""
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps({**stack.outputs, **stack.emulator.connection}))

    def run(*arguments: str) -> dict[str, Any]:
        result = CliRunner().invoke(cli.app, [*arguments, "--outputs", str(outputs)])
        assert result.exit_code == 0, result.output
        output: dict[str, Any] = json.loads(result.stdout)
        return output

    return run


def _place_order(stack: LocalStack) -> str:
    """Send an order of the customer, and wait until it is emailed and audited."""
    order = sample_order(
        customerId="CUST-77",
        customerName="Wilhelmina Grubbly",
        customerEmail="wilhelmina.grubbly@example.com",
        shippingAddress={"street": "Acacia Avenue 9"},
        items=[{"productId": "PROD-1", "productName": "a mug", "quantity": 1, "price": 5}],
    )
    order_id = str(stack.post(order).json()["orderId"])
    stack.await_delivery(order_id)
    return order_id


def _personal(stack: LocalStack) -> set[str]:
    """The customer's texts in all items of all tables, and in a dead letter of each queue."""
    dynamodb, sqs = stack.client("dynamodb"), stack.client("sqs")
    names = ("ordersTableName", "auditTableName", "sentEmailsTableName")
    items = [dynamodb.scan(TableName=stack.outputs[name])["Items"] for name in names]
    letters = [
        sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, WaitTimeSeconds=0)
        for url in stack.outputs["deadLetterQueueUrls"].values()
    ]
    stored = json.dumps([items, letters], default=str)
    return {text for text in _PERSONAL if text in stored}


def _relay(stack: LocalStack, order: dict[str, Any]) -> None:
    """Send the event of an order to its consumers once more, as a late stream record would."""
    record = {
        "eventID": "late",
        "eventName": "INSERT",
        "dynamodb": {"NewImage": to_attributes(order)},
    }
    stack.client("lambda").invoke(
        FunctionName=stack.outputs["functionNames"]["relay"],
        Qualifier=ALIAS,
        Payload=json.dumps({"Records": [record]}).encode(),
    )


def test_a_customer_is_erased(stack: LocalStack, orderctl: Callable[..., dict[str, Any]]) -> None:
    """After the erasure nothing of the customer is stored, also when the event comes again."""
    others = _place_others_order(stack)
    order_id = _place_order(stack)
    order = stack.order(order_id)
    assert order is not None
    stack.client("sqs").send_message(
        QueueUrl=stack.outputs["deadLetterQueueUrls"]["email"],
        MessageBody=json.dumps({"orderId": order_id, "customerId": "CUST-77"}),
    )
    export = orderctl("export", "--customer", "CUST-77", "--to", "-")
    assert all(text in json.dumps(export) for text in _PERSONAL)
    assert _personal(stack) == set(_PERSONAL)

    report = orderctl("erase", "--customer", "CUST-77", "--yes", "--json")

    assert report["complete"]
    counts = [report[name] for name in ("orders", "auditRecords", "emailRecords")]
    assert counts == [1, 1, 1]
    assert report["deadLetters"] == {"audit": 0, "email": 1}
    assert _personal(stack) == set()
    assert stack.order(others) is not None
    _relay(stack, order)
    eventually(
        lambda: [line for line in stack.logs("audit") if _is_duplicate(line, order_id)],
        "the audit function to ignore the event",
    )
    eventually(
        lambda: not any(stack.queue_depths()[queue] for queue in ("email", "audit")),
        "empty queues",
    )
    never(lambda: len(stack.emails(order_id)) > 1, "a second email", during=0.3)
    assert _personal(stack) == set()


def _is_duplicate(line: dict[str, Any], order_id: str) -> bool:
    return (line.get("orderId"), line.get("message")) == (order_id, "Audit record already exists")


def _place_others_order(stack: LocalStack) -> str:
    order_id = str(stack.post().json()["orderId"])
    stack.await_delivery(order_id)
    return order_id


def test_a_table_is_restored(stack: LocalStack, orderctl: Callable[..., dict[str, Any]]) -> None:
    """A lost order comes back from a restored table without a second email; an erased one not."""
    lost, erased = _place_others_order(stack), _place_order(stack)
    before = stack.order(lost)
    dynamodb, table = stack.client("dynamodb"), stack.outputs["ordersTableName"]
    restored = f"{table}-restored"
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=restored, UseLatestRestorableTime=True
    )
    dynamodb.get_waiter("table_exists").wait(
        TableName=restored, WaiterConfig={"Delay": 1, "MaxAttempts": 10}
    )
    dynamodb.delete_item(TableName=table, Key={"orderId": {"S": lost}})
    assert orderctl("erase", "--order", erased, "--yes", "--json")["orders"] == 1

    counts = orderctl("restore", "orders", "--from", restored, "--json")

    assert counts["copied"] == 1
    assert counts["erased"] >= 1
    assert (stack.order(lost), stack.order(erased)) == (before, None)
    stack.await_earlier_orders()
    assert len(stack.emails(lost)) == 1
    dynamodb.delete_table(TableName=restored)
