"""Dead letters: seen without being taken, moved back without being lost, thrown away only if meant."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orderctl import dead_letters, letters, render
from orderctl.dead_letters import Selection
from orderctl.errors import OperatorError
from tests.support.deliveries import an_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderctl.dead_letters import Outcome
    from tests.orderctl.support.operator import Desk

_ALL = Selection()
_HOSTILE = (
    "no JSON",
    "[]",
    '{"orderId": 7}',
    "[" * 100_000,
    '"ORDER-1"',
    '{"orderId": "a", "orderId": "b"}',
    "é" * 99,
)


def ids(outcome: Outcome) -> list[str]:
    """The messages that were done with."""
    return [letter.message_id for letter in outcome.done]


def fill(desk: Desk, count: int, queue: str = "email") -> list[str]:
    """Put so many events into a dead-letter queue, and return their bodies."""
    bodies = [an_event().to_json() for _ in range(count)]
    for body in bodies:
        desk.dead_letter(queue, body)
    return bodies


def test_the_list_tells_how_many_and_how_old(desk: Desk) -> None:
    """Of each dead-letter queue there is the number of messages, when the oldest was sent, and when it will be lost."""
    fill(desk, 2)
    sent = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=11)
    desk.date(desk.dead_letter("email", "old"), sent)

    found = {pile.queue: pile for pile in dead_letters.piles(desk.stack)}

    assert list(found) == ["audit", "email", "orders", "relay"]
    assert (found["email"].waiting, found["email"].oldest) == (3, sent)
    assert found["email"].lost_at == sent + timedelta(
        days=4
    )  # what a queue of the mock keeps its messages for
    assert (found["audit"].waiting, found["audit"].oldest, found["audit"].lost_at) == (
        0,
        None,
        None,
    )
    assert len(desk.dead_letters("email")) == 3


def test_all_are_found_and_none_is_taken(desk: Desk) -> None:
    """However many there are, each message is found once, and can be received again at once."""
    bodies = fill(desk, 23)

    found = dead_letters.find(desk.stack, "email", _ALL)

    assert sorted(letter.body for letter in found.done) == sorted(bodies)
    assert sorted(desk.dead_letters("email")) == sorted(bodies)


def test_no_more_are_shown_than_asked_for(desk: Desk) -> None:
    """A limit ends the search, and what was seen until then stays visible."""
    bodies = fill(desk, 23)

    assert len(dead_letters.find(desk.stack, "email", _ALL, limit=12).done) == 12

    assert desk.operations.count("ReceiveMessage") == 2
    assert len(desk.dead_letters("email")) == len(bodies)


def test_messages_that_come_round_again_are_known(desk: Desk) -> None:
    """A queue that takes longer than its messages stay hidden is left all the same, each message found once."""
    bodies = fill(desk, 15)

    found = dead_letters.find(
        desk.stack, "email", _ALL, progress=lambda _: desk.let_visibility_time_out()
    )

    assert sorted(letter.body for letter in found.done) == sorted(bodies)
    assert found.complete


def test_messages_that_come_round_again_hide_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue in which only known messages come is left, too, and it is told that others may be behind them."""
    fill(desk, 15)
    monkeypatch.setattr(letters, "VISIBILITY_SECONDS", 0)

    for act in (dead_letters.find, dead_letters.redrive, dead_letters.discard):
        assert not act(desk.stack, "email", Selection(order_id="none")).complete


def test_every_server_is_asked(desk: Desk) -> None:
    """A queue counts as empty when it was polled for as long as the stack says."""
    with dead_letters.walk(replace(desk.stack, wait_seconds=1), "email") as way:
        assert list(way.batches()) == []

    (received,) = (call for call in desk.line.calls if call.operation == "ReceiveMessage")
    assert received.parameters["WaitTimeSeconds"] == 1


def test_messages_are_moved_back_as_they_were(desk: Desk) -> None:
    """Each message is in its work queue with body and attributes, and gone from the dead letters."""
    sqs, url = desk.account.sqs, desk.outputs["deadLetterQueueUrls"]["email"]
    body = an_event().to_json()
    attributes: Any = {
        "eventType": {"DataType": "String", "StringValue": "ORDER_CREATED"},
        "digest": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)

    outcome = dead_letters.redrive(desk.stack, "email", _ALL)

    assert (len(outcome.done), outcome.failed) == (1, {})
    (moved,) = desk.messages("email")
    assert (moved["Body"], moved["MessageAttributes"]) == (body, attributes)
    assert desk.dead_letters("email") == []


