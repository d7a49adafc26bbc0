"""Handing orders to the deployed relay, as the table's stream does."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from handlers.common import aws
from handlers.common.contract import ALIAS
from orderctl.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from orderctl.stack import Stack

# As many as the stream hands over at once, and well below the 6 MB that an invocation takes.
_BATCH_RECORDS = 100
_BATCH_BYTES = 4_000_000

# The relay may be busy with the stream for as long as its time-out of a minute, and with the next batch after that.
_PAUSES_SECONDS = (1, 2, 4, 8, 15, 30, 60)

# It names every event, of which a few are enough.
_LONGEST_REASON = 200

# The alias that everything is invoked through, as in `infra/functions/function.py`.


class NotPublishedError(OperatorError):
    """What the relay raised; `others_are` says that it published all but those records that are no orders."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"the relay raised {kind}: {message[:_LONGEST_REASON]}")
        self.others_are = kind == "NotAnOrderError"

    @classmethod
    def of(cls, payload: bytes) -> Self:
        """Return what Lambda answers with when a function raises, times out or runs out of memory."""
        try:
            response = json.loads(payload)
        except ValueError:
            response = None
        error = response if isinstance(response, dict) else {}
        return cls(
            str(error.get("errorType", "an error")), str(error.get("errorMessage", "no message"))
        )


@dataclass(frozen=True, kw_only=True)
class Relay:
    """The relay function; `invoke` is Lambda's Invoke."""

    function: str
    invoke: Callable[..., Any]
    pause: Callable[[float], None] = field(default=time.sleep)

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Return a stack's relay."""
        return cls(
            function=stack.outputs.function_names.relay, invoke=stack.client("lambda").invoke
        )

    def publish(self, batch: Iterable[str]) -> None:
        """Have a batch of records published.

        Raises:
            NotPublishedError: the relay raised.
            ClientError: Lambda refused, or is throttling for two minutes.
        """
        payload = f'{{"Records":[{",".join(batch)}]}}'.encode()
        answer = self._invoke(FunctionName=self.function, Qualifier=ALIAS, Payload=payload)
        if "FunctionError" in answer:
            raise NotPublishedError.of(answer["Payload"].read())

    def _invoke(self, **request: Any) -> Any:
        for pause in _PAUSES_SECONDS:
            try:
                return self.invoke(**request)
            except ClientError as error:
                if error.response["Error"]["Code"] != "TooManyRequestsException":
                    raise
            self.pause(pause)
        return self.invoke(**request)


def record(image: Mapping[str, Any]) -> str:
    """Return a stored order, in DynamoDB's own notation, as the record with which the stream reports it as new."""
    return json.dumps(
        {"eventID": "replay", "eventName": "INSERT", "dynamodb": {"NewImage": image}},
        default=_binary,
        ensure_ascii=False,
    )


def batches(records: Iterable[str]) -> Iterator[list[str]]:
    """Split records into batches that an invocation takes."""
    return aws.batches(
        records,
        max_entries=_BATCH_RECORDS,
        max_bytes=_BATCH_BYTES,
        size=lambda record: len(record.encode()),
    )


def _binary(value: bytes) -> str:
    """As streams write binary values, which orders have none of, but a table may."""
    return base64.b64encode(value).decode()
