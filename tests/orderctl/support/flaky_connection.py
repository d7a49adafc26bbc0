"""A connection to AWS with the real relay behind it, which can be interrupted at any call."""

from __future__ import annotations

import contextlib
import io
import json
import signal
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from tests.support.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class FlakyConnection(Connection):
    """The connection of orderctl to AWS: invokes the real relay, and is interrupted at any call."""

    def __init__(self, relay: Callable[[Any], Any]) -> None:
        super().__init__()
        self._relay = relay
        self._interrupted_call: int | None = None
        self._last_call: int | None = None

    @property
    def hooks(self) -> list[tuple[Any, ...]]:
        """Those of every connection, and one that comes after AWS has carried out a call."""
        return [*super().hooks, ("after-call", self._end_call)]

    @contextlib.contextmanager
    def interrupt_before(self, call: int) -> Iterator[None]:
        """Send Ctrl-C before AWS carries out the n-th call from now on, counted from 0."""
        self._interrupted_call = len(self.calls) + call
        try:
            yield
        finally:
            self._interrupted_call = None

    @contextlib.contextmanager
    def kill_after(self, call: int) -> Iterator[None]:
        """Kill orderctl after AWS has carried out the n-th call: no later call reaches AWS."""
        self._last_call = len(self.calls) + call
        try:
            yield
        finally:
            self._last_call = None

    def refuse_entries(
        self, operation: str, *numbers: int
    ) -> contextlib.AbstractContextManager[None]:
        """Let a batch call of SQS fail for some of its entries; it carries out none of them."""
        failures = [
            {"Id": str(number), "Code": "InternalError", "SenderFault": False} for number in numbers
        ]
        body = {"Failed": failures, "Successful": []}
        return self._fault(
            operation, lambda: (AWSResponse("https://sqs.invalid", 200, HTTPHeaders(), None), body)
        )

    def _fail(self, model: Any, **more: Any) -> Any:
        number = len(self.calls) - 1
        if number == self._interrupted_call:
            signal.raise_signal(signal.SIGINT)  # which may be deferred
        self._kill_if_last(number - 1)
        response = super()._fail(model, **more)
        if response is None and model.name == "Invoke":
            return self._invoke(more["params"]["body"])
        return response

    def _end_call(self, **_: Any) -> None:
        self._kill_if_last(len(self.calls) - 1)

    def _kill_if_last(self, call: int) -> None:
        if self._last_call is not None and call >= self._last_call:
            raise KeyboardInterrupt

    def _invoke(self, payload: bytes) -> tuple[AWSResponse, dict[str, Any]]:
        body: dict[str, Any] = {"StatusCode": 200, "Payload": io.BytesIO(b"null")}
        try:
            self._relay(json.loads(payload))
        except Exception as error:  # noqa: BLE001 (Lambda responds with any error of the function)
            text = json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})
            body |= {"FunctionError": "Unhandled", "Payload": io.BytesIO(text.encode())}
        return AWSResponse("https://lambda.invalid", 200, HTTPHeaders(), None), body
