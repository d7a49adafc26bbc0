"""The connection of clients to AWS: it records calls and injects faults, by hooks of botocore."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError
from botocore.handlers import REGISTER_FIRST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Call(NamedTuple):
    """A call of an AWS API."""

    operation: str
    parameters: dict[str, Any]


class InjectionPoint(NamedTuple):
    """A point of an invocation: before a call, when the SDK gets its response, or after the call.

    `number` counts the invocation's calls of the operation, from 1.
    """

    when: Literal["before", "response", "after"]
    operation: str
    number: int


def error_response(
    code: str, *, status: int = 400, message: str = "Refused"
) -> tuple[AWSResponse, dict[str, Any]]:
    """An error response of AWS."""
    error = {"Code": code, "Message": message}
    return _response(status, {"Error": error})


def success_response(body: dict[str, Any]) -> tuple[AWSResponse, dict[str, Any]]:
    """A response to a call that AWS did not get."""
    return _response(200, body)


def _response(status: int, body: dict[str, Any]) -> tuple[AWSResponse, dict[str, Any]]:
    parsed = {**body, "ResponseMetadata": {"HTTPStatusCode": status}}
    return AWSResponse("https://aws.invalid", status, HTTPHeaders(), None), parsed


def time_out() -> None:
    """Time out, as the SDK does without a response.

    Raises:
        ReadTimeoutError: always.
    """
    raise ReadTimeoutError(endpoint_url="https://aws.invalid")


class Connection:
    """The recorded calls, and the faults for the next ones."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._faults: dict[str, Callable[[], Any]] = {}
        self._lost_responses: set[str] = set()
        self._injections: list[tuple[InjectionPoint, Callable[[], Any]]] = []

    @property
    def hooks(self) -> list[tuple[Any, ...]]:
        """The hooks for a session, in the format of `botocore.handlers.BUILTIN_HANDLERS`."""
        return [
            ("before-parameter-build", self._record),
            ("before-call", self._fail),
            ("needs-retry", self._respond, REGISTER_FIRST),
            ("after-call", self._after),
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
        """Fail an operation with an error, for the calls whose parameters `where` selects."""

        def refuse() -> tuple[AWSResponse, dict[str, Any]] | None:
            selected = where(self.calls[-1].parameters)
            return error_response(code, status=status, message=message) if selected else None

        with self._fault(operation, refuse):
            yield

    @contextlib.contextmanager
    def timing_out(self, operation: str) -> Iterator[None]:
        """Let an operation time out."""
        with self._fault(operation, time_out):
            yield

    def lose_response(self, operation: str) -> None:
        """Lose the next response to an operation, after AWS has carried it out; the SDK retries."""
        self._lost_responses.add(operation)

    @contextlib.contextmanager
    def inject(self, *injections: tuple[InjectionPoint, Callable[[], Any]]) -> Iterator[None]:
        """Run actions at points of an invocation, once each.

        Before a call, an action may return a response (`success_response`, `error_response`) or
        raise. At the response, it may return the seconds after which the SDK retries. After the
        call, it may raise.
        """
        self._injections = list(injections)
        try:
            yield
        finally:
            self._injections = []

    @contextlib.contextmanager
    def suspended(self) -> Iterator[None]:
        """Neither record nor inject, for another invocation in between."""
        outer = self.calls, self._injections
        self.calls, self._injections = [], []
        try:
            yield
        finally:
            self.calls, self._injections = outer

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
        if result := self._run("before", model.name):
            return result
        fault = self._faults.get(model.name)
        return fault() if fault else None

    def _respond(self, operation: Any, **_: Any) -> Any:
        if operation.name not in self._lost_responses:
            return self._run("response", operation.name)
        self._lost_responses.remove(operation.name)
        return 0

    def _after(self, model: Any, **_: Any) -> None:
        self._run("after", model.name)

    def _run(self, when: Literal["before", "response", "after"], operation: str) -> Any:
        """Run the injections for this point, in order, and return their first result."""
        point = InjectionPoint(when, operation, sum(c.operation == operation for c in self.calls))
        results = []
        for injection in [each for each in self._injections if each[0] == point]:
            self._injections.remove(injection)
            results.append(injection[1]())
        return next((result for result in results if result is not None), None)
