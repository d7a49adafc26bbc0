"""The limits of the guarantees: emails sent twice, and records that the relay discards."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest

from handlers.events.order_created import OrderCreated
from tests.e2e.faults.support.cases import RELAY, SEND_EMAIL
from tests.e2e.faults.support.faults import deny, inject
from tests.e2e.faults.support.proxy import kill_after, lose_response, refuse
from tests.e2e.faults.support.rig import FaultRig, rig_with_emulator
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.faults.support.faults import Fault

pytestmark = pytest.mark.thorough

_DOUBLING: dict[str, Fault] = {
    "SES's response is lost": inject(SEND_EMAIL, lose_response, times=1),
    "the function is killed after SES's response": inject(SEND_EMAIL, kill_after, times=1),
    # The SDK tries twice.
    "the table refuses to complete the idempotency record": inject(
        "UpdateItem", refuse("InternalServerError", 500), times=2, hits=2
    ),
}


@pytest.fixture(scope="module")
def rig() -> Iterator[FaultRig]:
    """A stack on an emulator of its own."""
    with rig_with_emulator("direct") as running:
        yield running


@pytest.mark.parametrize("what", _DOUBLING)
def test_an_unrecorded_email_is_sent_twice(rig: FaultRig, what: str) -> None:
    """An email that was sent and not recorded is sent once more; nothing else is doubled."""
    with _DOUBLING[what](rig, "email") as had_effect:
        order_id = rig.order()
        eventually(had_effect, what)
    mismatches = rig.wait_until_quiet([order_id]).mismatches([order_id])
    assert mismatches == [f"{order_id} is emailed 2 times"]


def test_a_record_that_the_relay_discards_is_a_dead_letter(rig: FaultRig) -> None:
    """An order that stays unpublished is a dead letter, delays no other, and can be replayed."""
    with deny(RELAY.permission)(rig, "relay") as had_effect, _max_record_age(rig, 1):
        order_id = rig.order()
        eventually(had_effect, "refused event")
        dead_letter = json.loads(rig.stack.await_dead_letter("relay")["Body"])
    assert dead_letter["DDBStreamBatchInfo"]["streamArn"] == rig.stack.outputs["ordersStreamArn"]
    later = rig.order()
    assert rig.wait_until_quiet([later]).mismatches([later, order_id]) == [
        f"{order_id} is audited 0 times",
        f"{order_id} is emailed 0 times",
    ]
    _replay(rig, order_id)
    assert rig.wait_until_quiet([order_id]).mismatches([order_id]) == []


@contextlib.contextmanager
def _max_record_age(rig: FaultRig, seconds: int) -> Iterator[None]:
    """The relay discards records of this age, for the length of a block."""
    functions, arn = rig.stack.client("lambda"), rig.stack.outputs["ordersStreamArn"]
    (mapping,) = functions.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
    uuid, key = mapping["UUID"], "MaximumRecordAgeInSeconds"
    functions.update_event_source_mapping(UUID=uuid, **{key: seconds})
    try:
        yield
    finally:
        functions.update_event_source_mapping(UUID=uuid, **{key: mapping[key]})


def _replay(rig: FaultRig, order_id: str) -> None:
    """Publish a stored order as the relay does."""
    order = rig.stack.order(order_id)
    assert order is not None
    message = OrderCreated.of_stored_order(order).to_json()
    rig.stack.client("sns").publish(TopicArn=rig.stack.outputs["topicArn"], Message=message)
