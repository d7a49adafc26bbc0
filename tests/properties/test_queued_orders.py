"""Properties of queued orders."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.common import exact_json
from tests.support.deliveries import a_queued_order, failures, queue_batch
from tests.support.functions import ORDER_QUEUE, ORDERS_TABLE
from tests.support.strategies import body, hundred_examples, orders

if TYPE_CHECKING:
    from types import ModuleType

    from tests.support.mock_account import MockAccount

# Attributes that depend on the time.
_TIMES = {"createdAt", "expiresAt"}

# The characters that SQS accepts, in bodies and attributes.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_TAKEN = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")

anonymous_orders = st.tuples(
    orders, st.sets(st.sampled_from(["customerName", "customerEmail"]))
).map(lambda drawn: {name: value for name, value in drawn[0].items() if name not in drawn[1]})
# Deliveries of few orders per ID, which differ in their fingerprints.
deliveries = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def stacks(account: MockAccount) -> dict[str, dict[str, ModuleType]]:
    """The API functions of stacks with required and with optional contact data."""
    return {
        contact: {
            name: account.functions.load(name, {"CONTACT": contact})
            for name in ("orders", "intake")
        }
        for contact in ("required", "optional")
    }


def written(account: MockAccount) -> dict[str, Any]:
    """The item that the last invocation wrote, as attribute values."""
    (call,) = account.connection.calls
    item: dict[str, Any] = call.parameters["Item"]
    return item


@hundred_examples
@given(
    sent=st.tuples(st.just("required"), orders) | st.tuples(st.just("optional"), anonymous_orders),
    chosen=st.booleans(),
)
def test_queued_order_is_stored_as_in_direct_mode(
    account: MockAccount,
    stacks: dict[str, dict[str, ModuleType]],
    sent: tuple[str, dict[str, Any]],
    *,
    chosen: bool,
) -> None:
    """With direct and queued ingestion the stored order is the same, but for the time."""
    contact, order = sent
    key, functions = str(uuid4()), stacks[contact]
    text, header = (body({**order, "orderId": key}), None) if chosen else (body(order), key)

    assert account.post(text, key=header, request_id=key, handler=functions["orders"]).status == 200
    direct = written(account)
    account.dynamodb.delete_item(TableName=ORDERS_TABLE, Key={"orderId": direct["orderId"]})
    assert account.post(text, key=header, request_id=key, handler=functions["intake"]).status == 202
    assert failures(account.invoke("processor", queue_batch(*account.receive(ORDER_QUEUE)))) == []
    later = written(account)

    assert later.keys() == direct.keys()
    assert [name for name in later if later[name] != direct[name] and name not in _TIMES] == []


@hundred_examples
@given(order=orders)
def test_sqs_accepts_every_valid_order(account: MockAccount, order: dict[str, Any]) -> None:
    """No valid order makes a message that SQS refuses."""
    account.post(body(order), handler="intake")

    (call,) = account.connection.calls
    attributes = call.parameters["MessageAttributes"].values()
    parts = [
        call.parameters["MessageBody"],
        *(attribute["StringValue"] for attribute in attributes),
    ]
    assert all(_TAKEN.fullmatch(part) for part in parts)


@hundred_examples
@given(deliveries=deliveries, cuts=st.sets(st.integers(1, 11)))
def test_each_order_is_stored_once(
    account: MockAccount, deliveries: list[tuple[int, int]], cuts: set[int]
) -> None:
    """Of any deliveries in any order, the first under each ID is stored, once."""
    run = uuid4()
    messages = [
        a_queued_order(orderId=f"{run}-{n}", fingerprint=f"{content}" * 64)
        for n, content in deliveries
    ]
    first: dict[str, str] = {}
    for (n, _), message in zip(deliveries, messages, strict=True):
        first.setdefault(f"{run}-{n}", message)

    stored, failed = 0.0, []
    edges = [0, *sorted(cut for cut in cuts if cut < len(messages)), len(messages)]
    for start, end in itertools.pairwise(edges):
        response = account.invoke("processor", queue_batch(*messages[start:end]))
        failed += [
            messages[start + int(name.removeprefix("message-"))] for name in failures(response)
        ]
        stored += sum(count for count, _ in account.console.metric("OrdersProcessed"))

    assert failed == [message for message in messages if message not in first.values()]
    assert stored == len(first)
    assert all(
        account.order(order_id) == exact_json.loads(message) for order_id, message in first.items()
    )
