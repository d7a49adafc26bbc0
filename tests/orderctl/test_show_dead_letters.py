"""Dead letters in an order's timeline."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.orderctl.support.operator import MALFORMED_BODIES, OperatorStack
from tests.support.deliveries import an_event

if TYPE_CHECKING:
    from orderctl.timeline import Timeline


def message_ids(order_timeline: Timeline) -> dict[str, list[str]]:
    """Return the IDs of an order's dead letters by queue."""
    queues = order_timeline.dead_letters.items()
    return {queue: [message.message_id for message in messages] for queue, messages in queues}


def states(operator: OperatorStack, order_id: str) -> dict[str, str]:
    """Return the state of each step."""
    return {name: step.state for name, step in operator.steps(order_id).items()}


def test_a_dead_letter(operator: OperatorStack) -> None:
    """An order's dead letter is shown with advice, and stays visible in its queue."""
    order = operator.store_order()
    event = operator.deliver(order["orderId"], "audit")
    message_id = operator.add_dead_letter("email", event)
    others = [operator.add_dead_letter("email", an_event()) for _ in range(12)]

    order_timeline = operator.timeline(order["orderId"])

    assert message_ids(order_timeline) == {"email": [message_id]}
    states_in_order = [step.state for step in order_timeline.steps]
    assert states_in_order == ["done", "done", "dead-lettered", "done"]
    assert order_timeline.advice == (
        f"After fixing the cause: orderctl dlq redrive email --order {order['orderId']}",
    )
    assert len(operator.dead_letters("email")) == 1 + len(others)


def test_an_order_in_two_dead_letter_queues(operator: OperatorStack) -> None:
    """Each dead letter of an order is shown, with advice for each."""
    order = operator.store_order()
    for queue in ("audit", "email"):
        operator.add_dead_letter(queue, an_event(**order))

    order_timeline = operator.timeline(order["orderId"])

    assert list(order_timeline.dead_letters) == ["audit", "email"]
    assert (
        states(operator, order["orderId"])["emailed"]
        == states(operator, order["orderId"])["audited"]
        == "dead-lettered"
    )
    assert len(order_timeline.advice) == 2


def test_a_queued_order_that_could_not_be_stored(operator: OperatorStack) -> None:
    """An accepted order that is only in the order queue's dead letters has a timeline."""
    order_id = an_event().order_id
    operator.add_dead_letter("orders", json.dumps({"orderId": order_id}))

    assert states(operator, order_id)["stored"] == "dead-lettered"


def test_malformed_dead_letters_are_ignored(operator: OperatorStack) -> None:
    """An order's dead letter is found among malformed ones."""
    order = operator.store_order()
    for body in MALFORMED_BODIES:
        operator.add_dead_letter("email", body)
    message_id = operator.add_dead_letter("email", an_event(**order))

    assert message_ids(operator.timeline(order["orderId"])) == {"email": [message_id]}


def test_a_dead_letter_with_invalid_numbers(operator: OperatorStack) -> None:
    """A dead letter of the relay with invalid numbers is skipped."""
    order_id = operator.store_order()["orderId"]
    operator.add_relay_dead_letter(
        shardId="shardId-0000", startSequenceNumber="1", endSequenceNumber="1"
    )
    message_id = operator.add_relay_dead_letter(order_id)

    order_timeline = operator.timeline(order_id)

    assert message_ids(order_timeline) == {"relay": [message_id]}
    assert order_timeline.steps[1].state == "dead-lettered"


def test_an_incomplete_timeline(operator: OperatorStack) -> None:
    """A timeline is incomplete where not every dead letter could be seen."""
    operator.add_dead_letter("email", an_event())
    order_id = operator.store_order()["orderId"]
    assert operator.timeline(order_id).complete

    stack = replace(operator.stack, visibility_seconds=0)
    assert not operator.timeline(order_id, stack=stack).complete


def test_a_dead_letter_of_the_relay(operator: OperatorStack) -> None:
    """An order is found in the stream batch that a dead letter of the relay names."""
    order, other = operator.store_order(), operator.store_order()
    message_id = operator.add_relay_dead_letter(order["orderId"])

    order_timeline = operator.timeline(order["orderId"])

    assert message_ids(order_timeline) == {"relay": [message_id]}
    assert order_timeline.steps[1].state == "dead-lettered"
    assert order_timeline.advice == (
        f"After fixing the cause: orderctl dlq redrive relay --message {message_id}",
    )
    assert operator.timeline(other["orderId"]).dead_letters == {}


def test_a_batch_that_the_stream_no_longer_has(operator: OperatorStack) -> None:
    """Where the stream no longer has a batch of the relay's dead letters, a replay is advised."""
    order = operator.store_order()
    operator.add_relay_dead_letter(order["orderId"])

    with operator.connection.refusing("GetShardIterator", "TrimmedDataAccessException"):
        (advice,) = operator.timeline(order["orderId"]).advice

    assert advice.endswith(f"orderctl replay --order {order['orderId']}")
