"""The state machine: rules for clients, AWS and operators, and the promise as an invariant."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from typing import Final, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from tests.properties.simulation.faults import CALLS, CRASHES, HARMLESS, Fault, FaultKind
from tests.properties.simulation.queues import Content, Invocation, names
from tests.properties.simulation.simulation import WORKFLOWS, Simulation

_MAX_REQUESTS = 5
_MAX_INVALID_MESSAGES = 2

# The waiting messages of a batch, in order; positions are modulo the number of waiting messages.
_BATCHES: Final = ((0,), (0, 1), (1,), (1, 0), (2,), (0, 2, 1, 3), (3, 2, 1, 0))

# Most invocations have no fault, or no order would arrive; the email function has most calls.
_NO_FAULT: Final = {name: (None,) * (20 if name == "email" else 60) for name in CALLS}
_FAULTS: Final = {
    name: [
        fault
        for fault in (Fault(*each) for each in itertools.product(FaultKind, operations, (1, 2, 3)))
        if fault.possible and not (name == "relay" and fault.number > 1)
    ]
    for name, operations in CALLS.items()
}

key_types = st.sampled_from(["a key", "an orderId", "no key"])
rarely = st.sampled_from([False, False, False, True])
invalid_messages = st.sampled_from(["{}", "no JSON"])
api_faults = st.none() | st.sampled_from(
    [kind for kind in FaultKind if kind not in {FaultKind.CONCURRENT, FaultKind.ONE_REFUSED}]
)


@st.composite
def invocations(draw: st.DrawFn) -> Invocation:
    """Some messages of a queue, and up to two faults.

    The number of draws does not depend on the queues, so Hypothesis can leave out steps of a run.
    """
    waiting = {
        name: queue.waiting
        for name, queue in draw(st.runner()).simulation.queues.items()
        if queue.waiting
    }
    function, messages = [*waiting.items()][draw(st.integers(0, 3)) % len(waiting)]
    batch = dict.fromkeys(
        messages[position % len(messages)] for position in draw(st.sampled_from(_BATCHES))
    )
    faults = [draw(st.sampled_from([*_NO_FAULT[function], *_FAULTS[function]])) for _ in range(2)]
    lost_response, no_time = draw(rarely), draw(rarely)
    return Invocation(
        function,
        [*batch],
        [fault for fault in faults if fault],
        lost_response=lost_response,
        no_time=no_time and function == "email",
    )


class Purchase(NamedTuple):
    """An order that its client can repeat: its name, and how its requests are identified."""

    name: str
    key_type: str


class PipelineModel(RuleBasedStateMachine):
    """Rules in any sequence, and the invariant after each."""

    purchases = Bundle("purchases")

    def __init__(self, simulation: Simulation) -> None:
        super().__init__()
        self.simulation = simulation
        self.orders = self.requests = 0
        self.accepted: set[Content] = set()
        self.to_repeat: set[tuple[Purchase, Content]] = set()
        self.invalid_messages: Counter[str] = Counter()

    @initialize(target=purchases, key_type=key_types)
    def send_first_order(self, *, key_type: str) -> Purchase | MultipleResults[Purchase]:
        """A client sends an order, without a fault."""
        return self._send_new(key_type, None)

    @precondition(lambda self: self.requests < _MAX_REQUESTS)
    @rule(target=purchases, key_type=key_types, fault=api_faults)
    def send_order(
        self, *, key_type: str, fault: FaultKind | None
    ) -> Purchase | MultipleResults[Purchase]:
        """A client sends a new order."""
        return self._send_new(key_type, fault)

    @precondition(lambda self: self.requests < _MAX_REQUESTS)
    @rule(purchase=purchases, changed=st.booleans(), fault=api_faults)
    def repeat_order(self, *, purchase: Purchase, changed: bool, fault: FaultKind | None) -> None:
        """A client repeats an order, or sends other content with its key or orderId."""
        self._send(purchase, Content(purchase.name, 2 if changed else 1), fault)

    @precondition(lambda self: any(queue.waiting for queue in self.simulation.queues.values()))
    @rule(invocation=invocations())
    def deliver(self, *, invocation: Invocation) -> None:
        """AWS delivers a batch; each order in it fails or succeeds by itself."""
        before = {name: self.simulation.queues[name].copies for name in WORKFLOWS}
        delivery = self.simulation.deliver(invocation)
        if invocation.function == "relay":
            published = [
                set(self.simulation.queues[name].copies - before[name]) for name in WORKFLOWS
            ]
            assert published == [delivery.orders] * len(WORKFLOWS) or delivery.kinds - HARMLESS, (
                "not every order is published"
            )
        else:
            unexplained = delivery.unexplained - self._may_fail()[invocation.function]
            assert not unexplained, f"failed without a fault: {names(unexplained)}"

    @precondition(lambda self: self.invalid_messages.total() < _MAX_INVALID_MESSAGES)
    @rule(
        function=st.runner().flatmap(lambda model: st.sampled_from([*model.simulation.queues])),
        text=invalid_messages,
    )
    def put_invalid_message(self, *, function: str, text: str) -> None:
        """Other software puts an invalid message into a queue or the stream."""
        self.invalid_messages[function] += 1
        self.simulation.put_invalid_message(function, text)

    @precondition(lambda self: self.simulation.in_progress)
    @rule()
    def expire_records_in_progress(self) -> None:
        """Idempotency records in progress expire."""
        self.simulation.expire_records_in_progress()

    @precondition(lambda self: any(queue.dead_letters for queue in self.simulation.queues.values()))
    @rule()
    def redrive(self) -> None:
        """An operator redrives all dead letters."""
        self.simulation.redrive()

    @invariant()
    def check_promise(self) -> None:
        """Nothing is lost, done twice, or changed."""
        stored = self.simulation.stored
        self._assert_nothing_is_lost(set(stored.values()))
        assert len(self.simulation.account.orders()) == len(stored), "an order is stored twice"
        audited_twice = self.simulation.audited - Counter(stored.values())
        assert not audited_twice, f"too many audit records: {names(audited_twice)}"
        too_many = self.simulation.emailed - Counter(stored.keys()) - self.simulation.second_emails
        assert not too_many, f"too many emails: {', '.join(too_many)}"
        assert not self.simulation.changed_records, "a record has changed"

    def _assert_nothing_is_lost(self, stored: set[Content]) -> None:
        """An accepted order is stored or queued, and then done or queued in each workflow."""
        lost = self.accepted - stored - self.simulation.pending("processor")
        assert not lost, f"accepted, and neither stored nor queued: {names(lost)}"
        emailed = {content for content in stored if content.order in self.simulation.emailed}
        unpublished = self.simulation.pending("relay")
        for workflow, done in (("email", emailed), ("audit", set(self.simulation.audited))):
            lost = stored - done - unpublished - self.simulation.pending(workflow)
            assert not lost, f"stored, and lost to the {workflow} workflow: {names(lost)}"

    def teardown(self) -> None:
        """Without faults, clients repeat failed requests, and every order arrives everywhere."""
        if sys.exc_info()[0] is None:
            for purchase, content in sorted(self.to_repeat):
                self._send(purchase, content, None)
            self.simulation.finish()
            self.check_promise()
            self._assert_all_arrived()

    def _may_fail(self) -> dict[str, set[Content]]:
        """Orders that fail without a fault: conflicts, and records in progress."""
        stored = self.simulation.stored
        queued = self.simulation.pending("processor")
        conflicts = {content for content in queued if stored.get(content.order, content) != content}
        return {"processor": conflicts, "email": self.simulation.in_progress, "audit": set()}

    def _send_new(
        self, key_type: str, fault: FaultKind | None
    ) -> Purchase | MultipleResults[Purchase]:
        """Send a new order; without a key its client cannot repeat it."""
        self.orders += 1
        purchase = Purchase(f"order-{self.orders}", key_type)
        self._send(purchase, Content(purchase.name), fault)
        return multiple() if key_type == "no key" else purchase

    def _send(self, purchase: Purchase, content: Content, fault: FaultKind | None) -> None:
        self.requests += 1
        before = self.simulation.stored.get(purchase.name)
        response = self.simulation.send(content, key_type=purchase.key_type, fault=fault)
        expected = _expected_status(before, content, fault, queued=self.simulation.queued)
        status = response.status if response else None
        assert status == expected, f"the status is {status} instead of {expected}"
        if expected in {200, 202}:
            self.accepted.add(content)
        if expected in {None, 503} and purchase.key_type != "no key":
            self.to_repeat.add((purchase, content))
        if response:
            retry_after = "Retry-After" in response.headers
            assert retry_after == (expected == 503), f"{status} with Retry-After: {retry_after}"
            replayed = "Idempotent-Replayed" in response.headers
            assert replayed == (expected == 200 and before is not None), f"replayed: {replayed}"

    def _assert_all_arrived(self) -> None:
        stored = self.simulation.stored
        assert self.simulation.audited == Counter(stored.values()), "an order is not audited"
        assert set(self.simulation.emailed) == set(stored), "an order is not confirmed"
        remaining = {
            name: queue.contents for name, queue in self.simulation.queues.items() if queue.contents
        }
        conflicts = {content for content in self.accepted if stored[content.order] != content}
        assert remaining == ({"processor": conflicts} if conflicts else {}), (
            "an order without conflict is a dead letter"
        )
        assert self.simulation.invalid_dead_letters == self.invalid_messages, (
            "an invalid message is no dead letter"
        )


def _expected_status(
    before: Content | None, content: Content, fault: FaultKind | None, *, queued: bool
) -> int | None:
    """The status of a request; None if the function crashes."""
    if fault in CRASHES:
        return None
    if fault and fault not in HARMLESS:
        return 503
    if queued:
        return 202
    return 200 if before in {None, content} else 409
