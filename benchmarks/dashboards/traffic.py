"""The load of the pictures: orders at a varying rate, an outage of SES, a redrive, and a burst."""

from __future__ import annotations

import math
import random
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import httpx

from local.faults import Fault, Faults
from local.monitoring.metrics import Metric
from local.monitoring.metrics import response as response_metrics
from orderctl import dead_letters
from orderctl.dead_letters import Selection
from orderctl.stack import Outputs, Stack
from tooling.sample_order import SAMPLE_ORDER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.dashboards.samples import Samples
    from tooling.clients import ClientFactory

# Orders per second on average, and how much it varies within the load.
_RATE: Final = 0.9
_VARIATION: Final = 0.5
BURST_ORDERS: Final = 40
_CLIENTS: Final = 24
_WARM_UP: Final = 8
_WARM_UP_SECONDS: Final = 20

# Shares of the load's time: SES refuses from one to the other, then dead letters are redriven.
OUTAGE: Final = (0.3, 0.4)
REDRIVE: Final = 0.6
BURST: Final = 0.8

_INVALID: Final = 0.05
_REPEATED: Final = 0.02
_CURRENCIES: Final = ("USD", "USD", "USD", "EUR", "GBP")
_HOP: Final = "email:ses"
_ROUTE: Final = frozenset({("Method", "POST"), ("Resource", "/orders")})

_WRONG: Final[tuple[Mapping[str, Any], ...]] = (
    {"customerEmail": "jane@"},
    {"customerName": ""},
    {"items": []},
    {"customerEmail": "jane", "items": []},
    {"currency": "EURO"},
)


class Traffic:
    """Sends orders to a stack, and adds what the clients see to samples.

    The clients measure the latency: the emulator's API Gateway has no metrics.
    """

    def __init__(self, client: ClientFactory, outputs: Mapping[str, Any]) -> None:
        self._stack = Stack(outputs=Outputs.model_validate(outputs), client=client)
        self._faults = Faults(outputs)
        self._url = outputs["ordersUrl"]
        self._samples: Samples | None = None
        self._http = httpx.Client(timeout=60, trust_env=False)
        self._random = random.Random(1)  # noqa: S311 (the same load in every run)

    def warm_up(self) -> None:
        """Send orders until every function has started, which is no part of the load."""
        with ThreadPoolExecutor(_WARM_UP) as pool:
            list(pool.map(lambda _: self._order(), range(_WARM_UP)))
        time.sleep(_WARM_UP_SECONDS)

    def run(self, samples: Samples, seconds: float, *, progress: Callable[[float], None]) -> None:
        """Send orders for so long; `progress` is called with the share of the time."""
        self._samples = samples
        pending = {
            OUTAGE[0]: lambda: self._faults.inject(Fault(hop=_HOP, effect="refuse")),
            OUTAGE[1]: lambda: self._faults.remove(_HOP),
            REDRIVE: self._redrive,
        }
        started = time.monotonic()
        burst = False
        with ThreadPoolExecutor(_CLIENTS) as pool:
            while (share := (time.monotonic() - started) / seconds) < 1:
                for at in [each for each in pending if each <= share]:
                    pool.submit(pending.pop(at))
                orders = self._orders_of_a_second(share)
                if not burst and share >= BURST:
                    burst, orders = True, BURST_ORDERS
                for _ in range(orders):
                    pool.submit(self._order)
                progress(share)
                time.sleep(1 - (time.monotonic() - started) % 1)
        self._http.close()

    def _orders_of_a_second(self, share: float) -> int:
        rate = _RATE + _VARIATION * math.sin(4 * math.pi * share)
        whole = int(rate)
        return whole + (self._random.random() < rate - whole)

    def _order(self) -> None:
        key = str(uuid.uuid4())
        order = {
            **SAMPLE_ORDER,
            "customerEmail": f"shopper-{key}@example.com",
            "currency": self._random.choice(_CURRENCIES),
        }
        if self._random.random() < _INVALID:
            order |= self._random.choice(_WRONG)
        self._send(order, key)
        if self._random.random() < _REPEATED:
            self._send(order, key)

    def _send(self, order: Mapping[str, Any], key: str) -> None:
        at, start = time.time(), time.perf_counter()
        response = self._http.post(self._url, json=order, headers={"Idempotency-Key": key})
        milliseconds = 1000 * (time.perf_counter() - start)
        status = response.status_code
        client_error = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        server_error = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        if self._samples is None:
            return
        latency = Metric(namespace="AWS/ApiGateway", name="Latency")
        metrics = response_metrics(server_error=server_error, client_error=client_error)
        for metric, value in (*metrics, (latency, milliseconds)):
            self._samples.add(metric, value, at)
            self._samples.add(replace(metric, dimensions=_ROUTE), value, at)

    def _redrive(self) -> None:
        dead_letters.redrive(self._stack, "email", Selection())