def test_many_messages_are_moved_back(desk: Desk) -> None:
    """More messages than SQS gives at once are all moved."""
    bodies = fill(desk, 23)

    dead_letters.redrive(desk.stack, "email", _ALL)

    assert sorted(desk.work("email")) == sorted(bodies)
    assert desk.dead_letters("email") == []


def test_large_messages_are_moved_back(desk: Desk) -> None:
    """Messages that are too large to be sent together are sent apart."""
    bodies = [str(number) * 100_000 for number in range(5)]
    for body in bodies:
        desk.dead_letter("email", body)

    dead_letters.redrive(desk.stack, "email", _ALL)

    sent = [
        call.parameters["Entries"]
        for call in desk.line.calls
        if call.operation == "SendMessageBatch"
    ]
    assert [len(entries) for entries in sent] == [2, 2, 1]
    assert sorted(desk.work("email")) == bodies


@pytest.mark.parametrize("queue", ["email", "audit", "orders"])
def test_each_queue_has_its_own_way_back(desk: Desk, queue: str) -> None:
    """Dead letters go back to the queue in which they failed, and to no other."""
    (body,) = fill(desk, 1, queue)

    dead_letters.redrive(desk.stack, queue, _ALL)

    assert {name: desk.work(name) for name in ("email", "audit", "orders")} == {
        "email": [],
        "audit": [],
        "orders": [],
        queue: [body],
    }


def test_one_order_is_moved_back(desk: Desk) -> None:
    """Only the messages about an order are moved, among them both where it is there twice, and the others stay."""
    event, others = an_event(), fill(desk, 12)
    for _ in range(2):
        desk.dead_letter("email", event)

    outcome = dead_letters.redrive(desk.stack, "email", Selection(order_id=event.order_id))

    assert len(outcome.done) == 2
    assert desk.work("email") == [event.to_json()] * 2
    assert sorted(desk.dead_letters("email")) == sorted(others)


def test_hostile_messages_are_moved_back_as_they_are(desk: Desk) -> None:
    """What is no order is moved like everything else, if all are meant; nothing is mended on the way."""
    for body in _HOSTILE:
        desk.dead_letter("email", body)

    dead_letters.redrive(desk.stack, "email", _ALL)

    assert sorted(desk.work("email")) == sorted(_HOSTILE)


def test_a_dry_run_changes_nothing(desk: Desk) -> None:
    """A dry run tells what would be moved, and moves nothing."""
    bodies = fill(desk, 3)

    outcome = dead_letters.redrive(desk.stack, "email", _ALL, dry_run=True)

    assert len(outcome.done) == 3
    assert not {"SendMessageBatch", "DeleteMessageBatch"} & set(desk.operations)
    assert sorted(desk.dead_letters("email")) == sorted(bodies)


def test_messages_that_arrive_meanwhile_are_left_alone(desk: Desk) -> None:
    """A message that fails again while others are still being moved does not go round."""
    fill(desk, 3)
    later = datetime.now(UTC) + timedelta(seconds=5)

    def fail_again(_: int) -> None:
        desk.date(desk.dead_letter("email", "again"), later)

    outcome = dead_letters.redrive(desk.stack, "email", _ALL, progress=fail_again)

    assert len(outcome.done) == 3
    assert desk.dead_letters("email") == ["again"]


def test_what_the_queue_refuses_stays(desk: Desk) -> None:
    """A message that its work queue does not take is told, and is still a dead letter."""
    fill(desk, 1)

    with desk.line.refusing_entries("SendMessageBatch", 0):
        outcome = dead_letters.redrive(desk.stack, "email", _ALL)

    assert (outcome.done, list(outcome.failed.values())) == ([], ["InternalError"])
    assert (len(desk.dead_letters("email")), desk.work("email")) == (1, [])


