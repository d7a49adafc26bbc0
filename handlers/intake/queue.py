"""The order queue: one SQS message per order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from handlers.common import aws, exact_json
from handlers.common.retryable_errors import translate_retryable_errors
from handlers.order.order import Order

# The message attribute `priority` of an order without one.
DEFAULT_PRIORITY: Final = "normal"


@dataclass(frozen=True, kw_only=True)
class OrderQueue:
    """The order queue; `send_message` is SQS's SendMessage."""

    url: str
    send_message: Callable[..., Any]

    def put(self, order: Order) -> str:
        """Send an order with exact amounts, and return the message's ID.

        SQS accepts every order that the request's model accepts: the model refuses the characters
        that SQS does, and an order of a 10 KB body is far below SQS's limit.

        Raises:
            ServiceUnavailableError: SQS is unavailable.
            ClientError: SQS refuses the message.
        """
        record = order.record
        attributes = {
            "customerId": order.customer_id,
            "priority": record.get("priority", DEFAULT_PRIORITY),
        }
        with translate_retryable_errors():
            response = self.send_message(
                QueueUrl=self.url,
                MessageBody=exact_json.dumps(record),
                MessageAttributes=aws.message_attributes(attributes),
            )
        return str(response["MessageId"])
