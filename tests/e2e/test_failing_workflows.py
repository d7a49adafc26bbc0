"""What happens when a workflow fails, on a stack of its own so that no other test is disturbed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from local.deployer import deploy
from tests.support.polling import eventually
from tests.support.rights import without
from tests.support.stack import LocalStack
from tests.support.stacks import SHIPPED, load


@pytest.fixture(scope="module")
def failing(stack: LocalStack) -> LocalStack:
    """A second stack beside the first, whose queues give a failed message back after a second."""
    outputs = deploy(stack.emulator, replace(load(SHIPPED["local"]), stack="failing"))
    for url in outputs["queueUrls"].values():
        stack.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    return LocalStack(stack.emulator, outputs)


def test_a_failing_workflow_leaves_the_others_alone(failing: LocalStack) -> None:
    """While e-mails cannot be sent, orders are audited; once they can, the dead letter is good for the e-mail."""
    with without(failing, "email", "ses:SendEmail"):
        order_id = failing.post().json()["orderId"]
        assert failing.await_audit(order_id)["orderId"] == order_id
        letter = failing.await_dead_letter("email")["Body"]
    assert json.loads(letter)["orderId"] == order_id
    assert failing.emails(order_id) == []
    errors = [line for line in failing.await_log_lines("email", order_id) if line["level"] == "ERROR"]
    assert errors
    assert all("Traceback" in line["exception"] for line in errors)
    failing.client("sqs").send_message(QueueUrl=failing.outputs["queueUrls"]["email"], MessageBody=letter)
    assert failing.await_email(order_id)["To"] == ["john.doe@example.com"]


@pytest.mark.parametrize("workflow", ["email", "audit"])
def test_a_message_that_is_no_order_becomes_a_dead_letter(failing: LocalStack, workflow: str) -> None:
    """A foreign message ends in the dead-letter queue, holds up no order, and its content stays out of the log."""
    poison = json.dumps({"eventType": "NOT_OURS", "customerEmail": "secret.person@example.com"})
    failing.client("sqs").send_message(QueueUrl=failing.outputs["queueUrls"][workflow], MessageBody=poison)
    order_id = failing.post().json()["orderId"]
    failing.await_email(order_id)
    failing.await_audit(order_id)
    assert failing.await_dead_letter(workflow)["Body"] == poison
    lines = eventually(
        lambda: [line for line in failing.logs(workflow) if line.get("message") == "Message is not an order event"],
        f"log line of {workflow}",
    )
    assert "secret" not in json.dumps(lines)
