"""What a list of orders needs: many orders at once, the state of each, and why messages failed."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orderctl.logs import last_failures
from orderctl.many_orders import gather_stored, read_items
from orderctl.timeline import Step, Timeline, build_timeline
from tests.support.deliveries import queue_batch
from tooling.errors import UserError

if TYPE_CHECKING:
    from tests.orderctl.support.operator import OperatorStack


def test_many_orders_take_as_many_calls_as_one(operator: OperatorStack) -> None:
    """The calls for a list of orders do not grow with it."""
    one = [operator.store_order()["orderId"]]
    operator.connection.calls.clear()
    gather_stored(operator.stack, one)
    calls = operator.operations
    many = one + [operator.store_order()["orderId"] for _ in range(20)]
    operator.connection.calls.clear()

    sources = gather_stored(operator.stack, many)

    assert {each.order_id for each in sources} == set(many)
    assert operator.operations == calls


def test_items_that_dynamodb_leaves_out_are_not_taken_for_missing_ones(
    operator: OperatorStack,
) -> None:
    """Keys that stay unprocessed are an error, because their orders may exist."""

    class Throttled:
        def batch_get_item(self, **arguments: Any) -> dict[str, Any]:
            return {"Responses": {}, "UnprocessedKeys": arguments["RequestItems"]}

    stack = dataclasses.replace(operator.stack, client=lambda _service: Throttled())
    with pytest.raises(UserError, match="does not return all items of the table shop-orders"):
        list(read_items(stack, "shop-orders", [{"orderId": {"S": "1"}}]))


def test_many_orders_have_the_states_of_one(operator: OperatorStack) -> None:
    """The steps that the tables know are the same as in an order's own timeline."""
    done, stored = operator.store_order()["orderId"], operator.store_order()["orderId"]
    operator.deliver(done, "email", "audit")

    for sources in gather_stored(operator.stack, [done, stored, "nowhere"]):
        timeline = build_timeline(sources)
        assert timeline is not None
        states = {step.step: step.state for step in timeline.steps}
        own = {name: step.state for name, step in operator.steps(sources.order_id).items()}
        assert states == own


@pytest.mark.parametrize(
    ("states", "state"),
    [
        (("done", "done", "not needed"), "done"),
        (("done", "not yet", "done"), "not yet"),
        (("done", "not yet", "to be tried again"), "to be tried again"),
        (("done", "not sent", "done"), "not sent"),
        (("to be tried again", "failed", "not yet"), "failed"),
        (("failed", "not sent", "dead-lettered"), "dead-lettered"),
        (("gone", "done", "done"), "gone"),
    ],
)
def test_the_state_of_an_order_is_the_most_urgent(states: tuple[str, ...], state: str) -> None:
    """An order's state is that of the step that needs attention first."""
    steps = tuple(Step(step=f"step {number}", state=each) for number, each in enumerate(states))
    timeline = Timeline(order_id="a", order=None, steps=steps, dead_letters={}, advice=())
    assert timeline.state == state


def test_the_last_failure_of_each_message_is_found(operator: OperatorStack) -> None:
    """A message's last failed attempt has its error; other messages and successes are left out."""
    now = datetime.now(UTC)
    hour = now - timedelta(hours=1), now + timedelta(minutes=1)
    for receives in (1, 2):
        batch = queue_batch('{"orderId": "a"}', "no JSON")
        for record in batch["Records"]:
            record["attributes"] = {"ApproximateReceiveCount": str(receives)}
        operator.invoke("email", batch)

    failures = last_failures(operator.stack, "email", {"message-1", "another"}, hour)

    assert set(failures) == {"message-1"}
    assert failures["message-1"].attempt == 2
    assert "JSONDecodeError" in str(failures["message-1"].error)
    assert failures["message-1"].fields["component"] == "email"
