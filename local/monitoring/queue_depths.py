"""Depths of a local stack's queues, and messages that become dead letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from local.monitoring.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tooling.clients import ClientFactory

_VISIBLE: Final = "ApproximateNumberOfMessagesVisible"
# Attributes of a queue, by the metric that CloudWatch makes of them.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
_ATTRIBUTES: Final[Mapping[str, str]] = {
    _VISIBLE: "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible": "ApproximateNumberOfMessagesNotVisible",
}


class QueueDepths:
    """Reads the depths of the deployed queues."""

    def __init__(self, client: ClientFactory, outputs: Callable[[], Mapping[str, Any]]) -> None:
        """Describe the queues; `outputs` returns the stack's outputs, which an update changes."""
        self._client = client
        self._outputs = outputs
        self._dead_letters: dict[str, int] | None = None
        self._subscribers: list[Callable[[str, int], None]] = []

    def subscribe_to_dead_letters(self, callback: Callable[[str, int], None]) -> None:
        """Call back with a queue's name and its dead letters when there are more of them."""
        self._subscribers.append(callback)

    def read(self) -> dict[Metric, float]:
        """Return the depths as metrics of SQS."""
        outputs = self._outputs()
        dead = outputs.get("deadLetterQueueUrls", {})
        depths = {
            metric: depth
            for url in [*outputs.get("queueUrls", {}).values(), *dead.values()]
            for metric, depth in self._read(url).items()
        }
        self._report({label: int(depths[_metric(url, _VISIBLE)]) for label, url in dead.items()})
        return depths

    def _read(self, url: str) -> dict[Metric, float]:
        attributes = self._client("sqs").get_queue_attributes(
            QueueUrl=url, AttributeNames=list(_ATTRIBUTES.values())
        )["Attributes"]
        return {
            _metric(url, name): float(attributes[attribute])
            for name, attribute in _ATTRIBUTES.items()
        }

    def _report(self, dead_letters: dict[str, int]) -> None:
        """Report new dead letters; those of the first reading are of an earlier run."""
        before, self._dead_letters = self._dead_letters, dead_letters
        for label, count in dead_letters.items():
            if before is not None and count > before.get(label, 0):
                for on_dead_letter in self._subscribers:
                    on_dead_letter(label, count)


def _metric(url: str, name: str) -> Metric:
    queue = url.rpartition("/")[2]
    return Metric(namespace="AWS/SQS", name=name, dimensions=frozenset({("QueueName", queue)}))
