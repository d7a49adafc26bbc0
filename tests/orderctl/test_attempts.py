"""How often each workflow has tried an order, what it failed with, and whether it is tried again."""

from __future__ import annotations

import ast
import json
import re
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orderctl import sources, timeline
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
    from orderctl.timeline import Step
    from tests.orderctl.support.operator import Desk

_EVER = timedelta(days=36500)
_REFUSED = "AccessDeniedException"


_HANDLERS = ROOT / "handlers"
# What is logged when an attempt at an order fails: its message, the function, the step, and the AWS operation that is
# refused; None where the function cannot read what it gets.
_FAILED_ATTEMPTS = [
    ("Stream record is not an order", "relay", "published", None),
    ("Order event not published", "relay", "published", "PublishBatch"),
    ("Message is not %s", "processor", "stored", None),
    ("Message is not %s", "email", "e-mailed", None),
    ("Message is not %s", "audit", "audited", None),
    ("Message could not be processed", "processor", "stored", "PutItem"),
    ("Message could not be processed", "email", "e-mailed", "SendEmail"),
    ("Message could not be processed", "audit", "audited", "PutItem"),
]
# Of a batch, each of whose orders has a line of its own, and of requests, which their clients repeat.
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


def step(desk: Desk, order_id: str, name: str, *, stack: Stack | None = None) -> Step:
    """A step of an order."""
    told = timeline.tell(sources.gather(stack or desk.stack, order_id, logs_for=_EVER))
    assert told is not None
    return {one.step: one for one in told.steps}[name]


def received(body: Any, attempt: int, message_id: str = "message-0") -> dict[str, Any]:
    """A batch of one message that has been received so often."""
    batch = queue_batch(body)
    batch["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(attempt)
    batch["Records"][0]["messageId"] = message_id
    return batch


def fail(desk: Desk, function: str, operation: str, batch: dict[str, Any]) -> None:
    """Let a function fail because AWS refuses its call."""
    said = "Email address john.doe@example.com of Jane Roe is not verified"
    with desk.account.wire.refusing(operation, _REFUSED, message=said):
        desk.run(function, batch)


@pytest.mark.parametrize(
    ("function", "name", "operation"),
    [("email", "e-mailed", "SendEmail"), ("audit", "audited", "PutItem")],
)
def test_a_workflow_that_is_still_tried(
    desk: Desk, function: str, name: str, operation: str
) -> None:
    """While a message waits for its next attempt, the story says how often it was tried, and the last error."""
    event = desk.deliver(desk.order()["orderId"])
    for attempt in (1, 2):
        fail(desk, function, operation, received(event, attempt))

    found = step(desk, event.order_id, name)

    assert (found.state, found.attempts) == ("to be tried again", 2)
    assert found.at is not None
    assert _REFUSED in str(found.last_error)
    assert "j***@example.com" in str(found.last_error)
    assert "john.doe" not in str(found)


def test_a_workflow_that_has_given_up(desk: Desk) -> None:
    """Of a dead letter, the story says how often it was tried, and why in vain."""
    event = desk.deliver(desk.order()["orderId"], "audit")
    fail(desk, "email", "SendEmail", received(event, 3))  # of the others, no line was kept
    desk.dead_letter("email", event)

    found = step(desk, event.order_id, "e-mailed")

    assert (found.state, found.attempts) == ("dead-lettered", 3)
    assert _REFUSED in str(found.last_error)


def test_a_redriven_message(desk: Desk) -> None:
    """A message that was moved back is another one, whose attempts count in addition; done is done."""
    event = desk.deliver(desk.order()["orderId"])
    fail(desk, "email", "SendEmail", received(event, 3))
    desk.run("email", received(event, 1, "message-1"))

    found = step(desk, event.order_id, "e-mailed")

    assert (found.state, found.attempts) == ("done", 4)
    assert _REFUSED in str(found.last_error)


def test_an_order_that_went_through_at_once(desk: Desk) -> None:
    """A workflow that succeeded at its first attempt has no error."""
    event = desk.deliver(desk.order()["orderId"], "email", "audit")

    for name in ("published", "e-mailed", "audited"):
        found = step(desk, event.order_id, name)
        assert (found.state, found.attempts, found.last_error) == ("done", 1, None)


def test_the_last_attempt(desk: Desk) -> None:
    """After the last attempt that its queue allows, a message is not said to be tried again."""
    event = desk.deliver(desk.order()["orderId"])
    url = desk.outputs["queueUrls"]["email"]
    arn = "arn:aws:sqs:eu-central-1:123456789012:email-dead-letters"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "3"})
    desk.account.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    try:
        fail(desk, "email", "SendEmail", received(event, 2))
        found = step(desk, event.order_id, "e-mailed")
        assert (found.state, found.detail) == ("to be tried again", "attempt 2 of 3 failed")
        fail(desk, "email", "SendEmail", received(event, 3))
        assert step(desk, event.order_id, "e-mailed").state == "failed"
    finally:
        desk.account.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})


def test_a_relay_that_cannot_publish(desk: Desk) -> None:
    """While the topic refuses an order's event, the story says so, with what SNS said."""
    order_id = desk.order()["orderId"]
    for _ in range(2):
        with (
            desk.account.wire.refusing("PublishBatch", "AuthorizationError", status=403),
            pytest.raises(Exception, match="were not published"),
        ):
            desk.deliver(order_id)
        desk.log("relay", *(json.dumps(line) for line in desk.account.console.logs))

    found = step(desk, order_id, "published")

    assert (found.state, found.attempts) == ("to be tried again", 2)
    assert "AuthorizationError" in str(found.last_error)


