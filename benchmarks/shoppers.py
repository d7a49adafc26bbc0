"""The clients of `benchmarks.load`, in a process of their own: locust puts gevent's sockets in place of Python's.

`python -m benchmarks.shoppers <URL for orders> <seconds> <clients>` prints what they saw as one JSON object.
"""

from __future__ import annotations

import json
import random
import sys
import time
import uuid
from collections import Counter
from http import HTTPStatus
from typing import Any, ClassVar, Final

from locust import FastHttpUser, constant, task
from locust.env import Environment

_PERCENTILES: Final = (0.5, 0.95, 0.99)

# How many of the requests are sent twice, as by a client that did not hear of the first answer.
_REPEATED: Final = 0.05

# A request that is under way when the time is over may still be answered.
_LAST_ANSWER_SECONDS: Final = 30.0

_ORDER: Final = {
    "customerId": "CUST-12345",
    "customerName": "John Doe",
    "items": [{"productId": "PROD-001", "productName": "Widget A", "quantity": 2, "price": 29.99}],
}


class Shopper(FastHttpUser):
    """Sends one order after the other, each for another customer: confirmations per recipient are limited."""

    wait_time = constant(0)
    orders_url: ClassVar[str]
    accepted: ClassVar[set[str]] = set()

    @task
    def order(self) -> None:
        """Send a new order, sometimes twice."""
        key = str(uuid.uuid4())
        self._send(key)
        if random.random() < _REPEATED:  # noqa: S311 - nothing depends on its being unpredictable
            self._send(key)

    def _send(self, key: str) -> None:
        order = {**_ORDER, "customerEmail": f"shopper-{key}@example.com"}
        answer = self.client.post(
            self.orders_url, json=order, headers={"Idempotency-Key": key}, name="POST /orders"
        )
        if answer.status_code == HTTPStatus.OK:
            self.accepted.add(answer.json()["orderId"])


def main() -> None:
    """Let the clients send for the agreed time, and print what came of it."""
    url, seconds, clients = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    Shopper.orders_url = Shopper.host = url
    environment = Environment(user_classes=[Shopper], stop_timeout=_LAST_ANSWER_SECONDS)
    runner = environment.create_local_runner()
    runner.start(clients, spawn_rate=clients)
    time.sleep(seconds)  # gevent's, since locust is imported: the clients go on
    runner.stop()
    print(json.dumps(_seen(environment)))  # noqa: T201 - this is its answer


def _seen(environment: Environment) -> dict[str, Any]:
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
