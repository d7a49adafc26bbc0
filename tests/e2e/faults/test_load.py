"""Hundreds of orders during pairs of faults and a restart; the same seed repeats the same run."""

from __future__ import annotations

import contextlib
import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.e2e.faults.support.cases import AT_API, BEHIND_API, SEND_EMAIL, fault_cases
from tests.e2e.faults.support.faults import inject
from tests.e2e.faults.support.proxy import AwsCall, hang
from tests.e2e.faults.support.rig import FaultRig, rig_with_emulator
from tests.support.polling import eventually
from tests.support.requests import sample_order

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.faults.support.cases import FaultCase

pytestmark = pytest.mark.thorough

_ORDERS = 500
_CLIENTS = 8
_REPEATED_SHARE = 0.1

# A pair of faults lasts for so many orders, or for so long if it lets no order through.
_ORDERS_PER_PAIR = 25
_SECONDS_PER_PAIR = 2.0

# More than a batch takes: a function that is killed before it records an email sends it twice.
_EMAIL_TIMEOUT_SECONDS = 20


class RetryingClients:
    """Clients that send an order until it is accepted, and some orders once more."""

    def __init__(self, rig: FaultRig, http: httpx.Client, seed: int) -> None:
        self._rig = rig
        self._http = http
        self._random = random.Random(seed)  # noqa: S311 - repeatable, and not a secret
        self.accepted: list[str] = []

    def order(self, key: str) -> None:
        """Send an order until it is accepted."""
        order_id = self._retry(key)
        if self._random.random() < _REPEATED_SHARE:
            assert self._retry(key) == order_id
        self.accepted.append(order_id)

    def _retry(self, key: str) -> str:
        return eventually(lambda: self._send(key), f"order {key}", timeout=120, interval=0.1)

    def _send(self, key: str) -> str:
        """The order's ID, or nothing when it was refused or got no response."""
        with contextlib.suppress(httpx.TransportError):
            url, headers = self._rig.stack.outputs["ordersUrl"], {"Idempotency-Key": key}
            response = self._http.post(url, json=sample_order(), headers=headers)
            if response.status_code == self._rig.accepted:
                return str(response.json()["orderId"])
            # The emulator responds with an empty 500 while it stops; a function would not.
            assert response.status_code in {500, 503} or not response.content, response.text
        return ""


@pytest.mark.parametrize(("ingestion", "seed"), [("direct", 20261121), ("queued", 20261122)])
def test_many_orders_arrive_once_through_every_fault(
    tmp_path: Path, ingestion: str, seed: int
) -> None:
    """Of 500 orders, retried during pairs of faults, each is stored, audited and emailed once."""
    with rig_with_emulator(
        ingestion, state_dir=tmp_path, email_timeout=_EMAIL_TIMEOUT_SECONDS
    ) as rig:
        accepted = _send_during_faults(rig, seed)
        audit = rig.wait_until_quiet(accepted, timeout=240, interval=1)  # sends one more
    assert audit.mismatches(accepted) == []
    assert [audit.stored.total(), audit.audited.total(), audit.emailed.total()] == [_ORDERS] * 3


def _send_during_faults(rig: FaultRig, seed: int) -> list[str]:
    """Send all orders but one, and return their IDs."""
    keys = [f"load-{seed}-{number}" for number in range(_ORDERS - 1)]
    with httpx.Client(trust_env=False, timeout=60) as http, ThreadPoolExecutor(_CLIENTS) as threads:
        clients = RetryingClients(rig, http, seed)
        orders = [threads.submit(clients.order, key) for key in keys]
        pairs = _pairs(rig, seed)
        for number, pair in enumerate(pairs):
            _break(rig, pair, clients)
            if number == len(pairs) // 2:
                _restart(rig)
        for order in orders:
            order.result()
    return clients.accepted


def _pairs(rig: FaultRig, seed: int) -> list[tuple[FaultCase, FaultCase]]:
    """Every fault once, shuffled, two by two."""
    cases = list(fault_cases(AT_API[rig.ingestion], *BEHIND_API[rig.ingestion]))
    random.Random(seed).shuffle(cases)  # noqa: S311 - repeatable, and not a secret
    return list(zip(cases[::2], cases[1::2], strict=False))


def _break(rig: FaultRig, pair: tuple[FaultCase, FaultCase], clients: RetryingClients) -> None:
    enough = len(clients.accepted) + _ORDERS_PER_PAIR
    with contextlib.ExitStack() as faults:
        for case in pair:
            faults.enter_context(case.fault(rig, case.call.function))
        with contextlib.suppress(AssertionError):  # the pair lets no order through
            eventually(
                lambda: len(clients.accepted) >= enough, "more orders", timeout=_SECONDS_PER_PAIR
            )


def _restart(rig: FaultRig) -> None:
    """Restart the emulator while every sent email is recorded; others would be sent twice."""
    sent = AwsCall("email", SEND_EMAIL, 200)
    with inject(SEND_EMAIL, hang)(rig, "email"):
        eventually(
            lambda: rig.proxy.calls.count(sent) == len(rig.stack.idempotency_records("COMPLETED")),
            "all emails recorded",
        )
        rig.stack.emulator.stop()
        rig.stack.emulator.start()
