"""A fault of one workflow does not affect the others, nor the other orders of a batch."""

from __future__ import annotations

import contextlib
import functools
import json
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.e2e.faults.support.cases import SEND_EMAIL
from tests.e2e.faults.support.faults import QUEUES, deny, inject, throttle
from tests.e2e.faults.support.proxy import hang
from tests.e2e.faults.support.rig import FaultRig, rig_with_emulator
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.thorough

_OUTAGES = {"refused": deny("ses:SendEmail"), "timeout": inject(SEND_EMAIL, hang)}

_ORDERS = 40
# An audit takes a fraction of a second; waiting for one attempt to send would add 5 seconds.
_MAX_FACTOR = 10


@pytest.fixture(scope="module")
def rigs() -> Iterator[Callable[[str], FaultRig]]:
    """A stack for each ingestion, on emulators of their own."""
    with contextlib.ExitStack() as running:
        yield functools.cache(lambda kind: running.enter_context(rig_with_emulator(kind)))


@pytest.mark.parametrize("outage", _OUTAGES)
@pytest.mark.parametrize("ingestion", ["direct", "queued"])
def test_an_email_outage_does_not_delay_the_audit(
    rigs: Callable[[str], FaultRig], ingestion: str, outage: str
) -> None:
    """While no email is sent, every order is audited without a failed call, as soon as before."""
    rig = rigs(ingestion)
    _audit_seconds(rig, 10)  # starts every function
    before = _audit_seconds(rig, _ORDERS)
    # A longer visibility timeout, so that a slow machine does not look like a fault.
    with rig.stack.retries("audit", seconds=60), _OUTAGES[outage](rig, "email") as had_effect:
        since = len(rig.proxy.calls)
        during = _audit_seconds(rig, _ORDERS)
        eventually(had_effect, f"email {outage}")
        assert not rig.audit().emailed.keys() & during.keys()
        assert set(rig.statuses("audit", since=since)) == {200}
    assert median(during.values()) < _MAX_FACTOR * median(before.values())
    assert rig.wait_until_quiet(during).mismatches({**before, **during}) == []


@pytest.mark.parametrize("function", QUEUES)
def test_an_invalid_message_fails_alone(rigs: Callable[[str], FaultRig], function: str) -> None:
    """An invalid message in a batch becomes a dead letter; the batch's orders need no redrive."""
    rig = rigs("queued")
    queue, invalid = QUEUES[function], json.dumps({"no order": str(uuid4())})
    with throttle(rig, function):
        order_ids = [rig.order()]
        _await_messages(rig, queue, 1)
        rig.stack.send_message(queue, invalid)
        order_ids += [rig.order() for _ in range(2)]
        _await_messages(rig, queue, 4)
    eventually(lambda: not rig.audit().mismatches(order_ids), "every order everywhere")
    assert rig.stack.await_dead_letter(queue)["Body"] == invalid
    assert rig.wait_until_quiet(order_ids).mismatches(order_ids) == []


def _audit_seconds(rig: FaultRig, number: int) -> dict[str, float]:
    """Send orders, and return the seconds from each order to its audit record."""
    order_ids = [rig.order() for _ in range(number)]
    return {order_id: _age(rig.stack.await_audit(order_id)) for order_id in order_ids}


def _age(record: dict[str, Any]) -> float:
    created, recorded = (datetime.fromisoformat(record[key]) for key in ("timestamp", "recordedAt"))
    return (recorded - created).total_seconds()


def _await_messages(rig: FaultRig, queue: str, number: int) -> None:
    eventually(
        lambda: rig.stack.queue_depths()[queue] == number,
        f"{number} messages in {queue}",
        interval=0.1,
    )
