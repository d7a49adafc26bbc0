"""Confirmations through an SMTP server with TLS."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from handlers.email.message import Message, confirmation
from tests.handlers.email.test_email_refusals import HOSTILE_ADDRESSES
from tests.support.deliveries import an_event, failures, queue_batch
from tests.support.functions import SENDER
from tests.support.mail_server import (
    PASSWORD,
    SILENCE,
    USER,
    MailServer,
    certificate_authority,
    mail_server,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

    import trustme

    from tests.support.mock_account import MockAccount


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """A certificate authority that this process trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return certificate_authority(tmp_path / "ca.pem")


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[MailServer]:
    """A mail server with a valid certificate."""
    with mail_server(authority) as running:
        yield running


@pytest.fixture
def secret_arn(account: MockAccount) -> Iterator[str]:
    """A secret with the server's credentials."""
    secrets = account.session.client("secretsmanager")
    value = json.dumps({"username": USER, "password": PASSWORD})
    arn = secrets.create_secret(Name="smtp", SecretString=value)["ARN"]
    yield arn
    secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def function(account: MockAccount, server: MailServer, secret_arn: str) -> ModuleType:
    """The email function of a stack with SMTP."""
    return account.functions.load(
        "email",
        {
            "EMAIL_TRANSPORT": "smtp",
            "SMTP_HOST": "localhost",
            "SMTP_PORT": str(server.port),
            "SMTP_SECRET_ARN": secret_arn,
        },
    )


def body(server: MailServer, kind: str) -> str:
    """A body of the last message that a server accepted."""
    part = server.messages[-1].get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_confirmation_arrives_with_both_bodies(
    account: MockAccount, server: MailServer, secret_arn: str
) -> None:
    """The server gets both bodies; the credentials come from Secrets Manager."""
    event = an_event(orderId="ORDER-1", customerName="Zoë Ørsted")

    assert failures(account.invoke(function(account, server, secret_arn), queue_batch(event))) == []

    (mail,) = server.messages
    assert server.users == [USER]
    assert server.recipients == [["jane.roe@example.com"]]
    assert (mail["From"], mail["To"]) == (SENDER, "jane.roe@example.com")
    assert mail["Subject"] == "Order Confirmation - Order #ORDER-1"
    assert mail["Message-ID"] == f"<{event.event_id}@shop.example.com>"
    assert mail["Date"]
    expected = confirmation(event, recipient="jane.roe@example.com")
    assert body(server, "plain").splitlines() == expected.text.splitlines()
    assert body(server, "html").splitlines() == expected.html.splitlines()


def test_credentials_are_fetched_once(
    account: MockAccount, server: MailServer, secret_arn: str
) -> None:
    """Many confirmations read the secret once, and no password is logged."""
    account.invoke(function(account, server, secret_arn), queue_batch(an_event(), an_event()))

    assert len(server.messages) == 2
    assert account.operations.count("GetSecretValue") == 1
    assert PASSWORD not in account.console.getvalue()


def test_longest_order_id_survives_in_the_subject(
    account: MockAccount, server: MailServer, secret_arn: str
) -> None:
    """A subject that is longer than a line is folded, and read in full."""
    event = an_event(orderId="A" * 128)

    account.invoke(function(account, server, secret_arn), queue_batch(event))

    assert server.messages[0]["Subject"] == f"Order Confirmation - Order #{'A' * 128}"


def test_wrong_password_is_reported(
    account: MockAccount, server: MailServer, secret_arn: str
) -> None:
    """If the server refuses the credentials, the message fails, logged without them."""
    secrets = account.session.client("secretsmanager")
    secrets.put_secret_value(
        SecretId=secret_arn, SecretString='{"username": "shop", "password": "hunter2"}'
    )

    assert failures(
        account.invoke(function(account, server, secret_arn), queue_batch(an_event()))
    ) == ["message-0"]

    assert server.messages == []
    assert "SMTPAuthenticationError" in account.console.getvalue()
    assert "hunter2" not in account.console.getvalue()


def assert_refused(account: MockAccount, server: MailServer, secret_arn: str, reason: str) -> None:
    """The message fails with a reason, and neither password nor order was sent."""
    assert failures(
        account.invoke(function(account, server, secret_arn), queue_batch(an_event()))
    ) == ["message-0"]
    assert reason in account.console.log("Message could not be processed")["exception"]
    assert "GetSecretValue" not in account.operations
    assert (server.users, server.messages) == ([], [])


_TLS_ERRORS = {
    "without TLS": "STARTTLS extension not supported",
    "with an untrusted certificate": "CERTIFICATE_VERIFY_FAILED",
    "with another host's certificate": "Hostname mismatch",
}


@pytest.mark.parametrize("server", _TLS_ERRORS)
def test_untrusted_server_gets_nothing(
    account: MockAccount, secret_arn: str, authority: trustme.CA, tmp_path: Path, server: str
) -> None:
    """Nothing, not even the password, is sent to a server without TLS and a valid certificate."""
    servers = {
        "without TLS": lambda: mail_server(None),
        "with an untrusted certificate": lambda: mail_server(
            certificate_authority(tmp_path / "other.pem")
        ),
        "with another host's certificate": lambda: mail_server(authority, host="other.example"),
    }
    with servers[server]() as running:
        assert_refused(account, running, secret_arn, _TLS_ERRORS[server])


def test_server_that_is_gone_is_reported(
    account: MockAccount, authority: trustme.CA, secret_arn: str
) -> None:
    """If no server listens, the message fails."""
    with mail_server(authority) as server:
        pass

    assert_refused(account, server, secret_arn, "ConnectionRefusedError")


