"""Clients of the load test, in a process of their own: locust replaces Python's sockets.

`python -m benchmarks.shoppers <URL for orders> <seconds> <clients>` prints a JSON object.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import time
import uuid
from collections import Counter
from http import HTTPStatus
from typing import Any, ClassVar, Final

from locust import FastHttpUser, constant, task
from locust.env import Environment

_PERCENTILES: Final = (0.5, 0.95, 0.99)

# The share of requests that are sent twice, as by a client that got no response.
_REPEATED: Final = 0.05

# Time for the responses to the last requests.
_LAST_RESPONSE_SECONDS: Final = 30.0

_ORDER: Final = {
    "customerId": "CUST-12345",
    "customerName": "John Doe",
    "items": [{"productId": "PROD-001", "productName": "Widget A", "quantity": 2, "price": 29.99}],
}


class Shopper(FastHttpUser):
    """Sends one order after the other, each to another recipient, whose emails are limited."""

    wait_time = constant(0)
    orders_url: ClassVar[str]
    accepted: ClassVar[set[str]] = set()

    @task
    def order(self) -> None:
        """Send a new order, sometimes twice."""
        key = str(uuid.uuid4())
        self._send(key)
        if random.random() < _REPEATED:  # noqa: S311 (it may be predictable)
            self._send(key)

    def _send(self, key: str) -> None:
        order = {**_ORDER, "customerEmail": f"shopper-{key}@example.com"}
        response = self.client.post(
            self.orders_url, json=order, headers={"Idempotency-Key": key}, name="POST /orders"
        )
        if response.status_code == HTTPStatus.OK:
            self.accepted.add(response.json()["orderId"])


def main() -> None:
    """Run the clients, and print their results."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends without a traceback: the parent reports it
    url, seconds, clients = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    Shopper.orders_url = Shopper.host = url
    environment = Environment(user_classes=[Shopper], stop_timeout=_LAST_RESPONSE_SECONDS)
    runner = environment.create_local_runner()
    started = time.time()
    runner.start(clients, spawn_rate=clients)
    time.sleep(seconds)  # gevent's, since locust is imported: the clients run on
    runner.stop()
    print(json.dumps({"startedAt": started, **_results(environment)}))  # noqa: T201 (the parent reads it)


def _results(environment: Environment) -> dict[str, Any]:
    total = environment.stats.total
    errors: Counter[str] = Counter()
    for error in environment.stats.errors.values():
        errors[str(error.error)] += error.occurrences
    percentiles = {
        f"p{share * 100:g}": total.get_response_time_percentile(share) for share in _PERCENTILES
    }
    return {
        "requests": total.num_requests,
        "failures": total.num_failures,
        "errors": errors,
        "requestsPerSecond": total.total_rps,
        "milliseconds": percentiles,
        "accepted": sorted(Shopper.accepted),
    }


if __name__ == "__main__":
    main()
