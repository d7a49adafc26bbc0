"""An SMTP server that refuses emails, and a secret that cannot be read."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.faults.support.rig import reconfigure
from tests.e2e.support.role_permissions import without
from tests.e2e.support.variants import deploy_variant, smtp
from tests.support.mail_server import MailServer, certificate_authority, mail_server
from tests.support.polling import eventually, never

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.support.stack import LocalStack

pytestmark = pytest.mark.thorough


def test_a_refused_email_is_sent_once_after_a_redrive(stack: LocalStack, tmp_path: Path) -> None:
    """Orders are accepted and audited meanwhile; their dead letters, redriven, are sent once."""
    ca_file = tmp_path / "ca.pem"
    with mail_server(certificate_authority(ca_file)) as server:
        own = deploy_variant(
            stack.emulator, "faults-smtp", **smtp(stack.emulator, "faults-smtp", server)
        )
        reconfigure(own, "email", {"SSL_CERT_FILE": str(ca_file)})
        # Longer than an attempt, which would send the email when the server accepts it again.
        own.set_retries("email", seconds=60)
        with without(own, "email", "secretsmanager:GetSecretValue"):
            first, letter = _dead_letter(own)
        with _refusing(server):
            second, another = _dead_letter(own)
        assert server.messages == []
        for body in (letter, another, letter):
            own.send_message("email", body)
        eventually(lambda: len(server.messages) == 2, "two emails")
        never(lambda: len(server.messages) > 2, "a third email")
    emails = Counter(str(message["Subject"]).rpartition("#")[2] for message in server.messages)
    assert emails == {first: 1, second: 1}


def _dead_letter(stack: LocalStack) -> tuple[str, str]:
    """Send an order that cannot be confirmed; return its ID and its dead letter."""
    response = stack.post()
    assert response.status_code == 200
    order_id = str(response.json()["orderId"])
    stack.await_audit(order_id)
    body = str(stack.await_dead_letter("email")["Body"])
    assert json.loads(body)["orderId"] == order_id
    return order_id, body


@contextlib.contextmanager
def _refusing(server: MailServer) -> Iterator[None]:
    """The server refuses every message for now."""

    async def refuse(*_: Any) -> str:
        return "451 Try again later"

    vars(server)["handle_DATA"] = refuse  # aiosmtpd looks its handlers up for every connection
    try:
        yield
    finally:
        del vars(server)["handle_DATA"]
