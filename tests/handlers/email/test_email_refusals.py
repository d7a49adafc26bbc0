"""Permanently rejected recipients are recorded; every other failure is retried."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from handlers.email.refusals import smtp_refusal
from tests.support.deliveries import an_event, failures, queue_batch
from tests.support.functions import SENDER

if TYPE_CHECKING:
    from handlers.events.order_created import OrderCreated
    from tests.support.mock_account import MockAccount

_SERVICE = {"environment": "test", "service": "email"}
_RECIPIENT = "jane.roe@example.com"
_NOT_VERIFIED = (
    "Email address is not verified. "
    "The following identities failed the check in region EU-CENTRAL-1: "
)

# Addresses that the API refuses, in events that were published before it did.
HOSTILE_ADDRESSES = [
    "=?utf-8?q?mallory=40evil.example=2C?=shop@example.com",
    "=?x?q?=41=42?=@b.co",
    "=?utf-8?q?=0D=0A?=@b.co",
    "=?utf-8?q?=00?=@b.co",
    "=?utf-8?b?bWFsbG9yeUBldmlsLmV4YW1wbGUs?=@example.com",
    "jane@example.com, mallory@evil.example",
    "jane@example.com;mallory@evil.example",
    "jane@example.com mallory@evil.example",
    "jane@example.com\r\nRCPT TO:<mallory@evil.example>",
    "jane@example.com>\r\nDATA",
    "jane@example.com\nBcc: mallory@evil.example",
    "Jane <mallory@evil.example>",
    "<mallory@evil.example>",
    "friends: mallory@evil.example, joe@evil.example;",
    '"mallory@evil.example, "@example.com',
    "jane(mallory@evil.example)@example.com",
    "@evil.example:jane@example.com",
    "jane@[192.0.2.1]",
    "jane\uff20example.com",
    "jane@bücher.example",
    "jané@example.com",
    "jane@",
    "jane",
    "",
    "a" * 65 + "@example.com",
    "\u200bjane@example.com",
]


def is_rejected(account: MockAccount, event: OrderCreated) -> None:
    """The event succeeds without an email, recorded, logged and counted; also when redelivered."""
    assert account.console.metric("EmailsRejected") == [(1, _SERVICE)]
    assert account.console.metric("EmailsFailed") == account.console.metric("EmailsSent") == []
    logged = account.console.log("Recipient rejected")
    assert (logged["level"], logged["orderId"], logged["correlationId"]) == (
        "WARNING",
        event.order_id,
        "corr-1",
    )
    (record,) = account.email_records()
    assert record["status"] == {"S": "COMPLETED"}
    assert '"outcome": "REJECTED"' in record["data"]["S"]

    assert failures(account.invoke("email", queue_batch(event))) == []
    assert account.operations == ["BatchExecuteStatement", "UpdateItem"]
    assert account.console.metric("EmailsRejected") == account.console.metric("EmailsSent") == []


@pytest.mark.parametrize("address", HOSTILE_ADDRESSES, ids=ascii)
def test_invalid_address_gets_no_email(account: MockAccount, address: str) -> None:
    """An event with an invalid address is recorded without an email, and is no dead letter."""
    event = replace(an_event(customerEmail="jane@example.com"), customer_email=address)

    assert failures(account.invoke("email", queue_batch(event))) == []

    assert account.emails() == []
    assert account.operations == ["BatchExecuteStatement", "UpdateItem"]
    logged = account.console.log("Recipient rejected")
    assert logged["recipient"] == "***"
    assert logged["reason"].startswith("Must be a valid email address")
    assert "mallory" not in account.console.getvalue()
    is_rejected(account, event)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("MessageRejected", _NOT_VERIFIED + _RECIPIENT),
        ("MessageRejected", _NOT_VERIFIED + "Jane.Roe@Example.com"),
        ("MessageRejected", "Address blacklisted."),
        ("MessageRejected", "Address is on the suppression list"),
        ("MessageRejected", "Recipient address rejected: user unknown"),
        ("MessageRejected", f"Email address not verified {_RECIPIENT}"),
        ("BadRequestException", "Domain contains illegal character"),
        ("BadRequestException", "Domain contains control or whitespace"),
        ("BadRequestException", "Domain starts with dot"),
        ("BadRequestException", "Local address contains control or whitespace"),
        ("BadRequestException", "Local address contains illegal character"),
        ("BadRequestException", "Local address starts with dot"),
        ("BadRequestException", "Missing final '@domain'"),
        ("BadRequestException", "Missing domain"),
        ("BadRequestException", "Illegal address"),
        ("BadRequestException", "Invalid email address jane.roe@example.com."),
    ],
)
def test_recipient_that_ses_rejects_is_recorded(
    account: MockAccount, code: str, message: str
) -> None:
    """A recipient that SES rejects is recorded and not retried."""
    event = an_event()
    with account.connection.refusing("SendEmail", code, message=message):
        assert failures(account.invoke("email", queue_batch(event))) == []
    assert account.console.log("Recipient rejected")["recipient"] == "j***@example.com"
    assert "jane.roe" not in account.console.getvalue().lower()
    is_rejected(account, event)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("MessageRejected", _NOT_VERIFIED + SENDER),
        ("MessageRejected", _NOT_VERIFIED + f"{SENDER}, {_RECIPIENT}"),
        ("MessageRejected", _NOT_VERIFIED + f"{_RECIPIENT}, ..."),
        ("MessageRejected", _NOT_VERIFIED + "shop.example.com"),
        ("MessageRejected", "Email content contains a virus"),
        ("MessageRejected", f"Email address not verified {SENDER}"),
        (
            "MessageRejected",
            (
                "Sending paused for this account. "
                "For more information, please check the inbox of the email"
            ),
        ),
        ("BadRequestException", "Illegal content"),
        ("BadRequestException", "1 validation error detected"),
        ("BadRequestException", "MAIL FROM domain contains an error"),
        ("AccountSuspendedException", "Your account is suspended for jane.roe@example.com"),
        ("SendingPausedException", "Sending paused"),
        ("MailFromDomainNotVerifiedException", "Domain contains nothing"),
        ("NotFoundException", "Configuration set <email> does not exist"),
        ("LimitExceededException", "Daily message quota exceeded"),
        ("TooManyRequestsException", "Maximum sending rate exceeded"),
        (
            "AccessDeniedException",
            "User is not authorized to perform ses:SendEmail on resource identity/jane.roe",
        ),
    ],
)
def test_errors_about_all_orders_are_retried(account: MockAccount, code: str, message: str) -> None:
    """SES errors about the sender, the account or a temporary fault are retried."""
    batch = queue_batch(an_event())
    with account.connection.refusing("SendEmail", code, message=message):
        assert failures(account.invoke("email", batch)) == ["message-0"]
    assert account.console.metric("EmailsFailed") == [(1, _SERVICE)]
    assert account.console.metric("EmailsRejected") == []
    assert account.email_records() == []

    assert failures(account.invoke("email", batch)) == []
    assert len(account.emails()) == 1


def test_unverified_sender_as_recipient_is_retried(account: MockAccount) -> None:
    """An unverified address that is sender and recipient affects all orders, and is retried."""
    with account.connection.refusing(
        "SendEmail", "MessageRejected", message=_NOT_VERIFIED + SENDER
    ):
        assert failures(account.invoke("email", queue_batch(an_event(customerEmail=SENDER)))) == [
            "message-0"
        ]


def test_rejected_recipient_does_not_hold_up_its_batch(account: MockAccount) -> None:
    """One rejected recipient does not affect the others of its batch."""
    good, bad = an_event(), an_event(customerEmail="nobody@example.com")
    refused = account.connection.refusing(
        "SendEmail",
        "MessageRejected",
        message=_NOT_VERIFIED + "nobody@example.com",
        where=lambda call: "nobody" in str(call["Destination"]),
    )
    with refused:
        assert failures(account.invoke("email", queue_batch(bad, good))) == []
    assert account.console.log("Confirmation sent")["orderId"] == good.order_id


def test_rejection_that_is_not_recorded_fails(account: MockAccount) -> None:
    """If a rejection cannot be recorded, the message fails and is redelivered."""
    with account.connection.refusing("UpdateItem", "AccessDeniedException"):
        assert failures(account.invoke("email", queue_batch(an_event(customerEmail="jane")))) == [
            "message-0"
        ]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (
            "550 5.1.1 <jane.roe@example.com>: Recipient rejected: User unknown in relay table",
            "SMTP 550 5.1.1",
        ),
        ("550 5.1.1", "SMTP 550 5.1.1"),
        ("550 5.1.2 No such domain", "SMTP 550 5.1.2"),
        ("501 5.1.3 Bad recipient address syntax", "SMTP 501 5.1.3"),
        ("553 5.1.3 Invalid address format", "SMTP 553 5.1.3"),
        ("551 5.1.6 User has moved", "SMTP 551 5.1.6"),
        ("556 5.1.10 Recipient address has null MX", "SMTP 556 5.1.10"),
        ("550 5.2.1 Mailbox disabled", "SMTP 550 5.2.1"),
        ("554 5.1.1 User unknown", "SMTP 554 5.1.1"),
        ("550 5.0.0 User unknown", "SMTP 550"),
        ("550 No such user here", "SMTP 550"),
        ("550 jane.roe@example.com... User unknown", "SMTP 550"),
        ("551 User not local", "SMTP 551"),
        ("553 Mailbox name not allowed", "SMTP 553"),
        ("550 5.7.1 Relaying denied", None),
        ("550 5.7.1 Sender rejected", None),
        ("550 5.7.26 Unauthenticated sender", None),
        ("550 5.1.7 Sender address rejected", None),
        ("550 5.1.8 Sender's domain does not exist", None),
        ("550 5.4.4 Unable to route", None),
        ("550 5.5.1 Bad sequence", None),
        ("550 5.3.4 Message too big", None),
        ("550 5.6.0 Content", None),
        ("550 Relaying denied", None),
        ("550 relay not permitted", None),
        ("550 Authentication required", None),
        ("550 Sender verify failed", None),
        ("550 blocked by policy", None),
        ("553 sorry, that domain isn't in my list of allowed rcpthosts", None),
        ("530 5.7.0 Authentication required", None),
        ("535 5.7.8 Bad credentials", None),
        ("503 Bad sequence of commands", None),
        ("501 Syntax error", None),
        ("552 5.2.2 Mailbox full", None),
        ("552 Exceeded storage allocation", None),
        ("554 Transaction failed", None),
        ("554 5.7.1 Service unavailable; client host blocked", None),
        ("521 Server does not accept mail", None),
        ("450 4.1.1 Try again", None),
        ("450 5.1.1 Confused", None),
        ("451 Local error", None),
        ("452 4.5.3 Too many recipients", None),
        ("421 Closing", None),
        ("252 Cannot verify", None),
    ],
)
def test_smtp_reply_to_a_recipient(reply: str, reason: str | None) -> None:
    """A 5xx reply about the mailbox rejects the recipient; about anything else it does not."""
    code, _, text = reply.partition(" ")
    assert smtp_refusal(int(code), text.encode(), recipient=_RECIPIENT, to_rcpt=True) == reason


@pytest.mark.parametrize(
    ("reply", "reason"), [("550 5.1.1 No", "SMTP 550 5.1.1"), ("550 No", None), ("554 No", None)]
)
def test_smtp_reply_to_the_message(reply: str, reason: str | None) -> None:
    """In a reply to the message, only an enhanced status code can reject the recipient."""
    code, _, text = reply.partition(" ")
    assert smtp_refusal(int(code), text.encode(), recipient=_RECIPIENT, to_rcpt=False) == reason
