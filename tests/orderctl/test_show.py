"""Order timelines, from what the real handlers stored and logged."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from handlers.order.scope import scoped_order_id
from orderctl import render, sources, timeline
from tests.support.connection import InjectionPoint, success_response
from tests.support.deliveries import an_event
from tests.support.functions import ORDERS_TABLE, SENT_EMAILS_TABLE
from tests.support.mock_account import as_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import OperatorStack

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def states(operator: OperatorStack, order_id: str) -> dict[str, str]:
    """Return the state of each step."""
    return {name: step.state for name, step in operator.steps(order_id).items()}


def test_a_processed_order(operator: OperatorStack) -> None:
    """Each step of a processed order is done and has a time."""
    order = operator.store_order()
    operator.deliver(order["orderId"], "email", "audit")

    order_timeline = operator.timeline(order["orderId"])

    assert [(step.step, step.state) for step in order_timeline.steps] == [
        ("stored", "done"),
        ("published", "done"),
        ("emailed", "done"),
        ("audited", "done"),
    ]
    assert all(_TIME.fullmatch(str(step.at)) for step in order_timeline.steps)
    assert order_timeline.steps[0].at == order["createdAt"]
    assert (order_timeline.dead_letters, order_timeline.advice) == ({}, ())


def test_an_expired_order_is_gone(operator: OperatorStack) -> None:
    """An expired order is gone, as in the API, also before DynamoDB deletes it."""
    order = operator.store_order(expiresAt=1)

    assert operator.steps(order["orderId"])["stored"].state == "gone"


def test_a_stored_order_that_is_not_processed(operator: OperatorStack) -> None:
    """Other steps are `not yet`; messages in a work queue are counted without being received."""
    order = operator.store_order()
    operator.account.sqs.send_message(
        QueueUrl=operator.outputs["queueUrls"]["email"], MessageBody="any"
    )

    by_name = operator.steps(order["orderId"])

    assert [by_name[name].state for name in ("published", "emailed", "audited")] == ["not yet"] * 3
    assert "1 message in the queue 'email'" in by_name["emailed"].detail
    queue_urls = {
        call.parameters["QueueUrl"]
        for call in operator.connection.calls
        if call.operation == "ReceiveMessage"
    }
    assert queue_urls == set(operator.outputs["deadLetterQueueUrls"].values())


def test_an_unknown_order(operator: OperatorStack) -> None:
    """An order that is stored nowhere has no timeline."""
    operator.add_dead_letter("email", an_event())

    assert (
        timeline.build_timeline(
            sources.gather(operator.stack, "ORDER-nowhere", logs_for=timedelta(days=1))
        )
        is None
    )


def test_an_attempt_that_crashed(operator: OperatorStack) -> None:
    """An email whose attempt crashed is in progress until the time in its detail."""
    order = operator.store_order()
    with (
        operator.account.connection.timing_out("SendEmail"),
        operator.account.connection.timing_out("DeleteItem"),
    ):
        operator.deliver(order["orderId"], "email")

    step = operator.steps(order["orderId"])["emailed"]

    assert step.state == "in progress"
    assert _TIME.search(step.detail)


def test_an_order_without_an_address(operator: OperatorStack) -> None:
    """An order without an address needs no email."""
    order = operator.store_order(customerEmail=None)
    operator.deliver(order["orderId"], "email", "audit")

    assert states(operator, order["orderId"])["emailed"] == "not needed"


def test_without_log_lines(operator: OperatorStack) -> None:
    """Without log lines, records show what was published, and before when the email was sent."""
    order = operator.store_order()
    operator.deliver(order["orderId"], "email", "audit")

    by_name = operator.steps(order["orderId"], logs_for=timedelta(seconds=1))

    assert (by_name["published"].state, by_name["published"].at) == ("done", None)
    assert (by_name["emailed"].state, by_name["emailed"].at) == ("done", None)
    assert _TIME.search(by_name["emailed"].detail)


def page(*lines: str) -> Callable[[], Any]:
    """Return the response for a page of a log that is not the last one."""
    events = [{"timestamp": 1768473000000, "message": line} for line in lines]
    return lambda: success_response({"events": events, "nextToken": "more"})


def test_a_log_with_too_many_pages(operator: OperatorStack) -> None:
    """A step whose log was not searched to its end says so."""
    stack = replace(operator.stack, log_pages=1)
    order = operator.store_order()
    for consumers in ((), ("email", "audit")):
        operator.deliver(order["orderId"], *consumers)
        operator.connection.calls.clear()
        with operator.connection.inject(
            *((InjectionPoint("before", "FilterLogEvents", number), page()) for number in (1, 2))
        ):
            by_name = operator.steps(order["orderId"], stack=stack)
        assert "the search of the logs was not complete" in by_name["published"].detail
    assert "the search of the logs was not complete" in by_name["emailed"].detail


def test_a_log_is_read_up_to_the_match(operator: OperatorStack) -> None:
    """No page is read after the one with the match."""
    order = operator.store_order()
    line = json.dumps({"message": "Order event published", "orderId": order["orderId"]})

    with operator.connection.inject((InjectionPoint("before", "FilterLogEvents", 1), page(line))):
        assert operator.steps(order["orderId"])["published"].at == "2026-01-15T10:30:00.000Z"

    assert operator.operations.count("FilterLogEvents") == 3  # one for each function


def test_without_a_log(operator: OperatorStack) -> None:
    """A missing log group counts as empty."""
    order = operator.store_order()
    operator.deliver(order["orderId"], "email", "audit")

    with operator.connection.refusing("FilterLogEvents", "ResourceNotFoundException"):
        assert set(states(operator, order["orderId"]).values()) == {"done"}


def test_log_lines_about_something_else(operator: OperatorStack) -> None:
    """Only a line with this order's ID and the message of success counts."""
    order = operator.store_order()
    order_id = order["orderId"]
    line = {"message": "Order event published", "orderId": order_id}
    for other in (
        f"Order event published {order_id}",
        json.dumps(["Order event published", order_id]),
        json.dumps({**line, "orderId": f"{order_id}-2"}),
        json.dumps({**line, "message": "Order event not published"}),
    ):
        operator.log("relay", other)
    assert states(operator, order_id)["published"] == "not yet"

    operator.log("relay", json.dumps(line))
    assert states(operator, order_id)["published"] == "done"


