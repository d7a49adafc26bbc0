"""Dead letters on the console: reasons, redrive, and discard after a confirmation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.deliveries import queue_batch
from tests.support.polling import eventually

if TYPE_CHECKING:
    from tests.local.console.support import Browser
    from tests.orderctl.support.operator import OperatorStack


def _fail(operator: OperatorStack, message_id: str, body: str) -> None:
    """Let the email function receive a message for the third time and fail."""
    batch = queue_batch(body)
    record = batch["Records"][0]
    record |= {"messageId": message_id, "attributes": {"ApproximateReceiveCount": "3"}}
    operator.invoke("email", batch)


def test_a_dead_letter_has_its_reason(browser: Browser, operator: OperatorStack) -> None:
    """It has its order, age and attempts, and the last error in the log of its function."""
    message_id = operator.add_dead_letter("email", '{"orderId": "ORDER-1"}')
    _fail(operator, message_id, '{"orderId": "ORDER-1"}')

    page = browser.get("/dead-letters").text

    assert 'href="/orders/ORDER-1"' in page
    assert "attempt 3" in page
    assert "validation errors for OrderCreated" in page
    assert " s ago" in page


def test_a_dead_letter_without_a_log_line_says_so(
    browser: Browser, operator: OperatorStack
) -> None:
    """What SNS could not deliver, or other software sent, has no failed attempt in the log."""
    operator.add_dead_letter("email", "no JSON")
    assert "No failed attempt is in the log" in browser.get("/dead-letters").text


def test_a_reason_may_arrive_after_its_dead_letter(
    browser: Browser, operator: OperatorStack
) -> None:
    """A log line that is later than the dead letter is found, though the queue has not changed."""
    message_id = operator.add_dead_letter("email", '{"orderId": "ORDER-1"}')
    assert "No failed attempt is in the log" in browser.get("/dead-letters").text

    _fail(operator, message_id, '{"orderId": "ORDER-1"}')

    eventually(
        lambda: "validation errors for OrderCreated" in browser.get("/dead-letters").text,
        "the reason",
        timeout=10,
    )


def test_a_hidden_dead_letter_is_shown_when_it_is_visible(
    browser: Browser, operator: OperatorStack
) -> None:
    """What another reader had hidden is read as soon as it is back: the count is the same."""
    operator.add_dead_letter("email", '{"orderId": "ORDER-1"}')
    operator.dead_letters_in_flight("email")
    assert "ORDER-1" not in browser.get("/dead-letters").text

    operator.expire_visibility_timeouts()

    eventually(lambda: "ORDER-1" in browser.get("/dead-letters").text, "the order", timeout=10)


def test_a_dead_letter_of_the_relay_names_its_orders(
    browser: Browser, operator: OperatorStack
) -> None:
    """A stream batch shows its orders while the stream has them, and why Lambda has stopped."""
    order_id = operator.store_order()["orderId"]
    operator.add_relay_dead_letter(order_id)
    operator.add_relay_dead_letter(streamArn="arn:aws:another", batchSize=7)

    page = browser.get("/dead-letters").text

    assert f'href="/orders/{order_id}"' in page
    assert "7 records that the stream no longer has" in page
    assert "The relay failed as often as it is retried." in page


def test_bodies_are_masked(browser: Browser, operator: OperatorStack) -> None:
    """Email addresses in bodies are masked, as orderctl masks them."""
    operator.add_dead_letter("email", '{"customerEmail": "jane.roe@example.com"}')
    page = browser.get("/dead-letters").text
    assert "j***@example.com" in page
    assert "jane.roe" not in page


def test_one_dead_letter_is_redriven(browser: Browser, operator: OperatorStack) -> None:
    """A redrive of one dead letter leaves the others, and the page shows the result at once."""
    wanted = operator.add_dead_letter("email", '{"orderId": "wanted"}')
    operator.add_dead_letter("email", '{"orderId": "other"}')
    assert "wanted" in browser.get("/dead-letters").text

    page = browser.post("/dead-letters/email/redrive", messages=wanted).text

    assert "1 message moved back." in page
    assert "/orders/wanted" not in page
    assert operator.work_messages("email") == ['{"orderId": "wanted"}']
    assert operator.dead_letters("email") == ['{"orderId": "other"}']


def test_all_dead_letters_of_a_queue_are_redriven(
    browser: Browser, operator: OperatorStack
) -> None:
    """A redrive of all moves every dead letter of this queue alone."""
    bodies = operator.add_dead_letters(12)
    operator.add_dead_letter("audit", "stays")
    page = browser.post("/dead-letters/email/redrive", all="yes").text
    assert "12 messages moved back." in page
    assert sorted(operator.work_messages("email")) == sorted(bodies)
    assert operator.dead_letters("audit") == ["stays"]


def test_orders_of_the_relays_dead_letters_are_published(
    browser: Browser, operator: OperatorStack
) -> None:
    """A redrive of the relay's dead letter publishes its orders."""
    order_id = operator.store_order()["orderId"]
    operator.add_relay_dead_letter(order_id)
    assert "1 message published." in browser.post("/dead-letters/relay/redrive", all="yes").text
    assert operator.published() == [order_id]


