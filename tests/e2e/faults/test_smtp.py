"""A mail server that refuses, and a secret that may not be read, where confirmations leave through SMTP."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.faults.support.rig import give_back_after, reconfigure
from tests.e2e.support.role_permissions import without
from tests.e2e.support.variants import deployed
from tests.support.mail_server import PASSWORD, USER, MailServer, certificate_authority, mail_server
from tests.support.polling import eventually, never

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.stack import LocalStack

pytestmark = pytest.mark.thorough


def test_what_the_mail_server_does_not_take_is_sent_once_when_it_does(
    stack: LocalStack, tmp_path: Path
) -> None:
    """Orders are accepted and audited meanwhile; their dead letters, redriven, become one e-mail each."""
    trusted = tmp_path / "ca.pem"
    with mail_server(certificate_authority(trusted)) as server:
        smtp = _deployed(stack, server.port, trusted)
        with without(smtp, "email", "secretsmanager:GetSecretValue"):
            first, letter = _dead_letter(smtp)
        with _busy(server):
            second, another = _dead_letter(smtp)
        assert server.messages == []
        for body in (letter, another, letter):
            smtp.client("sqs").send_message(
                QueueUrl=smtp.outputs["queueUrls"]["email"], MessageBody=body
            )
        eventually(lambda: len(server.messages) == 2, "two e-mails", timeout=30)
        never(lambda: len(server.messages) > 2, "a third e-mail")
    sent = Counter(str(message["Subject"]).rpartition("#")[2] for message in server.messages)
    assert sent == {first: 1, second: 1}


def _deployed(stack: LocalStack, port: int, trusted: Path) -> LocalStack:
    secret = json.dumps({"username": USER, "password": PASSWORD})
    arn = stack.client("secretsmanager").create_secret(Name="faults-smtp", SecretString=secret)[
        "ARN"
    ]
    config = {
        "emailTransport": "smtp",
        "smtpHost": "localhost",
        "smtpPort": str(port),
        "smtpSecretArn": arn,
    }
    smtp = deployed(stack.emulator, "faults-smtp", **config)
    reconfigure(smtp, "email", {"SSL_CERT_FILE": str(trusted)})
    give_back_after(smtp, "email", 1)
    return smtp


def _dead_letter(smtp: LocalStack) -> tuple[str, str]:
    """Send an order that cannot be confirmed; its ID, and what lies in the dead-letter queue in the end."""
    answer = smtp.post()
    assert answer.status_code == 200
    order_id = str(answer.json()["orderId"])
    smtp.await_audit(order_id)
    body = smtp.await_dead_letter("email")["Body"]
    assert json.loads(body)["orderId"] == order_id
    return order_id, str(body)


@contextlib.contextmanager
def _busy(server: MailServer) -> Iterator[None]:
    """The server takes nothing, for now."""

    async def refuse(*_: Any) -> str:
        return "451 Try again later"

    vars(server)["handle_DATA"] = (
        refuse  # aiosmtpd looks for its handlers whenever somebody connects
    )
    try:
        yield
    finally:
        del vars(server)["handle_DATA"]
