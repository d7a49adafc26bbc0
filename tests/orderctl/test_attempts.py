"""Attempts, the last error and retries of each workflow, from the functions' logs."""

from __future__ import annotations

import ast
import json
import re
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.deliveries import (
    a_queued_order,
    an_event,
    queue_batch,
    stream_batch,
    stream_record,
)
from tests.support.functions import ORDERS_TABLE
from tooling.root import ROOT

if TYPE_CHECKING:
    from orderctl.stack import Stack
    from tests.orderctl.support.operator import OperatorStack

_REFUSED = "AccessDeniedException"


_HANDLERS = ROOT / "handlers"
# The log message of a failed attempt, the function, the step, and the AWS operation that fails;
# None where the function cannot parse its input.
_FAILED_ATTEMPTS = [
    ("Stream record is not an order", "relay", "published", None),
    ("Order event not published", "relay", "published", "PublishBatch"),
    ("Message is not %s", "processor", "stored", None),
    ("Message is not %s", "email", "emailed", None),
    ("Message is not %s", "audit", "audited", None),
    ("Message could not be processed", "processor", "stored", "PutItem"),
    ("Message could not be processed", "email", "emailed", "SendEmail"),
    ("Message could not be processed", "audit", "audited", "BatchExecuteStatement"),
]
# About a batch, whose orders have their own lines, or about a request, which its client retries.
_OF_NO_ORDER = {
    "Stream batch not fully published",
    "An AWS service is unavailable",
    "Request could not be processed",
}

_TRACEBACK = """Traceback (most recent call last):
  File "x", line 1
KeyError: 'a'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "y", line 2
    boom()
OSError: no room

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "z", line 3
RuntimeError: no points
  left"""


def batch_of(body: Any, attempt: int, message_id: str = "message-0") -> dict[str, Any]:
    """Return a batch of one message with a receive count."""
    batch = queue_batch(body)
    batch["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(attempt)
    batch["Records"][0]["messageId"] = message_id
    return batch


def fail(operator: OperatorStack, function: str, operation: str, batch: dict[str, Any]) -> None:
    """Invoke a function while AWS refuses one of its calls."""
    text = "Email address john.doe@example.com of Jane Roe is not verified"
    with operator.account.connection.refusing(operation, _REFUSED, message=text):
        operator.invoke(function, batch)


@pytest.mark.parametrize(
    ("function", "name", "operation"),
    [("email", "emailed", "SendEmail"), ("audit", "audited", "BatchExecuteStatement")],
)
def test_a_workflow_that_is_retried(
    operator: OperatorStack, function: str, name: str, operation: str
) -> None:
    """While a message waits for its next attempt, its attempts and the last error are shown."""
    event = operator.deliver(operator.store_order()["orderId"])
    for attempt in (1, 2):
        fail(operator, function, operation, batch_of(event, attempt))

    result = operator.steps(event.order_id)[name]

    assert (result.state, result.attempts) == ("to be tried again", 2)
    assert result.at is not None
    assert _REFUSED in str(result.last_error)
    assert "j***@example.com" in str(result.last_error)
    assert "john.doe" not in str(result)


def test_a_workflow_with_a_dead_letter(operator: OperatorStack) -> None:
    """A dead letter's attempts and last error are shown."""
    event = operator.deliver(operator.store_order()["orderId"], "audit")
    fail(operator, "email", "SendEmail", batch_of(event, 3))  # without lines of the others
    operator.add_dead_letter("email", event)

    result = operator.steps(event.order_id)["emailed"]

    assert (result.state, result.attempts) == ("dead-lettered", 3)
    assert _REFUSED in str(result.last_error)


def test_a_redriven_message(operator: OperatorStack) -> None:
    """The attempts of a redriven message, which is a new one, are added."""
    event = operator.deliver(operator.store_order()["orderId"])
    fail(operator, "email", "SendEmail", batch_of(event, 3))
    operator.invoke("email", batch_of(event, 1, "message-1"))

    result = operator.steps(event.order_id)["emailed"]

    assert (result.state, result.attempts) == ("done", 4)
    assert _REFUSED in str(result.last_error)


def test_a_message_that_is_delivered_again(operator: OperatorStack) -> None:
    """A message that succeeded, and is delivered again, has two attempts."""
    event = operator.deliver(operator.store_order()["orderId"], "audit")
    operator.invoke("audit", batch_of(event, 2))

    result = operator.steps(event.order_id)["audited"]

    assert (result.state, result.attempts, result.last_error) == ("done", 2, None)


def test_a_successful_first_attempt(operator: OperatorStack) -> None:
    """A step whose first attempt succeeded has no error."""
    event = operator.deliver(operator.store_order()["orderId"], "email", "audit")

    for name in ("published", "emailed", "audited"):
        result = operator.steps(event.order_id)[name]
        assert (result.state, result.attempts, result.last_error) == ("done", 1, None)


def test_the_last_attempt(operator: OperatorStack) -> None:
    """After the last attempt that its queue allows, a step is failed instead of to be retried."""
    event = operator.deliver(operator.store_order()["orderId"])
    url = operator.outputs["queueUrls"]["email"]
    arn = "arn:aws:sqs:eu-central-1:123456789012:email-dead-letters"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "3"})
    operator.account.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    try:
        fail(operator, "email", "SendEmail", batch_of(event, 2))
        result = operator.steps(event.order_id)["emailed"]
        assert (result.state, result.detail) == ("to be tried again", "attempt 2 of 3 failed")
        fail(operator, "email", "SendEmail", batch_of(event, 3))
        assert operator.steps(event.order_id)["emailed"].state == "failed"
    finally:
        operator.account.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})