def test_hidden_dead_letters_are_counted(browser: Browser, operator: OperatorStack) -> None:
    """Messages that another program is reading are counted, and a redrive does not claim them."""
    operator.add_dead_letter("email", "hidden")
    operator.dead_letters_in_flight("email")

    assert "1 in flight" in browser.get("/dead-letters").text
    page = browser.post("/dead-letters/email/redrive", all="yes").text
    assert "0 messages moved back." in page
    assert "1 message not seen: in flight in another run" in page


def test_discarding_asks_first(browser: Browser, operator: OperatorStack) -> None:
    """The question deletes nothing; the confirmation deletes what was shown, and nothing newer."""
    shown = operator.add_dead_letter("email", '{"orderId": "shown"}')
    question = browser.get("/dead-letters/email/discard").text
    assert "Discard 1 dead letter of email?" in question
    assert f'name="messages" value="{shown}"' in question
    assert "hidden_count" not in question
    operator.add_dead_letter("email", "newer")

    page = browser.post("/dead-letters/email/discard", messages=shown).text

    assert "1 message deleted." in page
    assert operator.dead_letters("email") == ["newer"]
    assert operator.work_messages("email") == []


@pytest.mark.parametrize("action", ["redrive", "discard"])
def test_what_is_not_there_is_reported(
    browser: Browser, operator: OperatorStack, action: str
) -> None:
    """Unknown queues and messages, and a form without either, change nothing and say why."""
    operator.add_dead_letter("email", "stays")
    unknown = browser.post(f"/dead-letters/nowhere/{action}", messages="a").text
    assert "Unknown queue &#39;nowhere&#39;" in unknown
    missing = browser.post(f"/dead-letters/email/{action}", messages="a").text
    assert "There is no such message among the dead letters of email." in missing
    assert "No dead letter is named." in browser.post(f"/dead-letters/email/{action}").text
    assert operator.dead_letters("email") == ["stays"]


def test_the_question_says_what_is_not_there(browser: Browser, operator: OperatorStack) -> None:
    """A question about nothing is none."""
    operator.add_dead_letter("email", "stays")
    assert "no such message" in browser.get("/dead-letters/email/discard?message=a").text
    assert "No dead letters." in browser.get("/dead-letters/audit/discard").text
    assert "Unknown queue" in browser.get("/dead-letters/nowhere/discard").text


def test_failures_are_shown_by_message(browser: Browser, operator: OperatorStack) -> None:
    """A dead letter that could not be redriven stays, with the reason."""
    operator.add_relay_dead_letter(streamArn="arn:aws:another")
    page = browser.post("/dead-letters/relay/redrive", all="yes").text
    assert "stays: it names no batch of the orders table" in page
    assert "1 dead letter of relay could not be processed." in page


def test_long_bodies_and_many_dead_letters_are_cut(
    browser: Browser, operator: OperatorStack
) -> None:
    """A page stays small: fifty dead letters of a queue, and the beginning of a long body."""
    operator.add_dead_letter("audit", json.dumps({"text": "x" * 100_000}))
    operator.add_dead_letters(60)
    page = browser.get("/dead-letters").text
    assert "50 of 60 are shown." in page
    assert len(page) < 300_000
