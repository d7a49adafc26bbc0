"""The line between the functions and AWS: what went over it, and faults to put on it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError
from botocore.handlers import REGISTER_FIRST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Call(NamedTuple):
    """One call of an AWS API, as the code asked for it."""

    operation: str
    parameters: dict[str, Any]


class Wire:
    """Hooks of botocore's own, so that clients behave as they do in front of AWS."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._faults: dict[str, Callable[[], Any]] = {}
        self._lost_answers: set[str] = set()

    @property
    def hooks(self) -> list[tuple[Any, ...]]:
        """What a botocore session has to register, in the notation of `botocore.handlers.BUILTIN_HANDLERS`."""
        return [
            ("before-parameter-build", self._record),
            ("before-call", self._fail),
            ("needs-retry", self._lose_answer, REGISTER_FIRST),
        ]

    @contextlib.contextmanager
    def refusing(
        self,
        operation: str,
        code: str,
        *,
        status: int = 400,
        message: str = "Refused",
        where: Callable[[dict[str, Any]], bool] = lambda _: True,
    ) -> Iterator[None]:
        """Let AWS answer an operation with an error, for the calls whose parameters `where` picks."""

        def refuse() -> tuple[AWSResponse, dict[str, Any]] | None:
            if not where(self.calls[-1].parameters):
                return None
            answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
            return AWSResponse("https://aws.invalid", status, HTTPHeaders(), None), answer

        with self._fault(operation, refuse):
            yield

    @contextlib.contextmanager
    def silent(self, operation: str) -> Iterator[None]:
        """Let AWS never answer an operation."""

        def time_out() -> None:
            raise ReadTimeoutError(endpoint_url="https://aws.invalid")

        with self._fault(operation, time_out):
            yield

    def lose_answer(self, operation: str) -> None:
        """Lose the next answer to an operation after AWS has carried it out, so that the SDK sends it again."""
        self._lost_answers.add(operation)

    @contextlib.contextmanager
    def _fault(self, operation: str, fault: Callable[[], Any]) -> Iterator[None]:
        self._faults[operation] = fault
        try:
            yield
        finally:
            del self._faults[operation]

    def _record(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.calls.append(Call(model.name, dict(params)))

    def _fail(self, model: Any, **_: Any) -> Any:
        fault = self._faults.get(model.name)
        return fault() if fault else None

    def _lose_answer(self, operation: Any, **_: Any) -> float | None:
        if operation.name not in self._lost_answers:
            return None
        self._lost_answers.remove(operation.name)
        return 0
