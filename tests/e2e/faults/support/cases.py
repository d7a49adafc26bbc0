"""Every AWS call that a function makes for an order, every fault of it, and what has to hold."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import uuid4

import pytest

from tests.e2e.faults.support.faults import QUEUES, Fault, delete_topic, deny, inject, throttle
from tests.e2e.faults.support.proxy import hang, kill_after, kill_before, lose_response, refuse
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.e2e.faults.support.rig import FaultRig

SEND_EMAIL: Final = "/v2/email/outbound-emails"


class ApiCall(NamedTuple):
    """A call that a function makes for an order, its permission, and the service's error codes."""

    function: str
    operation: str
    permission: str
    throttling: str
    not_found: str
    batch: int = 2
    """How many orders the function has in work when it is killed."""
    skip: int = 0
    """How many calls it makes before it is killed."""


class FaultCase(NamedTuple):
    """A kind of fault of a call."""

    call: ApiCall
    kind: str
    fault: Fault

    @property
    def name(self) -> str:
        """The name in test reports: `relay-PublishBatch-throttled function`."""
        return f"{self.call.function}-{self.call.operation.rpartition('/')[2]}-{self.kind}"


_put_item = partial(
    ApiCall,
    operation="PutItem",
    permission="dynamodb:PutItem",
    throttling="ProvisionedThroughputExceededException",
    not_found="ResourceNotFoundException",
)
ORDERS: Final = _put_item(function="orders")
INTAKE: Final = ApiCall(
    function="intake",
    operation="SendMessage",
    permission="sqs:SendMessage",
    throttling="RequestThrottled",
    not_found="QueueDoesNotExist",
)
PROCESSOR: Final = _put_item(function="processor", batch=4, skip=2)
RELAY: Final = ApiCall(
    function="relay",
    operation="PublishBatch",
    permission="sns:Publish",
    throttling="Throttled",
    not_found="NotFound",
    batch=12,  # two calls of up to ten events
    skip=1,
)
_insert = partial(
    ApiCall,
    operation="BatchExecuteStatement",
    permission="dynamodb:PartiQLInsert",
    throttling="ProvisionedThroughputExceededException",
    not_found="ResourceNotFoundException",
    batch=4,  # one call
)
CLAIM: Final = _insert(function="email")
SEND: Final = ApiCall(
    function="email",
    operation=SEND_EMAIL,
    permission="ses:SendEmail",
    throttling="TooManyRequestsException",
    not_found="NotFoundException",
    batch=4,
    skip=2,
)
COMPLETE: Final = ApiCall(
    function="email",
    operation="UpdateItem",
    permission="dynamodb:UpdateItem",
    throttling="ProvisionedThroughputExceededException",
    not_found="ResourceNotFoundException",
    batch=4,
    skip=2,
)
AUDIT: Final = _insert(function="audit")

AT_API: Final[Mapping[str, ApiCall]] = {"direct": ORDERS, "queued": INTAKE}
BEHIND_API: Final[Mapping[str, tuple[ApiCall, ...]]] = {
    "direct": (RELAY, CLAIM, SEND, COMPLETE, AUDIT),
    "queued": (PROCESSOR, RELAY, CLAIM, SEND, COMPLETE, AUDIT),
}

# The SDK tries three times, and two orders may be in work: then the function has had an error.
_TRIES: Final = 5

_KINDS: Final[Mapping[str, Callable[[ApiCall], Fault]]] = {
    "access denied": lambda call: deny(call.permission),
    "not found": lambda call: inject(call.operation, refuse(call.not_found)),
    "throttled call": lambda call: inject(call.operation, refuse(call.throttling), hits=_TRIES),
    "failure": lambda call: inject(call.operation, refuse("InternalFailure", 500), hits=_TRIES),
    # The first try has timed out when the second one comes.
    "timeout": lambda call: inject(call.operation, hang, hits=2),
    "lost response": lambda call: inject(call.operation, lose_response, hits=_TRIES),
    "killed before": lambda call: inject(call.operation, kill_before, skip=call.skip),
    "killed after": lambda call: inject(call.operation, kill_after, skip=call.skip),
    "throttled function": lambda _call: throttle,
}
# After these the call has been carried out, and the function does not know.
_CARRIED_OUT: Final = ("lost response", "killed after")

