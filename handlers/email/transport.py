"""Email transports: Amazon SES, or an SMTP server."""

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

from handlers.email.message import Message
from handlers.email.refusals import RecipientRefusedError, ses_refusal, smtp_refusal

# SES offers implicit TLS on port 2465 as well: https://docs.aws.amazon.com/ses/latest/dg/smtp-connect.html
_IMPLICIT_TLS_PORTS: Final = (465, 2465)

# For each of about ten steps of an SMTP session.
_SMTP_TIMEOUT_SECONDS: Final = 5

_OK: Final = 250
_ACCEPTED_RECIPIENT: Final = frozenset({_OK, 251})

# No automatic replies, such as out-of-office replies, to the sender: RFC 3834, and
# https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcmail/ced68690-498a-4567-9d14-5c01f974d8b1
_NO_AUTOMATIC_REPLIES: Final = {
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "All",
}

# Seven bits, so that servers without extensions pass the message on unchanged.
_MIME: Final = policy.SMTP.clone(cte_type="7bit")


class Transport(Protocol):
    """Sends email."""

    def send(self, message: Message) -> None:
        """Send a message, and return when the mail system has accepted it.

        Raises:
            RecipientRefusedError: the mail system permanently rejects the recipient.
        """


@dataclass(frozen=True, kw_only=True)
class SesTransport:
    """Amazon SES; `send_email` is SendEmail of the API v2.

    SES reports deliveries, bounces and complaints as the configuration set says.
    """

    sender: str
    configuration_set: str
    send_email: Callable[..., Any]

    def send(self, message: Message) -> None:
        """Send through SES; the function's role is the credential."""
        simple = {
            "Subject": _utf8(message.subject),
            "Body": {"Text": _utf8(message.text), "Html": _utf8(message.html)},
            "Headers": [
                {"Name": name, "Value": value} for name, value in _NO_AUTOMATIC_REPLIES.items()
            ],
        }
        try:
            self.send_email(
                FromEmailAddress=self.sender,
                Destination={"ToAddresses": [message.recipient]},
                Content={"Simple": simple},
                ConfigurationSetName=self.configuration_set,
            )
        except ClientError as error:
            reason = ses_refusal(
                error.response["Error"], recipient=message.recipient, sender=self.sender
            )
            if reason:
                raise RecipientRefusedError(reason) from error
            raise


@dataclass(frozen=True, kw_only=True)
class SmtpTransport:
    """An SMTP server with TLS; `credentials` returns `{"username", "password"}` of the secret."""

    sender: str
    host: str
    port: int
    credentials: Callable[[], dict[str, str]]

    def send(self, message: Message) -> None:
        """Send over a new connection; without a valid certificate nothing is sent.

        A message that the server has accepted counts as sent, even if the connection fails later.
        """
        mail = self._mime(message)
        server = self._connect()
        try:
            secret = self.credentials()
            server.login(secret["username"], secret["password"])
            self._transmit(server, message.recipient, mail)
        finally:
            _quit(server)

    def _transmit(self, server: smtplib.SMTP, recipient: str, mail: bytes) -> None:
        """Send the message to the envelope recipient; its headers do not matter."""
        code, reply = server.mail(self.sender)
        if code != _OK:
            raise smtplib.SMTPSenderRefused(code, reply, self.sender)
        code, reply = server.rcpt(recipient)
        if code not in _ACCEPTED_RECIPIENT:
            _raise_if_refused(code, reply, recipient, to_rcpt=True)
            raise smtplib.SMTPRecipientsRefused({recipient: (code, reply)})
        code, reply = server.data(mail)
        if code != _OK:
            _raise_if_refused(code, reply, recipient, to_rcpt=False)
            raise smtplib.SMTPDataError(code, reply)

    def _connect(self) -> smtplib.SMTP:
        trust = ssl.create_default_context()
        if self.port in _IMPLICIT_TLS_PORTS:
            return smtplib.SMTP_SSL(
                self.host, self.port, timeout=_SMTP_TIMEOUT_SECONDS, context=trust
            )
        server = smtplib.SMTP(self.host, self.port, timeout=_SMTP_TIMEOUT_SECONDS)
        try:
            server.starttls(context=trust)
        except BaseException:
            server.close()
            raise
        return server

    def _mime(self, message: Message) -> bytes:
        mail = EmailMessage(policy=_MIME)
        mail["Subject"] = message.subject
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{message.key}@{self.sender.rpartition('@')[2]}>"
        for name, value in _NO_AUTOMATIC_REPLIES.items():
            mail[name] = value
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        # EmailMessage would decode an encoded word in an address, which may turn it into two.
        return (
            _address_header("From", self.sender)
            + _address_header("To", message.recipient)
            + mail.as_bytes()
        )


def _address_header(name: str, address: str) -> bytes:
    """Return a header line with an unchanged address.

    Raises:
        ValueError: the address would add a header, or is not ASCII.
    """
    if re.search(r"[\r\n]", address):
        raise ValueError(f"{name} may not contain linefeed or carriage return characters")
    return f"{name}: {address}\r\n".encode("ascii")


def _raise_if_refused(code: int, reply: bytes, recipient: str, *, to_rcpt: bool) -> None:
    if reason := smtp_refusal(code, reply, recipient=recipient, to_rcpt=to_rcpt):
        raise RecipientRefusedError(reason)


def _quit(server: smtplib.SMTP) -> None:
    """Send QUIT and close the connection without waiting for the reply."""
    with contextlib.suppress(OSError):
        server.putcmd("quit")
    with contextlib.suppress(OSError):
        server.close()


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
