"""The demo succeeds only when all that it promises has been seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local import demo
from local.calls import Caller
from local.order_stages import OrderStages
from tooling.errors import UserError

if TYPE_CHECKING:
    from local.emulator.emulator import Emulator

_URL = "http://127.0.0.1:4566/_aws/execute-api/0123abcd/$default/orders"
_MAIL = {
    "To": ["john.doe@example.com"],
    "Subject": "Order Confirmation - Order #o-1",
    "BodyText": "Hello John",
}


@dataclass
class Fake(OrderStages):
    """Stages without a stack: what each stage shows is set by the test."""

    status: int = 200
    replayed: str | None = "true"
    mail_count: int = 1
    audit_count: int = 1
    keys: list[str] = field(default_factory=list)
    caller: Caller = field(default_factory=lambda: Caller(url=_URL))

    def send(self, key: str) -> httpx.Response:
        """Respond as the API would."""
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
        """The emails."""
        del order_id
        return [_MAIL] * self.mail_count

    def audit_records(self, order_id: str) -> list[dict[str, Any]]:
        """The audit records."""
        return [{"orderId": order_id}] * self.audit_count

    def order_count(self) -> int:
        """One order."""
        return 1


def _show(stages: OrderStages) -> None:
    demo.show(stages, timeout=0.1, settle_seconds=0)


def test_shows_every_stage_and_the_replay(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The response, each stage, the times and the counts are printed whole."""
    stages = Fake()
    monkeypatch.setenv("COLUMNS", "20")
    _show(stages)
    output = capsys.readouterr().out
    for title in (
        "Response: 200",
        "Stored order",
        "Event",
        "Email",
        "Hello John",
        "Audit record",
        "Milliseconds since the request",
    ):
        assert title in output
    assert f"POST {_URL}\n" in output
    assert "200, replayed" in output
    assert stages.keys[0] == stages.keys[1]


def test_a_queued_order_has_no_replay_header() -> None:
    """A response of 202 says nothing about a replay, and still there is one of each."""
    _show(Fake(status=202, replayed=None))


@pytest.mark.parametrize(
    ("stages", "sentence"),
    [
        (Fake(status=503), "refused the sample order with 503"),
        (Fake(mail_count=0), r"^Missing after 0\.1 s: the email\.$"),
        (Fake(mail_count=0, audit_count=0), "the email, the audit record"),
        (Fake(mail_count=2), "left 2 emails; there must be one of each"),
        (Fake(replayed="false"), "Idempotent-Replayed: true is missing"),
    ],
)
def test_an_error_names_what_is_missing(stages: Fake, sentence: str) -> None:
    """A refusal, a missing stage, a duplicate and a missing header are errors."""
    with pytest.raises(UserError, match=sentence):
        _show(stages)


def test_an_api_that_does_not_respond_is_named(emulator: Emulator) -> None:
    """A failed connection is one sentence."""
    topic = emulator.client("sns").create_topic(Name="demo")["TopicArn"]
    stages = OrderStages(emulator, {"topicArn": topic, "ordersUrl": "http://127.0.0.1:9/orders"})
    with pytest.raises(UserError, match="did not respond"):
        stages.send("key")
