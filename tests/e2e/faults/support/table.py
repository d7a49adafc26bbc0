"""Every hop of an order's way, and everything that can go wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tests.e2e.faults.support.faults import Fault, denied, spoilt, throttled, topic_gone
from tests.e2e.faults.support.injections import hang, kill_after, kill_before, lose, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SEND_EMAIL: Final = "/v2/email/outbound-emails"


class Hop(NamedTuple):
    """One call that a function makes for an order, the right to make it, and how AWS words what is wrong with it."""

    function: str
    operation: str
    action: str
    throttling: str
    gone: str
    batch: int = 2
    """How many orders the function is given at once to die over, """
    spared: int = 0
    """and how many calls it makes before it does."""


class Trouble(NamedTuple):
    """A kind of fault at a hop."""

    hop: Hop
    kind: str
    fault: Fault

    @property
    def name(self) -> str:
        """As tests are listed: `relay-PublishBatch-is throttled`."""
        return f"{self.hop.function}-{self.hop.operation.rpartition('/')[2]}-{self.kind}"


_TABLE = ("ProvisionedThroughputExceededException", "ResourceNotFoundException")

ORDERS: Final = Hop("orders", "PutItem", "dynamodb:PutItem", *_TABLE)
INTAKE: Final = Hop(
    "intake", "SendMessage", "sqs:SendMessage", "RequestThrottled", "QueueDoesNotExist"
)
PROCESSOR: Final = Hop("processor", "PutItem", "dynamodb:PutItem", *_TABLE, batch=4, spared=2)
# It publishes ten at a time.
RELAY: Final = Hop(
    "relay", "PublishBatch", "sns:Publish", "Throttled", "NotFound", batch=12, spared=1
)
NOTE: Final = Hop("email", "PutItem", "dynamodb:PutItem", *_TABLE, batch=4, spared=2)
SEND: Final = Hop(
    "email", SEND_EMAIL, "ses:SendEmail", "TooManyRequestsException", "NotFoundException", 4, 2
)
AUDIT: Final = Hop("audit", "PutItem", "dynamodb:PutItem", *_TABLE, batch=4, spared=2)

FRONTS: Final[Mapping[str, Hop]] = {"direct": ORDERS, "queued": INTAKE}
BEHIND: Final[Mapping[str, tuple[Hop, ...]]] = {
    "direct": (RELAY, NOTE, SEND, AUDIT),
    "queued": (PROCESSOR, RELAY, NOTE, SEND, AUDIT),
}

# The SDK tries three times, and two orders may be in work at once: by then, the function has heard of one failure.
_TRIES: Final = 5

KINDS: Final[Mapping[str, Callable[[Hop], Fault]]] = {
    "may not": lambda hop: denied(hop.action),
    "target gone": lambda hop: spoilt(hop.operation, refuse(hop.gone)),
    "target throttles": lambda hop: spoilt(hop.operation, refuse(hop.throttling), hits=_TRIES),
    "target fails": lambda hop: spoilt(hop.operation, refuse("InternalFailure", 500), hits=_TRIES),
    # The first try has timed out when the second one comes.
    "target silent": lambda hop: spoilt(hop.operation, hang, hits=2),
    "answers lost": lambda hop: spoilt(hop.operation, lose, hits=_TRIES),
    "dies before": lambda hop: spoilt(hop.operation, kill_before, spared=hop.spared),
    "dies after": lambda hop: spoilt(hop.operation, kill_after, spared=hop.spared),
    "is throttled": lambda _hop: throttled,
}

# The customer gets a second e-mail when nobody hears that the first was sent; docs/guarantees.md says why.
DOUBLING: Final = frozenset({"answers lost", "dies after"})


def troubles(hop: Hop) -> list[Trouble]:
    """Everything that can go wrong at a hop, and that leaves no trace once it is over."""
    kinds = [kind for kind in KINDS if hop != SEND or kind not in DOUBLING]
    deleted = [Trouble(hop, "target deleted", topic_gone)] if hop == RELAY else []
    return [*(Trouble(hop, kind, KINDS[kind](hop)) for kind in kinds), *deleted]
