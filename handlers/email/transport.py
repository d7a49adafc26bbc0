"""The two ways an e-mail leaves: through SES, or through an SMTP server."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any, Final, Protocol

from handlers.email.message import Message

# 2465 is where SES offers the same: https://docs.aws.amazon.com/ses/latest/dg/smtp-connect.html
_IMPLICIT_TLS_PORTS: Final = (465, 2465)

# For each step of the conversation, of which there are about ten.
_SMTP_TIMEOUT_SECONDS: Final = 5


class Transport(Protocol):
    """Takes a message, and returns when the other side has accepted it."""

    def send(self, message: Message) -> None:
        """Send, or raise what went wrong."""


@dataclass(frozen=True, kw_only=True)
class SesTransport:
    """SES, version 2 of its API; `send_email` is its SendEmail.

    With a configuration set, SES reports deliveries, bounces and complaints where that says.
    """

    sender: str
    configuration_set: str | None = None
    send_email: Callable[..., Any]

    def send(self, message: Message) -> None:
        """Send through SES; the function's role is the credential."""
        simple = {
            "Subject": _utf8(message.subject),
            "Body": {"Text": _utf8(message.text), "Html": _utf8(message.html)},
        }
        reporting = {"ConfigurationSetName": self.configuration_set} if self.configuration_set else {}
        self.send_email(
            FromEmailAddress=self.sender,
            Destination={"ToAddresses": [message.recipient]},
            Content={"Simple": simple},
            **reporting,
        )


@dataclass(frozen=True, kw_only=True)
class SmtpTransport:
    """An SMTP server that speaks TLS; `credentials` fetches `{"username", "password"}` from Secrets Manager."""

    sender: str
    host: str
    port: int
    credentials: Callable[[], dict[str, str]]

    def send(self, message: Message) -> None:
        """Send over a connection of its own; without a valid certificate nothing is sent."""
        with self._connect() as server:
            secret = self.credentials()
            server.login(secret["username"], secret["password"])
            server.send_message(self._mime(message))

    def _connect(self) -> smtplib.SMTP:
        trust = ssl.create_default_context()
        if self.port in _IMPLICIT_TLS_PORTS:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_SMTP_TIMEOUT_SECONDS, context=trust)
        server = smtplib.SMTP(self.host, self.port, timeout=_SMTP_TIMEOUT_SECONDS)
        try:
            server.starttls(context=trust)
        except BaseException:
            server.close()
            raise
        return server

    def _mime(self, message: Message) -> EmailMessage:
        # EmailMessage refuses line breaks in headers, so no value can add a header of its own.
        mail = EmailMessage()
        mail["From"] = self.sender
        mail["To"] = message.recipient
        mail["Subject"] = message.subject
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{message.key}@{self.sender.rpartition('@')[2]}>"
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        return mail


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
