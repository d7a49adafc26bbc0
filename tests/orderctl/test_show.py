"""An order's story, told from what the real handlers left behind."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from handlers.order.scope import scoped_order_id
from orderctl import letters, render, sources, timeline
from tests.support.deliveries import an_event, queue_batch
from tests.support.functions import ORDERS_TABLE, SENT_EMAILS_TABLE
from tests.support.mock_account import as_image
from tests.support.wire import Moment, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderctl.timeline import Step, Story
    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import Desk

_EVER = timedelta(days=36500)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_HOSTILE = (
    "",
    "no JSON",
    "[]",
    '{"orderId": 7}',
    '{"orderId": null}',
    "[" * 100_000,
    '"ORDER-1"',
    "\x1b[31m",
)


def told(desk: Desk, order_id: str, *, logs_for: timedelta = _EVER) -> Story:
    """The story of an order, which has one."""
    found = timeline.tell(sources.gather(desk.stack, order_id, logs_for=logs_for))
    assert found is not None
    return found


def steps(desk: Desk, order_id: str, **more: Any) -> dict[str, Step]:
    """The steps of an order's story by their names."""
    return {step.step: step for step in told(desk, order_id, **more).steps}


def states(desk: Desk, order_id: str) -> dict[str, str]:
    """How far each step is."""
    return {name: step.state for name, step in steps(desk, order_id).items()}


def test_an_order_that_went_everywhere(desk: Desk) -> None:
    """Each step of an order that went all the way is done, at a time."""
    order = desk.order()
    desk.deliver(order["orderId"], "email", "audit")

    found = told(desk, order["orderId"])

    assert [(step.step, step.state) for step in found.steps] == [
        ("stored", "done"),
        ("published", "done"),
        ("e-mailed", "done"),
        ("audited", "done"),
    ]
    assert all(_TIME.fullmatch(str(step.at)) for step in found.steps)
    assert found.steps[0].at == order["createdAt"]
    assert (found.letters, found.advice) == ((), ())


def test_an_expired_order_is_gone(desk: Desk) -> None:
    """An order that has expired is shown as gone, as the API answers, also while DynamoDB still has it."""
    order = desk.order(expiresAt=1)

    assert steps(desk, order["orderId"])["stored"].state == "gone"


def test_an_order_that_has_only_been_stored(desk: Desk) -> None:
    """What has not happened is told as such, and what waits in a work queue is counted without being received."""
    order = desk.order()
    desk.account.sqs.send_message(QueueUrl=desk.outputs["queueUrls"]["email"], MessageBody="any")

    found = steps(desk, order["orderId"])

    assert [found[name].state for name in ("published", "e-mailed", "audited")] == ["not yet"] * 3
    assert "1 message in the queue 'email'" in found["e-mailed"].detail
    received = {
        call.parameters["QueueUrl"]
        for call in desk.line.calls
        if call.operation == "ReceiveMessage"
    }
    assert received == set(desk.outputs["deadLetterQueueUrls"].values())


def test_a_dead_letter_is_found_and_left(desk: Desk) -> None:
    """An order in a dead-letter queue is told with its message, which stays and can be received at once."""
    order = desk.order()
    event = desk.deliver(order["orderId"], "audit")
    message_id = desk.dead_letter("email", event)
    others = [desk.dead_letter("email", an_event()) for _ in range(12)]

    found = told(desk, order["orderId"])

    assert [(one.queue, one.letter.message_id) for one in found.letters] == [("email", message_id)]
    assert [step.state for step in found.steps] == ["done", "done", "dead-lettered", "done"]
    assert found.advice == (
        f"After the cause is fixed: orderctl dlq redrive email --order {order['orderId']}",
    )
    assert len(desk.dead_letters("email")) == 1 + len(others)


def test_an_order_in_two_dead_letter_queues(desk: Desk) -> None:
    """Each dead letter of an order is told, wherever it lies, and each is advised about."""
    order = desk.order()
    for queue in ("audit", "email"):
        desk.dead_letter(queue, an_event(**order))

    found = told(desk, order["orderId"])

    assert [one.queue for one in found.letters] == ["audit", "email"]
    assert (
        states(desk, order["orderId"])["e-mailed"]
        == states(desk, order["orderId"])["audited"]
        == "dead-lettered"
    )
    assert len(found.advice) == 2


