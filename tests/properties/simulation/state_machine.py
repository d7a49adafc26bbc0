"""Clients, AWS and operators as Hypothesis lets them act, and the promise that holds whatever they do."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

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

from tests.properties.simulation.injections import CALLS, DEADLY, HARMLESS, Kind, Trouble
from tests.properties.simulation.queues import Content, Handover
from tests.properties.simulation.simulation import WORKFLOWS, World

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_REQUESTS = 5
_MOST_POISON = 2

# Which of the waiting are delivered, in which sequence; positions beyond the last count from the first again.
BATCHES: Final = ((0,), (0, 1), (1,), (1, 0), (2,), (0, 2, 1, 3), (3, 2, 1, 0))

# Most often nothing comes in between, or no order would get far. The email function has most that can be interrupted.
NOTHING: Final = {name: (None,) * (20 if name == "email" else 60) for name in CALLS}
TROUBLES: Final = {
    name: [
        trouble
        for trouble in (Trouble(*which) for which in itertools.product(Kind, operations, (1, 2)))
        if trouble.possible and not (name == "relay" and trouble.number > 1)
    ]
    for name, operations in CALLS.items()
}

ways = st.sampled_from(["a key", "an orderId", "nothing"])
now_and_then = st.sampled_from([False, False, False, True])
poison = st.sampled_from(["{}", "no JSON"])
at_the_front = st.none() | st.sampled_from(
    [kind for kind in Kind if kind not in {Kind.OVERTAKEN, Kind.ONE_REFUSED}]
)


@st.composite
def handovers(draw: st.DrawFn) -> Handover:
    """Some of what waits for a function, and up to two things that come in between.

    Whatever waits, as much is drawn: so Hypothesis can leave steps out of a story and keep the others as they are.
    """
    busy = {
        name: channel.waiting
        for name, channel in draw(st.runner()).world.channels.items()
        if channel.waiting
    }
    function, waiting = [*busy.items()][draw(st.integers(0, 3)) % len(busy)]
    batch = dict.fromkeys(
        waiting[position % len(waiting)] for position in draw(st.sampled_from(BATCHES))
    )
    come = [draw(st.sampled_from([*NOTHING[function], *TROUBLES[function]])) for _ in range(2)]
    return Handover(
        function, [*batch], [trouble for trouble in come if trouble], again=draw(now_and_then)
    )


class Purchase(NamedTuple):
    """An order as its client knows it, and what it says to make two requests one."""

    name: str
    by: str


class PipelineModel(RuleBasedStateMachine):
    """Clients, AWS and operators do what they may; whatever they do, the invariants hold."""

    purchases = Bundle("purchases")

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.orders = self.requests = 0
        self.accepted: set[Content] = set()
        self.unanswered: set[tuple[Purchase, Content]] = set()
        self.poison: Counter[str] = Counter()

    @initialize(target=purchases, by=ways)
    def the_first_order_is_sent(self, *, by: str) -> Purchase | MultipleResults[Purchase]:
        """A client sends an order, and nothing comes in between."""
        return self._order(by, None)

    @precondition(lambda self: self.requests < _MOST_REQUESTS)
    @rule(target=purchases, by=ways, trouble=at_the_front)
    def an_order_is_sent(
        self, *, by: str, trouble: Kind | None
    ) -> Purchase | MultipleResults[Purchase]:
        """A client sends a new order."""
        return self._order(by, trouble)

    @precondition(lambda self: self.requests < _MOST_REQUESTS)
    @rule(purchase=purchases, changed=st.booleans(), trouble=at_the_front)
    def an_order_is_sent_again(
        self, *, purchase: Purchase, changed: bool, trouble: Kind | None
    ) -> None:
        """A client sends an order again, or something else under its key or orderId."""
        self._send(purchase, Content(purchase.name, 2 if changed else 1), trouble)

    @precondition(lambda self: any(channel.waiting for channel in self.world.channels.values()))
    @rule(handover=handovers())
    def aws_delivers(self, *, handover: Handover) -> None:
        """A function gets a batch; whatever else is in it, each order in it fails or succeeds for itself."""
        before = {name: self.world.channels[name].copies for name in WORKFLOWS}
        delivery = self.world.deliver(handover)
        if handover.function == "relay":
            published = [set(self.world.channels[name].copies - before[name]) for name in WORKFLOWS]
            assert published == [delivery.orders] * len(WORKFLOWS) or delivery.kinds - HARMLESS, (
                "not all is published"
            )
        else:
            held_up = delivery.blocked - self._what_may_fail()[handover.function]
            assert not held_up, f"failed for no reason of its own: {_named(held_up)}"

    @precondition(lambda self: self.poison.total() < _MOST_POISON)
    @rule(
        function=st.runner().flatmap(lambda model: st.sampled_from([*model.world.channels])),
        text=poison,
    )
    def somebody_sends_poison(self, *, function: str, text: str) -> None:
        """Something that is no order gets in front of a function."""
        self.poison[function] += 1
        self.world.put_poison(function, text)

    @precondition(lambda self: self.world.in_progress)
    @rule()
    def time_passes(self) -> None:
        """What is noted as in progress cannot be any more."""
        self.world.let_time_pass()

    @precondition(lambda self: any(channel.dead for channel in self.world.channels.values()))
    @rule()
    def an_operator_redrives(self) -> None:
        """Dead letters get another chance."""
        self.world.redrive()

    @invariant()
    def the_promise_holds(self) -> None:
        """After every step, nothing is lost, done twice, or changed."""
        stored = self.world.stored
        self._assert_nothing_is_lost(set(stored.values()))
        assert len(self.world.account.orders()) == len(stored), "an order is stored twice"
        audited_again = self.world.audited - Counter(stored.values())
        assert not audited_again, f"audited more often than stored: {_named(audited_again)}"
        emailed_again = self.world.emailed - Counter(stored.keys()) - self.world.second_emails
        assert not emailed_again, f"too many e-mails: {', '.join(emailed_again)}"
        assert not self.world.rewritten, "something that was written has changed"

    def _assert_nothing_is_lost(self, stored: set[Content]) -> None:
        """An accepted order is stored or queued; a stored one has gone, or is on its way, to each workflow."""
        lost = self.accepted - stored - self.world.lying_before("processor")
        assert not lost, f"accepted, and neither stored nor queued: {_named(lost)}"
        emailed = {content for content in stored if content.order in self.world.emailed}
        for workflow, done in (("email", emailed), ("audit", set(self.world.audited))):
            lost = (
                stored - done - self.world.lying_before("relay") - self.world.lying_before(workflow)
            )
            assert not lost, f"stored, and lost to the {workflow} workflow: {_named(lost)}"

    def teardown(self) -> None:
        """At the end all is repaired: clients without an answer come again, and every order has arrived everywhere."""
        if sys.exc_info()[0] is None:
            for purchase, content in sorted(self.unanswered):
                self._send(purchase, content, None)
            self.world.settle()
            self.the_promise_holds()
            self._assert_all_arrived()

    def _what_may_fail(self) -> dict[str, set[Content]]:
        """What is refused on purpose: another order under an ID, and what may be in progress elsewhere."""
        stored = self.world.stored
        queued = self.world.lying_before("processor")
        conflicts = {content for content in queued if stored.get(content.order, content) != content}
        return {"processor": conflicts, "email": self.world.in_progress, "audit": set()}

    def _order(self, by: str, trouble: Kind | None) -> Purchase | MultipleResults[Purchase]:
        """Send a new order; without a name that it gives itself, a client cannot send it again."""
        self.orders += 1
        purchase = Purchase(f"order-{self.orders}", by)
        self._send(purchase, Content(purchase.name), trouble)
        return multiple() if by == "nothing" else purchase

    def _send(self, purchase: Purchase, content: Content, trouble: Kind | None) -> None:
        self.requests += 1
        before = self.world.stored.get(purchase.name)
        answer = self.world.send(content, by=purchase.by, trouble=trouble)
        expected = _expected(before, content, trouble, queued=self.world.queued)
        status = answer.status if answer else None
        assert status == expected, f"answered with {status} instead of {expected}"
        if expected in {200, 202}:
            self.accepted.add(content)
        if expected in {None, 503} and purchase.by != "nothing":
            self.unanswered.add((purchase, content))
        if answer:
            asked_back = "Retry-After" in answer.headers
            assert asked_back == (expected == 503), (
                f"answered with {status}, asked to come again: {asked_back}"
            )
            replayed = "Idempotent-Replayed" in answer.headers
            assert replayed == (expected == 200 and before is not None), (
                f"called a repetition: {replayed}"
            )

    def _assert_all_arrived(self) -> None:
        stored = self.world.stored
        assert self.world.audited == Counter(stored.values()), (
            "an order is not audited, after all is repaired"
        )
        assert set(self.world.emailed) == set(stored), (
            "an order is not confirmed, after all is repaired"
        )
        left = {
            name: channel.contents
            for name, channel in self.world.channels.items()
            if channel.contents
        }
        conflicts = {content for content in self.accepted if stored[content.order] != content}
        assert left == ({"processor": conflicts} if conflicts else {}), (
            "only orders in conflict may be dead letters"
        )
        assert self.world.dead_poison == self.poison, (
            "every message that is no order has to be a dead letter"
        )


def _expected(
    before: Content | None, content: Content, trouble: Kind | None, *, queued: bool
) -> int | None:
    """The status that a client has to get, where it can get one."""
    if trouble in DEADLY:
        return None
    if trouble and trouble not in HARMLESS:
        return 503
    if queued:
        return 202
    return 200 if before in {None, content} else 409


def _named(contents: Iterable[Content]) -> str:
    return ", ".join(sorted(map(str, contents)))