def logged_errors() -> set[str]:
    """The messages of all errors that the functions log."""
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
    """Each error that a function logs is one that an order's story shows, or is about no attempt at one order."""
    assert logged_errors() == {message for message, *_ in _FAILED_ATTEMPTS} | _OF_NO_ORDER


@pytest.mark.parametrize(("message", "function", "name", "operation"), _FAILED_ATTEMPTS)
def test_each_failed_attempt_is_shown(
    desk: Desk, message: str, function: str, name: str, operation: str | None
) -> None:
    """Whichever function logs whichever error about an order, the story has the attempts and the last error."""
    order = desk.order(**({} if operation else {"items": 3}))
    if function == "relay":
        image = desk.account.dynamodb.get_item(
            TableName=ORDERS_TABLE, Key={"orderId": {"S": order["orderId"]}}
        )["Item"]
        batches = [stream_batch(stream_record(image))] * 2
    else:
        body: Any = json.dumps({"orderId": order["orderId"]})
        if operation:
            body = a_queued_order(**order) if function == "processor" else an_event(**order)
        batches = [received(body, attempt) for attempt in (1, 2)]
    if function == "processor":
        desk.account.dynamodb.delete_item(
            TableName=ORDERS_TABLE, Key={"orderId": {"S": order["orderId"]}}
        )
    stack = with_functions(desk, processor="processor")
    with desk.account.wire.refusing(operation, _REFUSED) if operation else nullcontext():
        for batch in batches:
            with suppress(Exception):  # the relay raises
                desk.account.invoke(function, batch)
            desk.log(function, *(json.dumps(line) for line in desk.account.console.logs))

    pattern = re.escape(message).replace("%s", ".+")
    assert any(re.fullmatch(pattern, line["message"]) for line in desk.account.console.logs)
    found = step(desk, order["orderId"], name, stack=stack)
    assert (found.state, found.attempts) == ("to be tried again", 2)
    assert (
        _REFUSED if operation else "Input should be a valid" if function == "relay" else "Error: "
    ) in str(found.last_error)


@pytest.mark.parametrize(
    "created", [{}, {"createdAt": {"S": "2020-01-01T00:00:00.000Z"}}, {"createdAt": {"N": "1"}}]
)
def test_an_item_that_is_no_order(desk: Desk, created: dict[str, Any]) -> None:
    """What other software wrote into the table and the relay cannot read is shown with its attempts and the error."""
    item: dict[str, Any] = {"orderId": {"S": an_event().order_id}, "items": {"N": "3"}, **created}
    desk.account.dynamodb.put_item(TableName=ORDERS_TABLE, Item=item)
    for _ in range(2):
        with pytest.raises(Exception, match="no orders"):
            desk.account.invoke("relay", stream_batch(stream_record(item)))
        desk.log("relay", *(json.dumps(line) for line in desk.account.console.logs))

    told = timeline.tell(
        sources.gather(desk.stack, item["orderId"]["S"], logs_for=timedelta(days=1))
    )

    assert told is not None
    (found,) = (one for one in told.steps if one.step == "published")
    assert (found.state, found.attempts) == ("to be tried again", 2)
    assert "items Input should be a valid tuple" in str(found.last_error)


def with_functions(desk: Desk, **functions: str) -> Stack:
    """The stack with more functions in its outputs, and a queue with dead letters for each but the processor."""
    outputs = desk.stack.outputs
    names = outputs.function_names.model_copy(deep=True)
    names.__pydantic_extra__.update(functions)
    queues = {
        name: desk.outputs["queueUrls"]["orders"] for name in functions if name != "processor"
    }
    dead = dict.fromkeys(queues, desk.outputs["deadLetterQueueUrls"]["orders"])
    changes = {
        "function_names": names,
        "queue_urls": outputs.queue_urls | queues,
        "dead_letter_queue_urls": outputs.dead_letter_queue_urls | dead,
    }
    return replace(desk.stack, outputs=outputs.model_copy(update=changes))


def test_a_queued_order_that_is_not_stored_yet(desk: Desk) -> None:
    """An order that its processor could not store yet has a story, although no table knows it."""
    order_id = an_event().order_id
    stack = with_functions(desk, processor="processor")
    fail(desk, "processor", "PutItem", received(a_queued_order(orderId=order_id), 2))

    found = step(desk, order_id, "stored", stack=stack)

    assert (found.state, found.attempts) == ("to be tried again", 2)
    assert _REFUSED in str(found.last_error)


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
def test_a_third_workflow(
    desk: Desk,
    lines: tuple[dict[str, Any], ...],
    state: str,
    attempts: int | None,
    error: str | None,
) -> None:
    """A workflow that this tool does not know is a step of its own, by its log."""
    order_id = desk.order()["orderId"]
    stack = with_functions(desk, loyalty="loyalty")
    for line in lines:
        desk.log("loyalty", json.dumps({"orderId": order_id, "messageId": "m", **line}))

    found = step(desk, order_id, "loyalty", stack=stack)

    assert (found.state, found.attempts, found.last_error) == (state, attempts, error)


def test_a_third_workflow_s_dead_letter(desk: Desk) -> None:
    """A dead letter of a workflow that this tool does not know is shown like every other."""
    order = desk.order()
    desk.dead_letter("orders", an_event(**order))

    assert (
        step(desk, order["orderId"], "loyalty", stack=with_functions(desk, loyalty="l")).state
        == "dead-lettered"
    )
