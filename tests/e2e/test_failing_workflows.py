"""Failing workflows of the local stack: dead letters, and other workflows that go on."""

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
_INVALID = json.dumps({"eventType": "NOT_OURS", "customerEmail": "secret.person@example.com"})


@pytest.fixture(scope="module")
def retrying(stack: LocalStack) -> Iterator[LocalStack]:
    """The local stack, where no message is received again while its function still runs.

    A slow attempt could send the email after the permission is back.
    """
    with stack.retries(*_WORKFLOWS, seconds=60):
        yield stack


@pytest.fixture(scope="module")
def invalid_messages(retrying: LocalStack) -> None:
    """An invalid message in each workflow's queue, while an order is emailed and audited."""
    for workflow in _WORKFLOWS:
        retrying.send_message(workflow, _INVALID)
    retrying.await_delivery(retrying.post().json()["orderId"])


@pytest.mark.usefixtures("invalid_messages")  # they need as long as the email to be dead letters
def test_a_failing_workflow_leaves_the_others_alone(retrying: LocalStack) -> None:
    """While emails cannot be sent, orders are audited; later, the dead letter becomes the email."""
    with without(retrying, "email", "ses:SendEmail"):
        order_id = retrying.post().json()["orderId"]
        assert retrying.await_audit(order_id)["orderId"] == order_id
        letter = retrying.await_dead_letter("email", order_id)["Body"]
    assert json.loads(letter)["orderId"] == order_id
    assert retrying.emails(order_id) == []
    log = retrying.await_log_lines("email", order_id)
    errors = [line for line in log if line["level"] == "ERROR"]
    assert errors
    assert all("Traceback" in line["exception"] for line in errors)
    retrying.send_message("email", letter)
    assert retrying.await_email(order_id)["To"] == ["john.doe@example.com"]


@pytest.mark.usefixtures("invalid_messages")
@pytest.mark.parametrize("workflow", _WORKFLOWS)
def test_an_invalid_message_becomes_a_dead_letter(retrying: LocalStack, workflow: str) -> None:
    """An invalid message becomes a dead letter, delays no order, and is not logged."""
    assert retrying.await_dead_letter(workflow, "NOT_OURS")["Body"] == _INVALID

    def lines() -> list[object]:
        text = "Message is not an order event"
        return [line for line in retrying.logs(workflow) if line.get("message") == text]

    assert "secret" not in json.dumps(eventually(lines, f"log line of {workflow}"))
