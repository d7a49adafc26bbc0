"""What is done to a stack under a fault, and what has to be true meanwhile and afterwards; the same for every fault."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from uuid import uuid4

from tests.e2e.faults.support.faults import QUEUES, throttled
from tests.e2e.faults.support.rig import settled
from tests.support.polling import eventually

if TYPE_CHECKING:
    from tests.e2e.faults.support.rig import Site
    from tests.e2e.faults.support.table import Trouble

# What clients see. The last two answers are the emulator's own; on AWS they are a 500 or 503 of the API's.
_REFUSALS = {"dies before": 502, "dies after": 502, "is throttled": 429}
_CARRIED_OUT = ("answers lost", "dies after")

# Where orders pile up under a fault that lasts.
_WAIT_IN = {"may not": "{}, dead", "is throttled": "{}"}


def refuses_and_recovers(site: Site, trouble: Trouble) -> None:
    """Orders that cannot be kept are refused; sent again after the repair they arrive, as if they had come once."""
    keys = [str(uuid4()) for _ in range(_orders(trouble))]
    since = len(site.proxy.seen)
    with trouble.fault(site, site.front):
        refused = [site.stack.post(key=key) for key in keys]
    status = _REFUSALS.get(trouble.kind, 503)
    assert [answer.status_code for answer in refused] == [status] * len(keys)
    assert status != 503 or all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    was_kept = 200 in site.answered(site.front, since=since)
    assert was_kept == (trouble.kind in _CARRIED_OUT)
    again = [site.stack.post(key=key) for key in keys]
    assert [answer.status_code for answer in again] == [site.accepted] * len(keys)
    if site.ingestion == "direct":
        assert ["Idempotent-Replayed" in answer.headers for answer in again] == [was_kept] * len(
            keys
        )
    _assert_each_once(site, [answer.json()["orderId"] for answer in again], since)


def goes_on_and_recovers(site: Site, trouble: Trouble) -> None:
    """Orders go on being accepted; after the repair, and the redrive of dead letters, each is everywhere once."""
    function, dies = trouble.hop.function, trouble.kind.startswith("dies")
    since = len(site.proxy.seen)
    with trouble.fault(site, function) as has_shown:
        with throttled(site, function) if dies else contextlib.nullcontext():
            order_ids = [site.order() for _ in range(_orders(trouble))]
        eventually(has_shown, trouble.name, timeout=60)
        if trouble.kind in _WAIT_IN and function in QUEUES:
            queue = _WAIT_IN[trouble.kind].format(QUEUES[function])
            eventually(
                lambda: site.waiting()[queue] == len(order_ids),
                f"orders in {queue}",
                timeout=60,
                interval=0.1,
            )
    # Nobody sends them again, which would make good what was lost.
    _assert_each_once(site, order_ids, since)


def _assert_each_once(site: Site, order_ids: list[str], since: int) -> None:
    """Every order is in each place once, and was written there once: what is repeated overwrites nothing."""
    assert settled(site, order_ids).mismatches(order_ids) == []
    for function in site.recorders:
        assert site.answered(function, since=since).count(200) == len(order_ids) + 1, (
            function
        )  # one to settle


def _orders(trouble: Trouble) -> int:
    if trouble.kind == "target silent":
        return 1
    if trouble.kind.startswith("dies"):
        return trouble.hop.batch
    return 2