def test_what_cannot_be_deleted_is_told(desk: Desk) -> None:
    """A message that was moved and could not be deleted is told, so that nobody takes it for another failure."""
    fill(desk, 1)

    with desk.line.refusing_entries("DeleteMessageBatch", 0):
        outcome = dead_letters.redrive(desk.stack, "email", _ALL)

    assert (outcome.done, list(outcome.failed.values())) == ([], ["InternalError"])
    assert len(desk.dead_letters("email")) == len(desk.work("email")) == 1


def test_without_the_right_to_send_nothing_moves(desk: Desk) -> None:
    """Where AWS refuses the move, every message is visible among the dead letters at once."""
    bodies = fill(desk, 12)

    with (
        desk.line.refusing("SendMessageBatch", "AccessDenied"),
        pytest.raises(desk.account.sqs.exceptions.ClientError, match="AccessDenied"),
    ):
        dead_letters.redrive(desk.stack, "email", _ALL)

    assert sorted(desk.dead_letters("email")) == sorted(bodies)


@pytest.mark.parametrize("act", [dead_letters.redrive, dead_letters.discard])
def test_what_was_done_before_an_error_is_told(desk: Desk, act: Any) -> None:
    """Where AWS refuses half-way, what was done is told with what it said, and another run does the rest."""
    bodies = fill(desk, 23)

    with desk.line.refusing(
        "DeleteMessageBatch", "ServiceUnavailable", where=third(desk, "DeleteMessageBatch")
    ):
        outcome = act(desk.stack, "email", _ALL)

    assert (len(outcome.done), outcome.complete) == (20, False)
    assert outcome.problem == "AWS refused DeleteMessageBatch: Refused (ServiceUnavailable)"
    assert (len(act(desk.stack, "email", _ALL).done), desk.dead_letters("email")) == (3, [])
    if act is dead_letters.redrive:
        assert set(desk.work("email")) == set(bodies)


def test_what_was_done_of_ten_before_an_error_is_told(desk: Desk) -> None:
    """Of messages that are received together and sent apart, those that were moved before an error are told as well."""
    for number in range(3):
        desk.dead_letter("email", str(number) * 200_000)

    with desk.line.refusing(
        "SendMessageBatch", "ServiceUnavailable", where=third(desk, "SendMessageBatch")
    ):
        outcome = dead_letters.redrive(desk.stack, "email", _ALL)

    assert (len(outcome.done), outcome.complete) == (2, False)
    assert len(desk.dead_letters("email")) == 1