@pytest.mark.parametrize("part", ["recipient", "subject"])
def test_no_value_adds_a_header(
    account: MockAccount, server: MailServer, secret_arn: str, part: str
) -> None:
    """A line break in a header value is refused before anything is sent."""
    values = {
        "key": "k",
        "recipient": "jane@example.com",
        "subject": "Order",
        "text": "t",
        "html": "h",
    }
    message = Message(**{**values, part: f"{values[part]}\r\nBcc: all@example.com"})

    with pytest.raises(ValueError, match="linefeed or carriage return"):
        function(account, server, secret_arn).transport.send(message)

    assert server.messages == []


def test_body_cannot_end_the_message(
    account: MockAccount, server: MailServer, secret_arn: str
) -> None:
    """SMTP's end of data in a product name is text in the body."""
    name = "Widget\n.\nMAIL FROM:<x@example.com>"
    item = {"productId": "P", "productName": name, "quantity": 1, "price": 1, "subtotal": 1}

    account.invoke(function(account, server, secret_arn), queue_batch(an_event(items=[item])))

    assert len(server.messages) == 1
    assert "Widget . MAIL FROM:<x@" in body(server, "plain")


def test_hostile_addresses_reach_nobody(
    account: MockAccount, server: MailServer, secret_arn: str
) -> None:
    """Addresses that could mean another recipient, or two, get no mail and are not retried."""
    batch = queue_batch(*(replace(an_event(), customer_email=each) for each in HOSTILE_ADDRESSES))
    handler = function(account, server, secret_arn)

    for _ in range(2):
        assert failures(account.invoke(handler, batch)) == []

    assert (server.users, server.recipients, server.messages) == ([], [], [])


@pytest.mark.parametrize(
    "address", ["=?utf-8?q?mallory=40evil.example=2C?=shop@example.com", "=?x?q?=41=42?=@b.co"]
)
def test_addresses_are_never_decoded(
    account: MockAccount, server: MailServer, secret_arn: str, address: str
) -> None:
    """The envelope has one unchanged recipient; To and From are not decoded."""
    handler = function(account, server, secret_arn)
    sender = "=?utf-8?q?eve=40evil.example=2C?=orders@shop.example.com"
    transport = replace(handler.transport, sender=sender)

    transport.send(Message(key="k", recipient=address, subject="Order", text="t", html="h"))

    assert server.recipients == [[address]]
    (raw,) = server.raw
    assert raw.startswith(f"From: {sender}\r\nTo: {address}\r\n".encode())


def test_accepted_message_counts_as_sent(
    account: MockAccount, server: MailServer, secret_arn: str
) -> None:
    """After acceptance of the message, neither the reply to QUIT nor its lack is a failure."""
    handler = function(account, server, secret_arn)
    for reply in (
        "221 Bye",
        "250 OK",
        "421 Closing",
        "500 What?",
        "no reply at all",
        "9" * 9000,
        "",
        SILENCE,
    ):
        server.replies["QUIT"] = reply
        batch = queue_batch(an_event())
        for _ in range(2):
            assert failures(account.invoke(handler, batch)) == [], reply
        assert len(server.messages) == 1, reply
        server.messages.clear()


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_failure_before_acceptance_is_retried(
    account: MockAccount, server: MailServer, secret_arn: str, command: str
) -> None:
    """A failure at any step before acceptance is retried."""
    handler = function(account, server, secret_arn)
    for reply in (
        "421 Closing",
        "451 Try again",
        "452 Full",
        "530 Log in",
        "550 5.7.1 No",
        "no reply",
    ):
        batch = queue_batch(an_event())
        server.replies[command] = reply
        assert failures(account.invoke(handler, batch)) == ["message-0"], reply
        assert account.console.metric("EmailsRejected") == []

        server.replies.clear()
        assert failures(account.invoke(handler, batch)) == [], reply
        assert server.recipients.pop() == ["jane.roe@example.com"]
    assert server.recipients == []


def test_refused_sender_is_retried(
    account: MockAccount, server: MailServer, secret_arn: str
) -> None:
    """A refused sender affects all orders and is retried, whatever the code."""
    server.replies["MAIL"] = "550 5.1.1 User unknown"
    handler = function(account, server, secret_arn)
    assert failures(account.invoke(handler, queue_batch(an_event()))) == ["message-0"]


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_rejected_recipient_is_recorded(
    account: MockAccount, server: MailServer, secret_arn: str, command: str
) -> None:
    """An unknown mailbox is recorded and not retried; its address is not logged."""
    server.replies[command] = "550 5.1.1 <jane.roe@example.com>: no mailbox of jane.roe"
    handler, batch = function(account, server, secret_arn), queue_batch(an_event())

    assert failures(account.invoke(handler, batch)) == []
    logged = account.console.log("Recipient rejected")
    assert (logged["recipient"], logged["reason"]) == ("j***@example.com", "SMTP 550 5.1.1")
    assert "jane.roe" not in account.console.getvalue()
    assert [value for value, _ in account.console.metric("EmailsRejected")] == [1]

    server.replies.clear()
    assert failures(account.invoke(handler, batch)) == []
    assert server.messages == []


def test_automatic_replies_are_suppressed(
    account: MockAccount, server: MailServer, secret_arn: str
) -> None:
    """Headers suppress automatic replies."""
    account.invoke(function(account, server, secret_arn), queue_batch(an_event()))

    (mail,) = server.messages
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")


def test_message_is_seven_bits(account: MockAccount, server: MailServer, secret_arn: str) -> None:
    """The message has seven bits, for servers without 8BITMIME."""
    account.invoke(
        function(account, server, secret_arn), queue_batch(an_event(customerName="שלום"))
    )

    assert server.raw[0].isascii()
    assert "שלום" in body(server, "plain")
