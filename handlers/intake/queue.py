"""The one AWS call of an order that is queued: a message to the order queue."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from handlers.common import aws, exact_json
from handlers.order.order import Order
from handlers.order.retryable_errors import asking_to_come_again

# Of an order that names no priority, for whoever sorts the queue's messages by it.
DEFAULT_PRIORITY: Final = "normal"


@dataclass(frozen=True, kw_only=True)
class OrderQueue:
    """The order queue; `send_message` is SQS's SendMessage."""

    url: str
    send_message: Callable[..., Any]

    def put(self, order: Order) -> str:
        """Queue an order as it is to be stored, to the last digit, and return the message's ID.

        SQS takes whatever the request's model lets through: characters that it refuses are refused there, and an
        order of a 10 KB body stays far below its 256 KB.

        Raises:
            Unavailable: SQS cannot be used at the moment.
            ClientError: it refuses this very message.
        """
        record = order.record
        attributes = {
            "customerId": order.customer_id,
            "priority": record.get("priority", DEFAULT_PRIORITY),
        }
        with asking_to_come_again():
            sent = self.send_message(
                QueueUrl=self.url,
                MessageBody=exact_json.dumps(record),
                MessageAttributes=aws.message_attributes(attributes),
            )
        return str(sent["MessageId"])