def third(desk: Desk, operation: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a call is the third of its operation."""
    return lambda _: desk.operations.count(operation) >= 3


def test_without_the_right_to_make_visible_again(desk: Desk) -> None:
    """Where AWS refuses to make messages visible again, that is told, unless something worse has happened before."""
    fill(desk, 1)

    with desk.line.refusing("ChangeMessageVisibilityBatch", "AccessDenied"):
        with pytest.raises(
            desk.account.sqs.exceptions.ClientError, match="ChangeMessageVisibilityBatch"
        ):
            dead_letters.find(desk.stack, "email", _ALL)
        desk.let_visibility_time_out()
        with (
            desk.line.refusing("SendMessageBatch", "AccessDenied"),
            pytest.raises(desk.account.sqs.exceptions.ClientError, match="SendMessageBatch"),
        ):
            dead_letters.redrive(desk.stack, "email", _ALL)


def test_a_stopped_run_hides_nothing(desk: Desk) -> None:
    """When a run is interrupted, the messages that it has seen and not moved are visible again at once."""
    bodies = fill(desk, 22)
    none = Selection(order_id="none")
    dead_letters.redrive(desk.stack, "email", none)
    calls = len(desk.line.calls)
    assert desk.operations.count("ChangeMessageVisibilityBatch") == 3

    for call in range(calls):
        with desk.line.cut(call, before=True, dead=False), pytest.raises(KeyboardInterrupt):
            dead_letters.redrive(desk.stack, "email", none)
        assert desk.hidden("email") == 0, call
    assert sorted(desk.dead_letters("email")) == sorted(bodies)


def test_a_run_may_be_stopped_anywhere_and_run_again(desk: Desk) -> None:
    """At whichever call a run is interrupted or killed, another one completes it, and no message is lost."""
    bodies = sorted(fill(desk, 11))
    dead_letters.redrive(desk.stack, "email", _ALL)
    calls = len(desk.line.calls)
    assert sorted(desk.work("email")) == bodies
    assert calls >= 8

    for call in range(calls):
        for before, dead in ((True, False), (False, True)):
            _send(desk, bodies)
            with desk.line.cut(call, before=before, dead=dead), pytest.raises(KeyboardInterrupt):
                dead_letters.redrive(desk.stack, "email", _ALL)
            assert dead or desk.hidden("email") == 0, call
            desk.let_visibility_time_out()
            dead_letters.redrive(desk.stack, "email", _ALL)
            assert set(desk.work("email")) == set(bodies), (call, before, dead)
            assert desk.dead_letters("email") == [], (call, before, dead)


def _send(desk: Desk, bodies: list[str]) -> None:
    sqs, url = desk.account.sqs, desk.outputs["deadLetterQueueUrls"]["email"]
    for some in (bodies[:10], bodies[10:]):
        entries: Any = [
            {"Id": str(number), "MessageBody": body} for number, body in enumerate(some)
        ]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)


def test_only_what_is_meant_is_thrown_away(desk: Desk) -> None:
    """Of several messages one alone can be thrown away, and no queue gets it."""
    others = fill(desk, 12)
    message_id = desk.dead_letter("email", "no JSON")

    outcome = dead_letters.discard(
        desk.stack, "email", Selection(message_ids=frozenset({message_id}))
    )

    assert ids(outcome) == [message_id]
    assert sorted(desk.dead_letters("email")) == sorted(others)
    assert desk.work("email") == []


def test_hidden_messages_are_told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Messages that somebody else is looking at cannot be seen, and their number is told."""
    fill(desk, 3)
    desk.account.sqs.receive_message(
        QueueUrl=desk.outputs["deadLetterQueueUrls"]["email"], MaxNumberOfMessages=2
    )

    for outcome in (
        dead_letters.find(desk.stack, "email", _ALL),
        dead_letters.redrive(desk.stack, "email", _ALL, dry_run=True),
    ):
        assert (len(outcome.done), outcome.hidden) == (1, 2)
        render.letters("email", outcome).show(as_json=False)
        assert "2 messages not seen" in capsys.readouterr().out


def test_without_a_queue_to_go_back_to(desk: Desk) -> None:
    """Dead letters of what has no work queue are not moved anywhere."""
    outputs = desk.stack.outputs.model_copy(update={"queue_urls": {}})

    with pytest.raises(OperatorError, match="no queue 'email' to move dead letters back to"):
        dead_letters.redrive(replace(desk.stack, outputs=outputs), "email", _ALL)


def test_unknown_queues_are_refused_by_name(desk: Desk) -> None:
    """A queue that is not there is answered with those that are."""
    for act in (dead_letters.find, dead_letters.redrive, dead_letters.discard):
        with pytest.raises(OperatorError, match="there are audit, email, orders, relay"):
            act(desk.stack, "e-mail", _ALL)


@pytest.mark.parametrize("body", [body for body in _HOSTILE if '"orderId": "' not in body])
def test_what_is_no_order_is_shown_as_such(
    desk: Desk, capsys: pytest.CaptureFixture[str], body: str
) -> None:
    """Whatever a message holds, it is listed by its ID, without an order's."""
    message_id = desk.dead_letter("email", body)

    render.letters("email", dead_letters.find(desk.stack, "email", _ALL)).show(as_json=True)

    (shown,) = json.loads(capsys.readouterr().out)["messages"]
    assert (shown["messageId"], shown["orderId"]) == (message_id, None)


def test_foreign_messages_are_shown_harmlessly(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """No message can write to the operator's terminal or show an address, whatever it calls an order's ID."""
    for order_id in ("\x1b[31mred", "[bold]loud[/bold]", "jane.roe@example.com", "x" * 10_000):
        desk.dead_letter("email", json.dumps({"orderId": order_id}))
    found = dead_letters.find(desk.stack, "email", _ALL)

    for as_json in (True, False):
        render.letters("email", found).show(as_json=as_json)
        shown = capsys.readouterr().out
        assert "\x1b" not in shown
        assert "[bold]loud[/bold]" in shown
        assert "jane.roe" not in shown
        assert "x" * 300 not in shown
