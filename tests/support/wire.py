"""The line between the functions and AWS: what went over it, and faults to put on it."""

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
    """One call of an AWS API, as the code asked for it."""

    operation: str
    parameters: dict[str, Any]


class Moment(NamedTuple):
    """A point of an invocation: before a call is sent, when the SDK would take its answer, or after that."""

    when: Literal["before", "answered", "after"]
    operation: str
    number: int
    """Which of the invocation's calls of that operation; the first is 1."""


def refusal(
    code: str, *, status: int = 400, message: str = "Refused"
) -> tuple[AWSResponse, dict[str, Any]]:
    """AWS's answer to a call that it does not carry out."""
    given = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return AWSResponse("https://aws.invalid", status, HTTPHeaders(), None), given


def answer(body: dict[str, Any]) -> tuple[AWSResponse, dict[str, Any]]:
    """An answer to a call that somebody else carried out in AWS's place."""
    given = {**body, "ResponseMetadata": {"HTTPStatusCode": 200}}
    return AWSResponse("https://aws.invalid", 200, HTTPHeaders(), None), given


def time_out() -> None:
    """What the SDK does when no answer comes.

    Raises:
        ReadTimeoutError: always.
    """
    raise ReadTimeoutError(endpoint_url="https://aws.invalid")


class Wire:
    """Hooks of botocore's own, so that clients behave as they do in front of AWS."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._faults: dict[str, Callable[[], Any]] = {}
        self._lost_answers: set[str] = set()
        self._acts: list[tuple[Moment, Callable[[], Any]]] = []

    @property
    def hooks(self) -> list[tuple[Any, ...]]:
        """What a botocore session has to register, in the notation of `botocore.handlers.BUILTIN_HANDLERS`."""
        return [
            ("before-parameter-build", self._record),
            ("before-call", self._fail),
            ("needs-retry", self._lose_answer, REGISTER_FIRST),
            ("after-call", self._end),
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
            return (
                refusal(code, status=status, message=message)
                if where(self.calls[-1].parameters)
                else None
            )

        with self._fault(operation, refuse):
            yield

    @contextlib.contextmanager
    def silent(self, operation: str) -> Iterator[None]:
        """Let AWS never answer an operation."""
        with self._fault(operation, time_out):
            yield

    def lose_answer(self, operation: str) -> None:
        """Lose the next answer to an operation after AWS has carried it out, so that the SDK sends it again."""
        self._lost_answers.add(operation)

    @contextlib.contextmanager
    def at(self, *acts: tuple[Moment, Callable[[], Any]]) -> Iterator[None]:
        """Let something happen, once, at moments of an invocation.

        Before a call, an act may answer in AWS's place (`answer`, `refusal`) or raise; when it is answered, a number
        lets the SDK send the call again after as many seconds; afterwards, an act may raise.
        """
        self._acts = list(acts)
        try:
            yield
        finally:
            self._acts = []

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Let another invocation go on meanwhile: none of the acts is for it, and its calls do not count."""
        kept = self.calls, self._acts
        self.calls, self._acts = [], []
        try:
            yield
        finally:
            self.calls, self._acts = kept

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
        if acted := self._act("before", model.name):
            return acted
        fault = self._faults.get(model.name)
        return fault() if fault else None

    def _lose_answer(self, operation: Any, **_: Any) -> Any:
        if operation.name not in self._lost_answers:
            return self._act("answered", operation.name)
        self._lost_answers.remove(operation.name)
        return 0

    def _end(self, model: Any, **_: Any) -> None:
        self._act("after", model.name)

    def _act(self, when: Literal["before", "answered", "after"], operation: str) -> Any:
        """Do what is due, in the given sequence, and return the first thing that it gives."""
        now = Moment(when, operation, sum(call.operation == operation for call in self.calls))
        given = []
        for due in [act for act in self._acts if act[0] == now]:
            self._acts.remove(due)
            given.append(due[1]())
        return next((thing for thing in given if thing is not None), None)
