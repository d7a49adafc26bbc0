"""The simulated AWS around the real functions: event sources, faults, and what orders led to."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from handlers.email.limit import mailbox
from handlers.email.records import record_key
from handlers.events.order_created import OrderCreated
from tests.properties.simulation.faults import (
    BATCHES,
    CALLS,
    CRASHES,
    DUPLICATES_EMAIL,
    Crash,
    Fault,
    FaultKind,
)
from tests.properties.simulation.queues import (
    Content,
    Delivery,
    Injection,
    Invocation,
    Message,
    Queue,
    contents_of,
    name_in,
)
from tests.support.connection import success_response
from tests.support.deliveries import (
    Context,
    failures,
    queue_batch,
    stream_batch,
    stream_record,
)
from tests.support.functions import ORDER_QUEUE, SENT_EMAILS_TABLE
from tests.support.mock_account import as_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.support.connection import Call
    from tests.support.mock_account import ApiResponse, MockAccount

WORKFLOWS: Final = ("email", "audit")
_DIRECT: Final = ("relay", *WORKFLOWS)
_QUEUED: Final = ("processor", *_DIRECT)
_QUEUES: Final = {"processor": ORDER_QUEUE, "email": "email", "audit": "audit"}

# The batch size of SQS.
_BATCH_SIZE: Final = 10


class Simulation:
    """One empty stack with direct or queued ingestion; `log` gets a line per step."""

    def __init__(self, account: MockAccount, *, queued: bool, log: Callable[[str], None]) -> None:
        account.clear()
        self.account = account
        self.queued = queued
        self.log = log
        self.queues = {function: Queue() for function in (_QUEUED if queued else _DIRECT)}
        self.second_emails: Counter[str] = Counter()
        """The number of further emails that the faults so far allow, by order."""
        self.in_progress: set[Content] = set()
        """Orders whose idempotency record may be in progress after a fault."""
        self._first_records: dict[str, dict[str, Any]] = {}

    @property
    def stored(self) -> dict[str, Content]:
        """The stored orders, by name."""
        return {content.order: content for content in map(Content.of, self.account.orders())}

    @property
    def audited(self) -> Counter[Content]:
        """The number of audit records, by order."""
        return Counter(
            Content.of(record["orderDetails"]) for record in self.account.audit_records()
        )

    @property
    def emailed(self) -> Counter[str]:
        """The number of emails that SES accepted, by order."""
        return Counter(map(name_in, self.account.recipients()))

    @property
    def changed_records(self) -> list[str]:
        """The IDs of orders and audit records that have changed or disappeared."""
        now = self._records()
        return [key for key, record in self._first_records.items() if now.get(key) != record]

    @property
    def invalid_dead_letters(self) -> Counter[str]:
        """The number of dead letters that are no orders, by function."""
        return Counter(
            name
            for name, queue in self.queues.items()
            for message in queue.dead_letters
            if not message.content
        )

    def pending(self, function: str) -> set[Content]:
        """The orders that wait for a function, dead letters included."""
        return self.queues[function].contents if function in self.queues else set()

    def send(
        self, content: Content, *, key_type: str, fault: FaultKind | None = None
    ) -> ApiResponse | None:
        """Send an order with "a key", "an orderId" or "no key"; None if the function crashed."""
        function = "intake" if self.queued else "orders"
        order_id, key = (
            content.order if key_type == kind else None for kind in ("an orderId", "a key")
        )
        faults = [Fault(fault, CALLS[function][0])] if fault else []
        response = None
        with contextlib.suppress(Crash), self._inject(faults, {}):
            response = self.account.post(content.request(order_id), key=key, handler=function)
        self._collect(*(["processor"] if self.queued else []))
        description = " and ".join([key_type, *map(repr, faults)])
        status = response.status if response else "no response"
        self.log(f"{content} is sent with {description}: {status}")
        return response

    def deliver(self, invocation: Invocation) -> Delivery:
        """Invoke a function; the messages that failed, and only those, wait again."""
        function, batch = invocation.function, invocation.batch
        failed, done_concurrently = set(batch), set[Message]()

        def deliver_concurrently() -> None:
            with self.account.connection.suspended():
                done_concurrently.update(set(batch) - self._invoke(invocation))

        emailed = self.emailed
        actions = {
            FaultKind.CONCURRENT: deliver_concurrently,
            FaultKind.ONE_REFUSED: self._refuse_first_entry,
        }
        with (
            contextlib.suppress(Exception, Crash),
            self._inject(invocation.faults, actions) as injections,
        ):
            failed = self._invoke(invocation)
        failed -= done_concurrently
        interrupted = {
            message for injection in injections for message in self._in_work(invocation, injection)
        }
        if invocation.no_time:
            interrupted |= set(batch)
        kinds = {injection.fault.kind for injection in injections}
        delivery = Delivery(batch, failed, kinds, interrupted)
        if function == "email":
            self._track_emails(delivery, injections, self.emailed - emailed)
        self.queues[function].acknowledge(
            batch, failed=batch if invocation.lost_response else failed
        )
        self._collect(*(WORKFLOWS if function == "relay" else []))
        description = invocation.description([injection.fault for injection in injections])
        outcome = ", ".join(repr(message) for message in batch if message in failed)
        self.log(f"{description}: {outcome or 'nothing'} failed")
        return delivery

    def put_invalid_message(self, function: str, text: str) -> None:
        """Put a message into a queue, or a record into the stream, that is no order."""
        body = stream_record({"orderId": {"S": text}}) if function == "relay" else text
        self.queues[function].waiting.append(Message(body, content=None))

    def expire_records_in_progress(self) -> None:
        """Let idempotency records in progress expire, as after an invocation's timeout."""
        for image in self.account.email_records():
            if image["status"]["S"] == "INPROGRESS":
                expired = {**image, "in_progress_expiration": {"N": "1"}}
                self.account.dynamodb.put_item(TableName=SENT_EMAILS_TABLE, Item=expired)
        self.in_progress.clear()

    def redrive(self) -> None:
        """Redrive all dead letters, those of the stream included."""
        for queue in self.queues.values():
            queue.redrive()

    def finish(self) -> None:
        """Stop all faults, and deliver until every queue is empty."""
        self.expire_records_in_progress()
        self.redrive()
        for function, queue in self.queues.items():
            # The stream has no partial batch response: after failures it bisects the batch.
            size = 1 if function == "relay" else _BATCH_SIZE
            while queue.waiting:
                self.deliver(Invocation(function, queue.waiting[:size]))

    @contextlib.contextmanager
    def _inject(
        self, faults: Sequence[Fault], actions: Mapping[FaultKind, Callable[[], Any]]
    ) -> Iterator[list[Injection]]:
        """Inject faults into the next invocation; yield those that were injected."""
        injections: list[Injection] = []

        def cause(fault: Fault) -> Any:
            injections.append(Injection(fault, len(self.account.connection.calls)))
            return fault.cause(actions)

        with self.account.connection.inject(
            *((fault.point, functools.partial(cause, fault)) for fault in faults)
        ):
            yield injections

    def _invoke(self, invocation: Invocation) -> set[Message]:
        """Invoke a function as its event source does; return the messages that failed."""
        bodies = [message.body for message in invocation.batch]
        event = stream_batch(*bodies) if invocation.function == "relay" else queue_batch(*bodies)
        context = Context(milliseconds_left=0) if invocation.no_time else None
        response = self.account.invoke(invocation.function, event, context)
        ids = failures(response) if response else []
        return {invocation.batch[int(name.removeprefix("message-"))] for name in ids}

    def _refuse_first_entry(self) -> Any:
        """Respond as AWS does when it refuses one entry of a batch."""
        call = self.account.connection.calls[-1]
        if call.operation == "BatchExecuteStatement":
            return self._insert_all_but_first(call.parameters["Statements"])
        refused, *others = call.parameters["PublishBatchRequestEntries"]
        if others:
            self.account.sns.publish_batch(
                TopicArn=call.parameters["TopicArn"], PublishBatchRequestEntries=others
            )
        failure = {"Id": refused["Id"], "Code": "InternalError", "SenderFault": False}
        return success_response({"Failed": [failure]})

    def _insert_all_but_first(self, statements: Sequence[Any]) -> Any:
        responses = [{"Error": {"Code": "AccessDenied", "Message": "Refused"}}]
        if others := statements[1:]:
            result = self.account.dynamodb.batch_execute_statement(Statements=others)
            responses += result["Responses"]
        return success_response({"Responses": responses})

    def _in_work(self, invocation: Invocation, injection: Injection) -> list[Message]:
        """The messages that a call with an injection was about."""
        orders = [message for message in invocation.batch if message.content]
        call = self.account.connection.calls[injection.calls - 1]
        if invocation.function == "processor":  # it begins each order with PutItem
            return [orders[min(len(self._calls("PutItem", injection)), len(orders)) - 1]]
        if injection.fault.kind is FaultKind.ONE_REFUSED:
            return [message for message in orders if message.content == orders[0].content]
        if call.operation in BATCHES:
            return orders
        return [
            message for message in orders if _is_about(call, OrderCreated.from_json(message.body))
        ]

    def _track_emails(
        self, delivery: Delivery, injections: Sequence[Injection], emailed: Counter[str]
    ) -> None:
        """Track records in progress, and the faults that allow a second email."""
        for injection in injections:
            fault = (injection.fault.kind, injection.fault.operation)
            if fault in DUPLICATES_EMAIL and self._is_after_acceptance(injection):
                orders = [
                    name_in(call.parameters["Destination"]["ToAddresses"][0])
                    for call in self._calls("SendEmail", injection)[-1:]
                ]
                self.second_emails.update(order for order in orders if order in emailed)
        crashed = delivery.kinds & CRASHES  # with the claims of the whole batch
        self.in_progress |= contents_of(delivery.batch if crashed else delivery.interrupted)
        self.in_progress -= contents_of(set(delivery.batch) - delivery.failed)

    def _is_after_acceptance(self, injection: Injection) -> bool:
        """Whether the call was the one that sends, or that completes a record."""
        call = self.account.connection.calls[injection.calls - 1]
        values = call.parameters.get("ExpressionAttributeValues", {})
        return call.operation == "SendEmail" or ":completed" in values

    def _calls(self, operation: str, injection: Injection) -> list[Call]:
        """The invocation's calls of an operation up to an injection."""
        calls = self.account.connection.calls[: injection.calls]
        return [call for call in calls if call.operation == operation]

    def _records(self) -> dict[str, dict[str, Any]]:
        records = {record["auditId"]: record for record in self.account.audit_records()}
        return {**records, **{order["orderId"]: order for order in self.account.orders()}}

    def _collect(self, *functions: str) -> None:
        """Move newly stored orders to the stream, and messages in SQS to the functions' queues."""
        for order in sorted(self.account.orders(), key=Content.of):
            if order["orderId"] not in self._first_records:
                record = stream_record(as_image(order))
                self.queues["relay"].waiting.append(Message(record, Content.of(order)))
        self._first_records = {**self._records(), **self._first_records}
        for function in functions:
            self.queues[function].waiting += [
                Message(body, Content.of(json.loads(body)))
                for body in self.account.receive(_QUEUES[function])
            ]


def _is_about(call: Call, event: OrderCreated) -> bool:
    """Whether a call of the email function is about an event: its email, record or counter."""
    address = str(event.customer_email)
    counted = hashlib.sha256(mailbox(address).encode()).hexdigest()
    names = (address, counted, record_key(event.event_id))
    return any(name in str(call.parameters) for name in names)
