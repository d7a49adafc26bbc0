"""Where the promises end: what can double an e-mail, and what the relay gives up."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest

from handlers.events.order_created import OrderCreated
from tests.e2e.faults.support.faults import denied, spoilt
from tests.e2e.faults.support.injections import kill_after, lose, refuse
from tests.e2e.faults.support.rig import Site, settled, site_of
from tests.e2e.faults.support.table import RELAY, SEND_EMAIL
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.faults.support.faults import Fault

pytestmark = pytest.mark.thorough

_DOUBLING: dict[str, Fault] = {
    "the answer of the mail system is lost": spoilt(SEND_EMAIL, lose, times=1),
    "the function dies when the mail system has answered": spoilt(SEND_EMAIL, kill_after, times=1),
    # The SDK tries twice. The first call counts the recipient's confirmations.
    "the table refuses to note the e-mail as sent": spoilt(
        "UpdateItem", refuse("InternalServerError", 500), spared=1, times=2, hits=2
    ),
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A stack on an emulator of its own."""
    with site_of("direct") as running:
        yield running


@pytest.mark.parametrize("what", _DOUBLING)
def test_what_nobody_hears_of_doubles_one_email_and_nothing_else(site: Site, what: str) -> None:
    """Where an e-mail has left and its note is missing, the customer gets one more; nothing else is doubled."""
    with _DOUBLING[what](site, "email") as shown:
        order_id = site.order()
        eventually(shown, what)
    assert settled(site, [order_id]).mismatches([order_id]) == [f"{order_id} is e-mailed 2 times"]


def test_what_the_relay_gives_up_lies_in_its_dead_letter_queue(site: Site) -> None:
    """An order that stays unpublished too long is named there, holds up none after it, and arrives when replayed."""
    with denied(RELAY.action)(site, "relay") as shown, _giving_up_after(site, 1):
        given_up = site.order()
        eventually(shown, "refused event")
        letter = json.loads(site.stack.await_dead_letter("relay")["Body"])
    assert letter["DDBStreamBatchInfo"]["streamArn"] == site.stack.outputs["ordersStreamArn"]
    later = site.order()
    assert settled(site, [later]).mismatches([later, given_up]) == [
        f"{given_up} is audited 0 times",
        f"{given_up} is e-mailed 0 times",
    ]
    _replay(site, given_up)
    assert settled(site, [given_up]).mismatches([given_up]) == []


@contextlib.contextmanager
def _giving_up_after(site: Site, seconds: int) -> Iterator[None]:
    """Let the relay give up sooner than it does."""
    functions = site.stack.client("lambda")
    arn = site.stack.outputs["ordersStreamArn"]
    (mapping,) = functions.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
    before = mapping["MaximumRecordAgeInSeconds"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumRecordAgeInSeconds=seconds)
    try:
        yield
    finally:
        functions.update_event_source_mapping(
            UUID=mapping["UUID"], MaximumRecordAgeInSeconds=before
        )


def _replay(site: Site, order_id: str) -> None:
    """Publish a stored order, as the relay would have."""
    order = site.stack.order(order_id)
    assert order is not None
    message = OrderCreated.of_stored_order(order).to_json()
    site.stack.client("sns").publish(TopicArn=site.stack.outputs["topicArn"], Message=message)