def test_a_queued_order_that_could_not_be_stored(desk: Desk) -> None:
    """An accepted order that is nowhere but among the order queue's dead letters has a story."""
    order_id = an_event().order_id
    desk.dead_letter("orders", json.dumps({"orderId": order_id}))

    assert states(desk, order_id)["stored"] == "dead-lettered"


def test_messages_that_are_no_orders_do_not_matter(desk: Desk) -> None:
    """Whatever lies in a dead-letter queue, the order is found beside it."""
    order = desk.order()
    for body in _HOSTILE[1:]:
        desk.dead_letter("email", body)
    message_id = desk.dead_letter("email", an_event(**order))

    assert [one.letter.message_id for one in told(desk, order["orderId"]).letters] == [message_id]


def test_an_order_nobody_knows(desk: Desk) -> None:
    """Of an order that left no trace there is no story."""
    desk.dead_letter("email", an_event())

    assert timeline.tell(sources.gather(desk.stack, "ORDER-nowhere", logs_for=_EVER)) is None


def test_an_attempt_that_crashed(desk: Desk) -> None:
    """An e-mail whose attempt never ended is in progress, until the time that is told."""
    order = desk.order()
    with desk.account.wire.silent("SendEmail"), desk.account.wire.silent("DeleteItem"):
        desk.deliver(order["orderId"], "email")

    found = steps(desk, order["orderId"])["e-mailed"]

    assert found.state == "in progress"
    assert _TIME.search(found.detail)


def test_an_order_without_an_address(desk: Desk) -> None:
    """An order that names no address needs no e-mail."""
    order = desk.order(customerEmail=None)
    desk.deliver(order["orderId"], "email", "audit")

    assert states(desk, order["orderId"])["e-mailed"] == "not needed"


def test_without_log_lines(desk: Desk) -> None:
    """Where the logs say nothing, consumers show that it was published, and the note when it was sent at the latest."""
    order = desk.order()
    desk.deliver(order["orderId"], "email", "audit")

    found = steps(desk, order["orderId"], logs_for=timedelta(seconds=1))

    assert (found["published"].state, found["published"].at) == ("done", None)
    assert (found["e-mailed"].state, found["e-mailed"].at) == ("done", None)
    assert _TIME.search(found["e-mailed"].detail)


def page(*lines: str) -> Callable[[], Any]:
    """A page of a log, after which there are more."""
    events = [{"timestamp": 1768473000000, "message": line} for line in lines]
    return lambda: answer({"events": events, "nextToken": "more"})


