"""The demo succeeds only when all that it promises has been seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from local import demo
from local.calls import Caller
from local.emulator import Emulator
from local.smoke_test import SmokeTest
from tooling.errors import UserError

_URL = "http://127.0.0.1:4566/_aws/execute-api/0123abcd/$default/orders"
_MAIL = {
    "To": ["john.doe@example.com"],
    "Subject": "Order Confirmation - Order #o-1",
    "BodyText": "Hello John",
}


@dataclass
class Fake(SmokeTest):
    """A smoke_test without a stack: what each hop shows can be set."""

    status: int = 200
    replayed: str | None = "true"
    mail_count: int = 1
    audit_count: int = 1
    keys: list[str] = field(default_factory=list)

    def send(self, key: str) -> httpx.Response:
        """Answer as the API would."""
        self.keys.append(key)
        headers = (
            {"Idempotent-Replayed": self.replayed} if self.replayed and len(self.keys) > 1 else {}
        )
        return httpx.Response(self.status, json={"orderId": "o-1"}, headers=headers)

    def order(self, order_id: str) -> dict[str, Any]:
        """The stored order."""
        return {"orderId": order_id}

    def events(self, order_id: str) -> list[dict[str, Any]]:
        """One event."""
        return [{"orderId": order_id}]

    def emails(self, order_id: str) -> list[dict[str, Any]]:
        """The e-mails."""
        del order_id
        return [_MAIL] * self.mail_count

    def audit_records(self, order_id: str) -> list[dict[str, Any]]:
        """The audit records."""
        return [{"orderId": order_id}] * self.audit_count

    def order_count(self) -> int:
        """One order."""
        return 1


def _show(monkeypatch: pytest.MonkeyPatch, smoke_test: Fake) -> None:
    monkeypatch.setattr(demo, "SmokeTest", lambda *_: smoke_test)
    monkeypatch.setattr(demo, "_SETTLE_SECONDS", 0)
    demo.show(Emulator(), {"ordersUrl": _URL}, Caller(url=_URL), timeout=0.1)


def test_shows_every_hop_and_the_replay(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer, the order, the event, the email as text, the audit record, the times, and the counts, all whole."""
    smoke_test = Fake()
    monkeypatch.setenv("COLUMNS", "20")
    _show(monkeypatch, smoke_test)
    shown = capsys.readouterr().out
    for title in (
        "The answer: 200",
        "The stored order",
        "The event",
        "The email",
        "Hello John",
        "The audit record",
    ):
        assert title in shown
    assert f"POST {_URL}\n" in shown
    assert "ms since the request" in shown
    assert "200, replayed" in shown
    assert smoke_test.keys[0] == smoke_test.keys[1]


def test_a_queued_order_is_the_same_without_being_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where orders are queued no answer is marked as replayed, and still there is one of each."""
    _show(monkeypatch, Fake(status=202, replayed=None))


@pytest.mark.parametrize(
    ("smoke_test", "sentence"),
    [
        (Fake(status=503), "refused the sample order with 503"),
        (Fake(mail_count=0), r"^Missing after 0\.1 s: the email\.$"),
        (Fake(mail_count=0, audit_count=0), "the email, the audit record"),
        (Fake(mail_count=2), "left 2 emails, where there must be one of each"),
        (Fake(replayed="false"), "Idempotent-Replayed: true was missing"),
    ],
)
def test_says_what_was_missing(
    monkeypatch: pytest.MonkeyPatch, smoke_test: Fake, sentence: str
) -> None:
    """Whatever does not hold is an error that names it."""
    with pytest.raises(UserError, match=sentence):
        _show(monkeypatch, smoke_test)


def test_says_that_the_api_does_not_answer(emulator: Emulator) -> None:
    """A connection that fails is a sentence, too."""
    topic = emulator.client("sns").create_topic(Name="demo")["TopicArn"]
    smoke_test = SmokeTest(emulator, {"topicArn": topic, "ordersUrl": "http://127.0.0.1:9/orders"})
    with pytest.raises(UserError, match="did not answer"):
        smoke_test.send("key")