def test_a_relay_that_cannot_publish(operator: OperatorStack) -> None:
    """SNS's error is shown while the relay cannot publish an order's event."""
    order_id = operator.store_order()["orderId"]
    for _ in range(2):
        with (
            operator.account.connection.refusing("PublishBatch", "AuthorizationError", status=403),
            pytest.raises(Exception, match="were not published"),
        ):
            operator.deliver(order_id)
        operator.log_last_invocation("relay")

    result = operator.steps(order_id)["published"]

    assert (result.state, result.attempts) == ("to be tried again", 2)
    assert "AuthorizationError" in str(result.last_error)


def logged_errors() -> set[str]:
    """Return the messages of all errors that the functions log."""
    calls = [
        node for path in _HANDLERS.rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))
    ]
    return {
        str(ast.literal_eval(call.args[0]))
        for call in calls
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"error", "exception", "critical"}
        and ast.unparse(call.func.value).endswith("logger")
    }


def test_every_error_that_is_logged_is_known() -> None:
    """Each error that a function logs is shown as a failed attempt, or is not about one order."""
    assert logged_errors() == {message for message, *_ in _FAILED_ATTEMPTS} | _OF_NO_ORDER


@pytest.mark.parametrize(("message", "function", "name", "operation"), _FAILED_ATTEMPTS)
def test_each_failed_attempt_is_shown(
    operator: OperatorStack, message: str, function: str, name: str, operation: str | None
) -> None:
    """Each error about an order is shown with its attempts."""
    order = operator.store_order(**({} if operation else {"items": 3}))
    if function == "relay":
        image = operator.account.dynamodb.get_item(
            TableName=ORDERS_TABLE, Key={"orderId": {"S": order["orderId"]}}
        )["Item"]
        batches = [stream_batch(stream_record(image))] * 2
    else:
        body: Any = json.dumps({"orderId": order["orderId"]})
        if operation:
            body = a_queued_order(**order) if function == "processor" else an_event(**order)
        batches = [batch_of(body, attempt) for attempt in (1, 2)]
    if function == "processor":
        operator.account.dynamodb.delete_item(
            TableName=ORDERS_TABLE, Key={"orderId": {"S": order["orderId"]}}
        )
    stack = with_functions(operator, processor="processor")
    with operator.account.connection.refusing(operation, _REFUSED) if operation else nullcontext():
        for batch in batches:
            with suppress(Exception):  # the relay raises
                operator.account.invoke(function, batch)
            operator.log_last_invocation(function)

    pattern = re.escape(message).replace("%s", ".+")
    assert any(re.fullmatch(pattern, line["message"]) for line in operator.account.console.logs)
    result = operator.steps(order["orderId"], stack=stack)[name]
    assert (result.state, result.attempts) == ("to be tried again", 2)
    assert (
        _REFUSED if operation else "Input should be a valid" if function == "relay" else "Error: "
    ) in str(result.last_error)


