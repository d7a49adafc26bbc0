"""What a fault does to those whom it is none of the business of: nothing."""

from __future__ import annotations

import contextlib
import functools
import json
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.e2e.faults.support.faults import QUEUES, denied, spoilt, throttled
from tests.e2e.faults.support.injections import hang
from tests.e2e.faults.support.rig import Site, giving_back_after, settled, site_of
from tests.e2e.faults.support.table import SEND_EMAIL
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.thorough

_DOWN = {"refused": denied("ses:SendEmail"), "silent": spoilt(SEND_EMAIL, hang)}

_ORDERS = 40
# An audit takes a fraction of a second; one that waited for a single try to send would take 5 seconds more.
_SLOWER_AT_MOST = 10


@pytest.fixture(scope="module")
def sites() -> Iterator[Callable[[str], Site]]:
    """A stack for each way of ingestion, on emulators of their own."""
    with contextlib.ExitStack() as running:
        yield functools.cache(lambda ingestion: running.enter_context(site_of(ingestion)))


@pytest.mark.parametrize("down", _DOWN)
@pytest.mark.parametrize("ingestion", ["direct", "queued"])
def test_audit_does_not_notice_that_email_is_down(
    sites: Callable[[str], Site], ingestion: str, down: str
) -> None:
    """While no e-mail leaves, every order is audited, by a single call, and as soon after it was made as before."""
    site = sites(ingestion)
    _audited(site, 10)  # lets every function start
    before = _audited(site, _ORDERS)
    with giving_back_after(site, "audit", 60), _DOWN[down](site, "email") as shown:
        since = len(site.proxy.seen)
        during = _audited(site, _ORDERS)
        eventually(shown, f"e-mail {down}")
        assert not site.audit().emailed.keys() & during.keys()
        assert site.answered("audit", since=since) == [200] * _ORDERS
    assert median(during.values()) < _SLOWER_AT_MOST * median(before.values())
    assert settled(site, during).mismatches({**before, **during}) == []


@pytest.mark.parametrize("function", QUEUES)
def test_a_message_that_is_no_order_holds_up_nobody(
    sites: Callable[[str], Site], function: str
) -> None:
    """In the middle of a batch it becomes a dead letter, alone; the batch's orders arrive without being redriven."""
    site = sites("queued")
    label, poison = QUEUES[function], json.dumps({"no order": str(uuid4())})
    with throttled(site, function):
        order_ids = [site.order()]
        _await_messages(site, label, 1)
        site.stack.client("sqs").send_message(
            QueueUrl=site.stack.outputs["queueUrls"][label], MessageBody=poison
        )
        order_ids += [site.order() for _ in range(2)]
        _await_messages(site, label, 4)
    eventually(lambda: not site.audit().mismatches(order_ids), "every order everywhere", timeout=30)
    assert site.stack.await_dead_letter(label)["Body"] == poison
    assert settled(site, order_ids).mismatches(order_ids) == []


def _audited(site: Site, number: int) -> dict[str, float]:
    """Send orders, and tell how many seconds after each was made it was audited."""
    order_ids = [site.order() for _ in range(number)]
    return {order_id: _age(site.stack.await_audit(order_id)) for order_id in order_ids}


def _age(record: dict[str, Any]) -> float:
    created, recorded = (
        datetime.fromisoformat(record[name]) for name in ("timestamp", "recordedAt")
    )
    return (recorded - created).total_seconds()


def _await_messages(site: Site, label: str, number: int) -> None:
    eventually(
        lambda: site.waiting()[label] == number, f"{number} messages in {label}", interval=0.1
    )
