"""A small AWS around the real functions: what it hands to them, what it does with their answers, what they did."""

from __future__ import annotations

import contextlib
import functools
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from tests.properties.simulation.injections import CALLS, DOUBLING, Crash, Kind, Trouble
from tests.properties.simulation.queues import (
    Channel,
    Content,
    Delivery,
    Handover,
    Parcel,
    Strike,
    name_at,
)
from tests.support.deliveries import failures, queue_batch, stream_batch, stream_record
from tests.support.functions import ORDER_QUEUE, SENT_EMAILS_TABLE
from tests.support.mock_account import as_image, is_counter
from tests.support.wire import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.support.mock_account import MockAccount, Response
    from tests.support.wire import Call

WORKFLOWS: Final = ("email", "audit")
_AT_ONCE: Final = ("relay", *WORKFLOWS)
_QUEUED: Final = ("processor", *_AT_ONCE)
_QUEUES: Final = {"processor": ORDER_QUEUE, "email": "email", "audit": "audit"}

# As many as SQS delivers at once.
_LARGEST_BATCH: Final = 10


class World:
    """One stack, empty at first, where orders are stored at once or queued; `tell` gets its story, line by line."""

    def __init__(self, account: MockAccount, *, queued: bool, tell: Callable[[str], None]) -> None:
        account.clear()
        self.account = account
        self.queued = queued
        self.tell = tell
        self.channels = {function: Channel() for function in (_QUEUED if queued else _AT_ONCE)}
        self.second_emails: Counter[str] = Counter()
        """How many e-mails beyond the first each order may lead to, after all that has happened."""
        self.in_progress: set[Content] = set()
        """What the email function may have noted as in progress when something came in between."""
        self._as_written: dict[str, dict[str, Any]] = {}

    @property
    def stored(self) -> dict[str, Content]:
        """What is stored, by order."""
        return {content.order: content for content in map(Content.of, self.account.orders())}

    @property
    def audited(self) -> Counter[Content]:
        """How many audit records there are of what."""
        return Counter(
            Content.of(record["orderDetails"]) for record in self.account.audit_records()
        )

    @property
    def emailed(self) -> Counter[str]:
        """How many e-mails SES took about each order."""
        return Counter(map(name_at, self.account.recipients()))

    @property
    def rewritten(self) -> list[str]:
        """The IDs of orders and audit records that are not there any more as they were written."""
        now = self._records()
        return [key for key, record in self._as_written.items() if now.get(key) != record]

    @property
    def dead_poison(self) -> Counter[str]:
        """How many dead letters of each function are no orders."""
        dead = [
            (name, parcel) for name, channel in self.channels.items() for parcel in channel.dead
        ]
        return Counter(name for name, parcel in dead if not parcel.about)

    def lying_before(self, function: str) -> set[Content]:
        """The orders that wait for a function, or are among its dead letters."""
        return self.channels[function].contents if function in self.channels else set()

    def send(self, content: Content, *, by: str, trouble: Kind | None = None) -> Response | None:
        """Let a client send an order by "a key", "an orderId" or "nothing"; no answer means that the function died."""
        function = "intake" if self.queued else "orders"
        chosen, key = (content.order if by == way else None for way in ("an orderId", "a key"))
        troubles = [Trouble(trouble, CALLS[function][0])] if trouble else []
        given = None
        with contextlib.suppress(Crash), self._beset(troubles, {}):
            given = self.account.post(content.request(chosen), key=key, handler=function)
        self._collect(*(["processor"] if self.queued else []))
        story = " and ".join(
            [f"{content} is sent under {by}", *(f"{function} {trouble}" for trouble in troubles)]
        )
        self.tell(f"{story}: {given.status if given else 'no answer'}")
        return given

    def deliver(self, handover: Handover) -> Delivery:
        """Hand a batch to a function; what failed, and only that, waits again."""
        function, batch = handover.function, handover.batch
        failed, done_meanwhile = set(batch), set[Parcel]()

        def deliver_meanwhile() -> None:
            with self.account.wire.aside():
                done_meanwhile.update(set(batch) - self._hand(handover))

        emailed = self.emailed
        acts = {Kind.OVERTAKEN: deliver_meanwhile, Kind.ONE_REFUSED: self._publish_all_but_one}
        with contextlib.suppress(Exception, Crash), self._beset(handover.troubles, acts) as strikes:
            failed = self._hand(handover)
        failed -= done_meanwhile
        in_hand = {self._in_hand(handover, strike) for strike in strikes}
        delivery = Delivery(batch, failed, {strike.trouble.kind for strike in strikes}, in_hand)
        if function == "email":
            self._note_emails(delivery, strikes, self.emailed - emailed)
        self.channels[function].settle(batch, kept=batch if handover.again else failed)
        self._collect(*(WORKFLOWS if function == "relay" else []))
        outcome = ", ".join(repr(parcel) for parcel in batch if parcel in failed)
        self.tell(
            f"{handover.told([strike.trouble for strike in strikes])}: {outcome or 'nothing'} failed"
        )
        return delivery

    def put_poison(self, function: str, text: str) -> None:
        """Let somebody else put something in front of a function that is no order."""
        load = stream_record({"orderId": {"S": text}}) if function == "relay" else text
        self.channels[function].waiting.append(Parcel(load, about=None))

    def let_time_pass(self) -> None:
        """Let the time be over that an invocation has: what it noted as in progress does not hold any more."""
        for image in self.account.email_records():
            if image["status"]["S"] == "INPROGRESS":
                over = {**image, "in_progress_expiration": {"N": "1"}}
                self.account.dynamodb.put_item(TableName=SENT_EMAILS_TABLE, Item=over)
        self.in_progress.clear()

    def redrive(self) -> None:
        """Let an operator redrive every dead letter, and replay what the stream gave up."""
        for channel in self.channels.values():
            channel.redrive()

    def settle(self) -> None:
        """Let everything work from now on, until nothing is on its way."""
        self.let_time_pass()
        self.redrive()
        for function, channel in self.channels.items():
            while channel.waiting:
                # The stream, unlike a queue, gets no answer that tells records apart: after failures it bisects.
                self.deliver(
                    Handover(
                        function, channel.waiting[: 1 if function == "relay" else _LARGEST_BATCH]
                    )
                )

    @contextlib.contextmanager
    def _beset(
        self, troubles: Sequence[Trouble], acts: Mapping[Kind, Callable[[], Any]]
    ) -> Iterator[list[Strike]]:
        """Let troubles come in the next invocation; yields those that did."""
        strikes: list[Strike] = []

        def act(trouble: Trouble) -> Any:
            strikes.append(Strike(trouble, len(self.account.wire.calls)))
            return trouble.act(acts)

        with self.account.wire.at(
            *((trouble.moment, functools.partial(act, trouble)) for trouble in troubles)
        ):
            yield strikes

    def _hand(self, handover: Handover) -> set[Parcel]:
        """Invoke a function as its event source does; what it reports as failed."""
        loads = [parcel.load for parcel in handover.batch]
        event = stream_batch(*loads) if handover.function == "relay" else queue_batch(*loads)
        said = self.account.invoke(handover.function, event)
        return (
            {handover.batch[int(name.removeprefix("message-"))] for name in failures(said)}
            if said
            else set()
        )

    def _publish_all_but_one(self) -> Any:
        """Answer a PublishBatch as the topic does when it refuses an event of it."""
        call = self.account.wire.calls[-1].parameters
        refused, *taken = call["PublishBatchRequestEntries"]
        if taken:
            self.account.sns.publish_batch(
                TopicArn=call["TopicArn"], PublishBatchRequestEntries=taken
            )
        return answer(
            {"Failed": [{"Id": refused["Id"], "Code": "InternalError", "SenderFault": False}]}
        )

    def _in_hand(self, handover: Handover, strike: Strike) -> Parcel:
        """What was being worked on: everyone but the relay begins with a PutItem, and leaves poison alone."""
        orders = [parcel for parcel in handover.batch if parcel.about]
        return orders[min(len(self._calls("PutItem", strike)), len(orders)) - 1]

    def _note_emails(
        self, delivery: Delivery, strikes: Sequence[Strike], emailed: Counter[str]
    ) -> None:
        """Note what the email function has left half done, and where that may lead to a second e-mail."""
        for strike in strikes:
            if (strike.trouble.kind, strike.trouble.operation) in DOUBLING and not self._counts(
                strike
            ):
                sent = self._calls("SendEmail", strike)[-1:]
                orders = [
                    name_at(call.parameters["Destination"]["ToAddresses"][0]) for call in sent
                ]
                self.second_emails.update(order for order in orders if order in emailed)
        self.in_progress |= {parcel.about for parcel in delivery.troubled if parcel.about}
        self.in_progress -= {
            parcel.about for parcel in set(delivery.batch) - delivery.failed if parcel.about
        }

    def _counts(self, strike: Strike) -> bool:
        """Whether it struck the call that counts a recipient's confirmations: no e-mail had left by then."""
        parameters = self.account.wire.calls[strike.calls - 1].parameters
        return "Key" in parameters and is_counter(parameters["Key"])

    def _calls(self, operation: str, strike: Strike) -> list[Call]:
        """The invocation's calls of an operation up to a strike."""
        return [
            call for call in self.account.wire.calls[: strike.calls] if call.operation == operation
        ]

    def _records(self) -> dict[str, dict[str, Any]]:
        records = {record["auditId"]: record for record in self.account.audit_records()}
        return {**records, **{order["orderId"]: order for order in self.account.orders()}}

    def _collect(self, *functions: str) -> None:
        """Take along what was written, for the stream, and what was put into the queues of some functions."""
        for order in sorted(self.account.orders(), key=Content.of):
            if order["orderId"] not in self._as_written:
                self.channels["relay"].waiting.append(
                    Parcel(stream_record(as_image(order)), Content.of(order))
                )
        self._as_written = {**self._records(), **self._as_written}
        for function in functions:
            bodies = self.account.drain(_QUEUES[function])
            self.channels[function].waiting += [
                Parcel(body, Content.of(json.loads(body))) for body in bodies
            ]
