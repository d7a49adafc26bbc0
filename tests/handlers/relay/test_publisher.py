"""Publishing to a topic that refuses some of the events."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.relay.publisher import NotPublishedError, Publisher, TopicMessage
from tests.support.deliveries import an_event


class Topic:
    """SNS's PublishBatch, which refuses some events a number of times."""

    def __init__(self, refusals: dict[str, int] | None = None) -> None:
        self.refusals = refusals or {}
        self.calls: list[list[str]] = []

    def publish_batch(
        self,
        **request: Any,
    ) -> dict[str, Any]:
        """Respond as SNS does: with the refused entries."""
        assert request["TopicArn"] == "arn:topic"
        ids = [entry["Id"] for entry in request["PublishBatchRequestEntries"]]
        self.calls.append(ids)
        refused = [event_id for event_id in ids if self.refusals.get(event_id, 0) > 0]
        for event_id in refused:
            self.refusals[event_id] -= 1
        return {
            "Successful": [],
            "Failed": [{"Id": event_id, "Code": "InternalError"} for event_id in refused],
        }


def publish(topic: Topic, messages: list[TopicMessage]) -> list[float]:
    """Publish, and return the pauses."""
    pauses: list[float] = []
    Publisher(
        topic_arn="arn:topic", publish_batch=topic.publish_batch, pause=pauses.append
    ).publish(messages)
    return pauses


def messages(count: int) -> list[TopicMessage]:
    """Messages about different orders."""
    return [TopicMessage(an_event(), None) for _ in range(count)]


def ids(messages: list[TopicMessage]) -> list[str]:
    """The events' IDs."""
    return [message.event.event_id for message in messages]


def test_nothing_to_publish_makes_no_call() -> None:
    """A batch without new orders makes no call."""
    topic = Topic()

    publish(topic, [])

    assert topic.calls == []


def test_only_refused_events_are_retried() -> None:
    """Only the refused events of a batch are sent again, after a pause."""
    three = messages(3)
    refused = ids(three)[1]
    topic = Topic({refused: 2})

    pauses = publish(topic, three)

    assert topic.calls == [ids(three), [refused], [refused]]
    assert pauses == sorted(pauses)
    assert len(pauses) == 2


def test_event_that_stays_refused_is_raised_by_its_id() -> None:
    """An event that stays refused is raised, after later batches were published."""
    many = messages(12)
    refused = ids(many)[3]
    topic = Topic({refused: 99})

    with pytest.raises(NotPublishedError) as error:
        publish(topic, many)

    assert error.value.event_ids == (refused,)
    assert refused in str(error.value)
    assert ids(many)[10:] in topic.calls
    assert sum(refused in call for call in topic.calls) == 3


def test_batch_that_is_refused_as_a_whole_stops_no_other() -> None:
    """A failed call raises its events with SNS's error, after the other batches were published."""
    many = messages(12)
    topic = Topic()

    def publish_batch(**request: Any) -> dict[str, Any]:
        if not topic.calls:
            topic.calls.append([])
            raise ClientError(
                {"Error": {"Code": "AuthorizationError", "Message": ""}}, "PublishBatch"
            )
        return topic.publish_batch(**request)

    with pytest.raises(NotPublishedError) as error:
        Publisher(topic_arn="arn:topic", publish_batch=publish_batch).publish(many)

    assert list(error.value.event_ids) == ids(many)[:10]
    assert isinstance(error.value.__cause__, ClientError)
    assert topic.calls[1:] == [ids(many)[10:]]