@pytest.mark.parametrize(
    "created", [{}, {"createdAt": {"S": "2020-01-01T00:00:00.000Z"}}, {"createdAt": {"N": "1"}}]
)
def test_an_item_that_is_no_order(operator: OperatorStack, created: dict[str, Any]) -> None:
    """An item of other software that the relay cannot parse is shown with attempts and error."""
    item: dict[str, Any] = {"orderId": {"S": an_event().order_id}, "items": {"N": "3"}, **created}
    operator.account.dynamodb.put_item(TableName=ORDERS_TABLE, Item=item)
    for _ in range(2):
        with pytest.raises(Exception, match="no orders"):
            operator.account.invoke("relay", stream_batch(stream_record(item)))
        operator.log_last_invocation("relay")

    result = operator.steps(item["orderId"]["S"], logs_for=timedelta(days=1))["published"]
    assert (result.state, result.attempts) == ("to be tried again", 2)
    assert "items Input should be a valid tuple" in str(result.last_error)


def with_functions(operator: OperatorStack, **functions: str) -> Stack:
    """Return the stack with more functions, each with a queue, except for the processor."""
    outputs = operator.stack.outputs
    names = outputs.function_names.model_copy(deep=True)
    names.__pydantic_extra__.update(functions)
    queues = {
        name: operator.outputs["queueUrls"]["orders"] for name in functions if name != "processor"
    }
    dead_letter_queues = dict.fromkeys(queues, operator.outputs["deadLetterQueueUrls"]["orders"])
    changes = {
        "function_names": names,
        "queue_urls": outputs.queue_urls | queues,
        "dead_letter_queue_urls": outputs.dead_letter_queue_urls | dead_letter_queues,
    }
    return replace(operator.stack, outputs=outputs.model_copy(update=changes))


def test_a_queued_order_that_is_not_stored_yet(operator: OperatorStack) -> None:
    """An order that the processor could not store yet has a timeline from its log."""
    order_id = an_event().order_id
    stack = with_functions(operator, processor="processor")
    fail(operator, "processor", "PutItem", batch_of(a_queued_order(orderId=order_id), 2))

    result = operator.steps(order_id, stack=stack)["stored"]

    assert (result.state, result.attempts) == ("to be tried again", 2)
    assert _REFUSED in str(result.last_error)


@pytest.mark.parametrize(
    ("lines", "state", "attempts", "error"),
    [
        ((), "not yet", None, None),
        (({"level": "INFO", "message": "Points booked", "attempt": 1},), "done", 1, None),
        (
            (
                {
                    "level": "ERROR",
                    "message": "Message could not be processed",
                    "attempt": 1,
                    "exception": _TRACEBACK,
                },
            ),
            "to be tried again",
            1,
            "RuntimeError: no points left, caused by OSError: no room",
        ),
        (
            (
                {
                    "level": "ERROR",
                    "message": "Message could not be processed",
                    "attempt": 1,
                    "exception_name": "X",
                },
                {"level": "INFO", "message": "Points booked", "attempt": 2},
            ),
            "done",
            2,
            "Message could not be processed",
        ),
    ],
)
def test_an_unknown_workflow(
    operator: OperatorStack,
    lines: tuple[dict[str, Any], ...],
    state: str,
    attempts: int | None,
    error: str | None,
) -> None:
    """A workflow that orderctl does not know has a step from its log."""
    order_id = operator.store_order()["orderId"]
    stack = with_functions(operator, loyalty="loyalty")
    for line in lines:
        operator.log("loyalty", json.dumps({"orderId": order_id, "messageId": "m", **line}))

    result = operator.steps(order_id, stack=stack)["loyalty"]

    assert (result.state, result.attempts, result.last_error) == (state, attempts, error)


def test_a_dead_letter_of_an_unknown_workflow(operator: OperatorStack) -> None:
    """A dead letter of an unknown workflow is shown in its step."""
    order = operator.store_order()
    operator.add_dead_letter("orders", an_event(**order))

    assert (
        operator.steps(order["orderId"], stack=with_functions(operator, loyalty="l"))[
            "loyalty"
        ].state
        == "dead-lettered"
    )
