"""Publishing order events to SNS, ten at a time, with a few retries of its own."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from handlers.shared import aws
from handlers.shared.event import OrderCreated

# The most that PublishBatch takes. Ten events of at most 13 KB stay below its 256 KB in sum.
# https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
BATCH_SIZE: Final = 10

_PAUSES_SECONDS: Final = (0.1, 0.4)


@dataclass(frozen=True)
class Publication:
    """An event on its way to the topic; `priority` is what the client gave, for filter policies."""

    event: OrderCreated
    priority: str | None

    def to_entry(self) -> dict[str, Any]:
        """Return the entry for SNS's PublishBatch."""
        attributes = aws.message_attributes({"eventType": self.event.event_type, "priority": self.priority})
        return {"Id": self.event.event_id, "Message": self.event.to_json(), "MessageAttributes": attributes}


class NotPublishedError(Exception):
    """Events that the topic did not take, however often they were sent; its cause, if any, is what SNS said."""

    def __init__(self, refused: Sequence[Publication]) -> None:
        self.event_ids = tuple(publication.event.event_id for publication in refused)
        super().__init__(f"{len(self.event_ids)} events were not published: {', '.join(self.event_ids)}")


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Publishes to one topic; `publish_batch` is SNS's PublishBatch."""

    topic_arn: str
    publish_batch: Callable[..., Any]
    pause: Callable[[float], None] = field(default=time.sleep)

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish all; neither an event nor a batch that is refused stops the others.

        Raises:
            NotPublishedError: some were refused until the last retry.
        """
        refused: list[Publication] = []
        cause: Exception | None = None
        for start in range(0, len(publications), BATCH_SIZE):
            batch = publications[start : start + BATCH_SIZE]
            try:
                refused += self._publish(batch)
            except (BotoCoreError, ClientError) as error:
                refused += batch
                cause = cause or error
        if refused:
            raise NotPublishedError(refused) from cause

    def _publish(self, batch: Sequence[Publication]) -> list[Publication]:
        """Return what was refused in the end."""
        waiting = {publication.event.event_id: publication for publication in batch}
        for pause in (*_PAUSES_SECONDS, None):
            entries = [publication.to_entry() for publication in waiting.values()]
            answer = self.publish_batch(TopicArn=self.topic_arn, PublishBatchRequestEntries=entries)
            waiting = {entry["Id"]: waiting[entry["Id"]] for entry in answer.get("Failed", [])}
            if not waiting:
                break
            if pause is not None:
                self.pause(pause)
        return list(waiting.values())