def test_a_deleted_order(operator: OperatorStack) -> None:
    """An order that DynamoDB has deleted has a timeline from its audit record."""
    order = operator.store_order()
    operator.deliver(order["orderId"], "email", "audit")
    operator.account.dynamodb.delete_item(
        TableName=ORDERS_TABLE, Key={"orderId": {"S": order["orderId"]}}
    )

    order_timeline = operator.timeline(order["orderId"])

    assert [step.state for step in order_timeline.steps] == ["gone", "done", "done", "done"]
    assert order_timeline.order is None


@pytest.mark.parametrize("value", ["yesterday", "2026-01-15", 7, "9999-01-01T00:00:00Z"])
def test_a_record_that_is_no_order(operator: OperatorStack, value: Any) -> None:
    """An item of other software is shown as far as it can be read."""
    image = as_image(
        {"orderId": "ORDER-foreign", "createdAt": value, "expiresAt": "never", "customerEmail": 5}
    )
    operator.account.dynamodb.put_item(TableName=ORDERS_TABLE, Item=image)

    assert states(operator, "ORDER-foreign")["stored"] == "done"
    searches = [
        call.parameters for call in operator.connection.calls if call.operation == "FilterLogEvents"
    ]
    assert all(one["startTime"] < one["endTime"] for one in searches)