# What clients get where the function does not respond; every other fault is its own 503.
_STATUSES: Final = {"killed before": 500, "killed after": 500, "throttled function": 503}

# Where orders wait while a fault lasts.
_WAIT_IN: Final = {"access denied": "{}, dead", "throttled function": "{}"}


def fault_cases(*calls: ApiCall) -> Iterator[FaultCase]:
    """Every fault of some calls that has no effect once it has ended.

    An email that SES has accepted, and that is not recorded, is sent twice; docs/guarantees.md says
    why.
    """
    for call in calls:
        for kind, fault in _KINDS.items():
            is_recorded = {SEND: kind not in _CARRIED_OUT, COMPLETE: kind in _CARRIED_OUT}
            if is_recorded.get(call, True) or kind == "throttled function":
                yield FaultCase(call, kind, fault(call))
        if call == RELAY:
            yield FaultCase(call, "deleted topic", delete_topic)


def parameters(*calls: ApiCall, always: tuple[ApiCall, str] | None = None) -> list[Any]:
    """The cases for pytest; all but one run by `make thorough` only."""
    return [
        pytest.param(
            case,
            id=case.name,
            marks=() if (case.call, case.kind) == always else pytest.mark.thorough,
        )
        for case in fault_cases(*calls)
    ]


def check_refused_then_stored(rig: FaultRig, case: FaultCase) -> None:
    """Orders that cannot be stored are refused; sent again later, each is everywhere once."""
    keys = [str(uuid4()) for _ in range(_orders(case))]
    since = len(rig.proxy.calls)
    with case.fault(rig, rig.api_function):
        refused = [rig.stack.post(key=key) for key in keys]
    status = _STATUSES.get(case.kind, 503)
    assert [response.status_code for response in refused] == [status] * len(keys)
    if case.kind not in _STATUSES:
        assert all(int(response.headers["Retry-After"]) > 0 for response in refused)
    carried_out = case.kind in _CARRIED_OUT
    assert (200 in rig.statuses(rig.api_function, since=since)) == carried_out
    again = [rig.stack.post(key=key) for key in keys]
    assert [response.status_code for response in again] == [rig.accepted] * len(keys)
    if rig.ingestion == "direct":
        replayed = ["Idempotent-Replayed" in response.headers for response in again]
        assert replayed == [carried_out] * len(keys)
    _check_each_once(rig, [response.json()["orderId"] for response in again], since)


def check_accepted_and_delivered(rig: FaultRig, case: FaultCase) -> None:
    """Orders are accepted during the fault; after it and a redrive, each is everywhere once."""
    function, kind = case.call.function, case.kind
    since = len(rig.proxy.calls)
    with case.fault(rig, function) as had_effect:
        with throttle(rig, function) if _kills(case) else contextlib.nullcontext():
            order_ids = [rig.order() for _ in range(_orders(case))]
        eventually(had_effect, case.name)
        if kind in _WAIT_IN and function in QUEUES:
            queue = _WAIT_IN[kind].format(QUEUES[function])
            eventually(
                lambda: rig.stack.queue_depths()[queue] == len(order_ids),
                f"orders in {queue}",
                interval=0.1,
            )
    # No client sends them again, which would repair a loss.
    _check_each_once(rig, order_ids, since)


def _check_each_once(rig: FaultRig, order_ids: list[str], since: int) -> None:
    """Every order is in each place once, and was written there once."""
    assert rig.wait_until_quiet(order_ids).mismatches(order_ids) == []
    # An audit record cannot be written twice: its role may only insert.
    writes = rig.statuses(rig.writer, since=since).count(200)
    assert writes == len(order_ids) + 1  # wait_until_quiet sends one more


def _orders(case: FaultCase) -> int:
    if case.kind == "timeout":
        return 1
    return case.call.batch if _kills(case) else 2


def _kills(case: FaultCase) -> bool:
    return case.kind.startswith("killed")