def test_a_log_that_is_too_long(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a log was not searched to its end, no step claims that it was."""
    monkeypatch.setattr(sources, "_LOG_PAGES", 1)
    order = desk.order()
    for consumers in ((), ("email", "audit")):
        desk.deliver(order["orderId"], *consumers)
        desk.line.calls.clear()
        with desk.line.at(
            *((Moment("before", "FilterLogEvents", number), page()) for number in (1, 2))
        ):
            found = steps(desk, order["orderId"])
        assert "the search of the logs was not complete" in found["published"].detail
    assert "the search of the logs was not complete" in found["e-mailed"].detail


def test_a_log_is_searched_as_far_as_needed(desk: Desk) -> None:
    """The first page that holds the line is the last one that is asked for."""
    order = desk.order()
    line = json.dumps({"message": "Order event published", "orderId": order["orderId"]})

    with desk.line.at((Moment("before", "FilterLogEvents", 1), page(line))):
        assert steps(desk, order["orderId"])["published"].at == "2026-01-15T10:30:00.000Z"

    assert desk.operations.count("FilterLogEvents") == 3  # one for each function


def test_a_letter_that_aws_would_not_read(desk: Desk) -> None:
    """A dead letter of the relay with impossible numbers keeps nobody from an order's story."""
    order_id = desk.order()["orderId"]
    desk.relay_letter(shardId="shardId-0000", startSequenceNumber="1", endSequenceNumber="1")
    message_id = desk.relay_letter(order_id)

    found = told(desk, order_id)

    assert [one.letter.message_id for one in found.letters] == [message_id]
    assert found.steps[1].state == "dead-lettered"


def test_a_story_that_may_lack_letters(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not every dead letter could be seen, the story says so."""
    desk.dead_letter("email", an_event())
    order_id = desk.order()["orderId"]
    assert told(desk, order_id).complete

    monkeypatch.setattr(letters, "VISIBILITY_SECONDS", 0)
    assert not told(desk, order_id).complete


def test_without_a_log(desk: Desk) -> None:
    """A log group that is gone has no lines, and takes nothing from the rest of the story."""
    order = desk.order()
    desk.deliver(order["orderId"], "email", "audit")

    with desk.line.refusing("FilterLogEvents", "ResourceNotFoundException"):
        assert set(states(desk, order["orderId"]).values()) == {"done"}


def test_lines_about_something_else(desk: Desk) -> None:
    """A line is evidence if it is about this order and says that it was published, and only then."""
    order = desk.order()
    order_id = order["orderId"]
    published = {"message": "Order event published", "orderId": order_id}
    for line in (
        f"Order event published {order_id}",
        json.dumps(["Order event published", order_id]),
        json.dumps({**published, "orderId": f"{order_id}-2"}),
        json.dumps({**published, "message": "Order event not published"}),
    ):
        desk.log("relay", line)
    assert states(desk, order_id)["published"] == "not yet"

    desk.log("relay", json.dumps(published))
    assert states(desk, order_id)["published"] == "done"


def test_an_order_whose_time_is_over(desk: Desk) -> None:
    """Of an order that the table has deleted, its audit record tells that it was there and what became of it."""
    order = desk.order()
    desk.deliver(order["orderId"], "email", "audit")
    desk.account.dynamodb.delete_item(
        TableName=ORDERS_TABLE, Key={"orderId": {"S": order["orderId"]}}
    )

    found = told(desk, order["orderId"])

    assert [step.state for step in found.steps] == ["gone", "done", "done", "done"]
    assert found.order is None


def test_an_order_that_the_relay_gave_up_on(desk: Desk) -> None:
    """An order in a batch that the relay gave up on is found by reading the batch, and others are not."""
    order, other = desk.order(), desk.order()
    message_id = desk.relay_letter(order["orderId"])

    found = told(desk, order["orderId"])

    assert [one.letter.message_id for one in found.letters] == [message_id]
    assert found.steps[1].state == "dead-lettered"
    assert found.advice == (
        f"After the cause is fixed: orderctl dlq redrive relay --message {message_id}",
    )
    assert told(desk, other["orderId"]).letters == ()


def test_an_order_that_may_be_in_a_forgotten_batch(desk: Desk) -> None:
    """Where the stream no longer tells what the relay gave up on, replaying the order is advised."""
    order = desk.order()
    desk.relay_letter(order["orderId"])

    with desk.line.refusing("GetShardIterator", "TrimmedDataAccessException"):
        (advice,) = told(desk, order["orderId"]).advice

    assert advice.endswith(f"orderctl replay --order {order['orderId']}")


@pytest.mark.parametrize("value", ["yesterday", "2026-01-15", 7, "9999-01-01T00:00:00Z"])
def test_a_record_that_is_no_order(desk: Desk, value: Any) -> None:
    """What somebody else wrote into the table is told like an order, as far as it goes."""
    image = as_image(
        {"orderId": "ORDER-foreign", "createdAt": value, "expiresAt": "never", "customerEmail": 5}
    )
    desk.account.dynamodb.put_item(TableName=ORDERS_TABLE, Item=image)

    assert states(desk, "ORDER-foreign")["stored"] == "done"
    searched = [call.parameters for call in desk.line.calls if call.operation == "FilterLogEvents"]
    assert all(one["startTime"] < one["endTime"] for one in searched)


@pytest.mark.parametrize("order_id", ["ORDER-mine", "{key}"])
def test_an_order_under_a_customer_s_own_id(run: Run, desk: Desk, order_id: str) -> None:
    """An ID that a customer chose finds the order with the customer's ID, and its key finds it alone."""
    key = scoped_order_id("jos\u00e9", "ORDER-mine")
    order = desk.order(orderId=key, clientOrderId="ORDER-mine", customerId="jos\u00e9")
    desk.order(orderId="ORDER-mine", customerId="another")
    desk.dead_letter("email", an_event(**order))
    customer = (
        () if "{" in order_id else ("--customer", "jose\u0301")
    )  # as another program writes it

    result = run("show", order_id.format(key=key), *customer, "--json")

    told = json.loads(result.stdout)
    assert (result.exit_code, told["orderId"], told["order"]["clientOrderId"]) == (
        0,
        key,
        "ORDER-mine",
    )
    assert told["advice"] == [f"After the cause is fixed: orderctl dlq redrive email --order {key}"]
    assert run("replay", "--order", key).exit_code == 0


def test_names_in_json_are_written_in_one_way(run: Run, desk: Desk) -> None:
    """Every name in a result is in camel case, at every depth, and none is there twice in two spellings."""
    order = desk.order()
    desk.dead_letter("email", an_event(**order))

    for command in (("show", order["orderId"]), ("dlq", "list"), ("dlq", "show", "email")):
        names = set(_names(json.loads(run(*command, "--json").stdout)))
        assert names
        assert [name for name in names if "_" in name] == [], command


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for item in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _names(item)


def test_a_customer_s_order_under_a_plain_id(run: Run, desk: Desk) -> None:
    """An order whose ID was not chosen is found with and without the customer's ID."""
    order = desk.order()

    told = json.loads(
        run("show", order["orderId"], "--customer", order["customerId"], "--json").stdout
    )

    assert told["orderId"] == order["orderId"]


def test_a_used_id(desk: Desk) -> None:
    """Where an ID was used again after its first order was gone, the audit record of the first is not the second's."""
    order = desk.order()
    desk.deliver(order["orderId"], "audit")
    desk.order(orderId=order["orderId"], createdAt="2026-06-01T00:00:00.000Z")

    assert states(desk, order["orderId"])["audited"] == "not yet"


@pytest.mark.parametrize("as_json", [True, False])
def test_personal_data_stays_where_it_is(
    desk: Desk, capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    """A story holds IDs, times, states and amounts, and no name, no address, and no e-mail address in clear."""
    ids = {"customerId": "john.doe@example.com", "correlationId": "for jack.poe@example.com"}
    order = desk.order(shippingAddress={"street": "1 Main Street"}, notes="ring twice", **ids)
    desk.deliver(order["orderId"], "email", "audit")
    desk.dead_letter("email", an_event(**order))
    desk.dead_letter("audit", json.dumps({"orderId": order["orderId"], "customerName": "Jane Roe"}))

    render.story(told(desk, order["orderId"])).show(as_json=as_json)

    shown = capsys.readouterr().out
    assert "j***@example.com" in shown
    for private in ("jane.roe", "john.doe", "jack.poe", "Jane Roe", "Main Street", "ring twice"):
        assert private not in shown


def test_the_note_is_the_one_that_the_email_function_writes(desk: Desk) -> None:
    """The key under which the tool looks for the note of an e-mail is the key that the function's library made."""
    event = an_event()
    desk.run("email", queue_batch(event))

    (note,) = desk.account.email_records()
    assert note["eventId"]["S"] == sources.note_key(event.event_id)


@pytest.mark.parametrize(
    ("outcome", "detail"),
    [
        (
            {"outcome": "REJECTED", "reason": "SMTP 550 5.1.1"},
            "the recipient is permanently refused: SMTP 550 5.1.1",
        ),
        ({"outcome": "SUPPRESSED"}, "the recipient's limit of confirmations per hour was reached"),
    ],
)
def test_an_email_that_is_not_sent_on_purpose(
    desk: Desk, outcome: dict[str, str], detail: str
) -> None:
    """Where the email function is done with an order without an email, the story says so, and why."""
    order = desk.order()
    desk.deliver(order["orderId"], "email", "audit")
    (record,) = desk.account.email_records()
    changed = {**record, "data": {"S": json.dumps(outcome)}}
    desk.account.dynamodb.put_item(TableName=SENT_EMAILS_TABLE, Item=changed)

    step = steps(desk, order["orderId"])["e-mailed"]

    assert (step.state, step.detail) == ("not sent", detail)


def test_a_rejected_address_is_told(desk: Desk) -> None:
    """What the email function itself records of a rejected address is what the tool reads."""
    order = desk.order(customerEmail="jane@")
    desk.deliver(order["orderId"], "email")

    step = steps(desk, order["orderId"])["e-mailed"]

    assert step.state == "not sent"
    assert "Must be a valid email address" in step.detail