@pytest.mark.parametrize("order_id", ["ORDER-mine", "{key}"])
def test_an_order_id_that_a_customer_chose(
    run: Run, operator: OperatorStack, order_id: str
) -> None:
    """A chosen ID needs --customer; the scoped key does not."""
    key = scoped_order_id("jos\u00e9", "ORDER-mine")
    order = operator.store_order(orderId=key, clientOrderId="ORDER-mine", customerId="jos\u00e9")
    operator.store_order(orderId="ORDER-mine", customerId="another")
    operator.add_dead_letter("email", an_event(**order))
    customer = (
        () if "{" in order_id else ("--customer", "jose\u0301")
    )  # as another program writes it

    result = run("show", order_id.format(key=key), *customer, "--json")

    data = json.loads(result.stdout)
    assert (result.exit_code, data["orderId"]) == (0, key)
    assert data["order"]["clientOrderId"] == "ORDER-mine"
    assert data["advice"] == [f"After fixing the cause: orderctl dlq redrive email --order {key}"]
    assert run("replay", "--order", key).exit_code == 0


def test_json_names_are_in_camel_case(run: Run, operator: OperatorStack) -> None:
    """Every name in JSON is in camel case, at every depth."""
    order = operator.store_order()
    operator.add_dead_letter("email", an_event(**order))

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


def test_a_customer_s_order_under_a_plain_id(run: Run, operator: OperatorStack) -> None:
    """An order whose ID was not chosen is found with --customer as well."""
    order = operator.store_order()

    result = run("show", order["orderId"], "--customer", order["customerId"], "--json")

    assert json.loads(result.stdout)["orderId"] == order["orderId"]


def test_an_id_that_is_used_again(operator: OperatorStack) -> None:
    """The audit record of an expired order is not that of a new one with its ID."""
    order = operator.store_order()
    operator.deliver(order["orderId"], "audit")
    operator.store_order(orderId=order["orderId"], createdAt="2026-06-01T00:00:00.000Z")

    assert states(operator, order["orderId"])["audited"] == "not yet"


@pytest.mark.parametrize("as_json", [True, False])
def test_personal_data_is_not_shown(
    operator: OperatorStack, capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    """A timeline holds no names or addresses, and no email address in clear."""
    ids = {"customerId": "john.doe@example.com", "correlationId": "for jack.poe@example.com"}
    order = operator.store_order(
        shippingAddress={"street": "1 Main Street"}, notes="ring twice", **ids
    )
    operator.deliver(order["orderId"], "email", "audit")
    operator.add_dead_letter("email", an_event(**order))
    operator.add_dead_letter(
        "audit", json.dumps({"orderId": order["orderId"], "customerName": "Jane Roe"})
    )

    render.timeline_view(operator.timeline(order["orderId"])).show(as_json=as_json)

    output = capsys.readouterr().out
    assert "j***@example.com" in output
    for private in ("jane.roe", "john.doe", "jack.poe", "Jane Roe", "Main Street", "ring twice"):
        assert private not in output


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
def test_an_order_without_a_confirmation(
    operator: OperatorStack, outcome: dict[str, str], detail: str
) -> None:
    """The reason why no email was sent is shown."""
    order = operator.store_order()
    operator.deliver(order["orderId"], "email", "audit")
    (record,) = operator.account.email_records()
    item = {**record, "data": {"S": json.dumps(outcome)}}
    operator.account.dynamodb.put_item(TableName=SENT_EMAILS_TABLE, Item=item)

    step = operator.steps(order["orderId"])["emailed"]

    assert (step.state, step.detail) == ("not sent", detail)


def test_a_rejected_address(operator: OperatorStack) -> None:
    """The email function's record of a rejected address is shown as `not sent`."""
    order = operator.store_order(customerEmail="jane@")
    operator.deliver(order["orderId"], "email")

    step = operator.steps(order["orderId"])["emailed"]

    assert step.state == "not sent"
    assert "Must be a valid email address" in step.detail
