"""What happens when a workflow fails; what is done to the local stack for it is undone afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.support.role_permissions import without
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.support.stack import LocalStack

_WORKFLOWS = ("email", "audit")


@pytest.fixture(scope="module")
def failing(stack: LocalStack) -> Iterator[LocalStack]:
    """The local stack, whose queues give a failed message back after a second."""
    sqs, urls = (
        stack.client("sqs"),
        [stack.outputs["queueUrls"][workflow] for workflow in _WORKFLOWS],
    )
    timeout = ["VisibilityTimeout"]
    before = {
        url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=timeout)["Attributes"]
        for url in urls
    }
    for url in urls:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    yield stack
    for url, attributes in before.items():
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)


@pytest.fixture(scope="module")
def poison(failing: LocalStack) -> str:
    """A message that is no order, in either workflow's queue; while it is there, an order is e-mailed and audited."""
    message = json.dumps({"eventType": "NOT_OURS", "customerEmail": "secret.person@example.com"})
    for workflow in _WORKFLOWS:
        failing.client("sqs").send_message(
            QueueUrl=failing.outputs["queueUrls"][workflow], MessageBody=message
        )
    order_id = failing.post().json()["orderId"]
    failing.await_email(order_id)
    failing.await_audit(order_id)
    return message


@pytest.mark.usefixtures("poison")  # which takes as long as the e-mail to become a dead letter
def test_a_failing_workflow_leaves_the_others_alone(failing: LocalStack) -> None:
    """While e-mails cannot be sent, orders are audited; once they can, the dead letter is good for the e-mail."""
    with without(failing, "email", "ses:SendEmail"):
        order_id = failing.post().json()["orderId"]
        assert failing.await_audit(order_id)["orderId"] == order_id
        letter = failing.await_dead_letter("email", order_id)["Body"]
    assert json.loads(letter)["orderId"] == order_id
    assert failing.emails(order_id) == []
    errors = [
        line for line in failing.await_log_lines("email", order_id) if line["level"] == "ERROR"
    ]
    assert errors
    assert all("Traceback" in line["exception"] for line in errors)
    failing.client("sqs").send_message(
        QueueUrl=failing.outputs["queueUrls"]["email"], MessageBody=letter
    )
    assert failing.await_email(order_id)["To"] == ["john.doe@example.com"]


@pytest.mark.parametrize("workflow", _WORKFLOWS)
def test_a_message_that_is_no_order_becomes_a_dead_letter(
    failing: LocalStack, poison: str, workflow: str
) -> None:
    """A foreign message ends in the dead-letter queue, holds up no order, and its content stays out of the log."""
    assert failing.await_dead_letter(workflow, "NOT_OURS")["Body"] == poison
    lines = eventually(
        lambda: [
            line
            for line in failing.logs(workflow)
            if line.get("message") == "Message is not an order event"
        ],
        f"log line of {workflow}",
    )
    assert "secret" not in json.dumps(lines)
