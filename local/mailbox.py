"""The mailbox of a running local stack: the emails that the embedded AWS has sent."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Self

import httpx

from handlers.email.text import isolated
from local.emulator.emulator import sent_emails
from tooling.errors import UserError
from tooling.signing import AccessKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_MESSAGE = SMTPUTF8.clone(linesep="\n")


@dataclass(frozen=True, kw_only=True)
class Email:
    """An email; its number counts from the oldest, 1, so that it stays the same."""

    number: int
    time: str
    sender: str
    to: str
    subject: str
    text: str
    html: str

    @classmethod
    def of(cls, number: int, message: Mapping[str, Any]) -> Self:
        """Read an email as the emulator stores it."""
        time = datetime.fromtimestamp(float(message["Timestamp"]), UTC)
        return cls(
            number=number,
            time=time.isoformat(timespec="seconds"),
            sender=message["Source"],
            to=", ".join([*message["To"], *message["CC"], *message["BCC"]]),
            subject=message["Subject"],
            text=message["BodyText"] or "",
            html=message["BodyHtml"] or "",
        )

    @property
    def line(self) -> str:
        """Number, time, recipient and subject."""
        line = f"{self.number}  {self.time}  {self.to}  {self.subject}"
        return printable(line.replace("\n", " "))

    @property
    def source(self) -> str:
        """The email as a message, of what the emulator keeps: other headers are lost."""
        message = EmailMessage(policy=_MESSAGE)
        headers = {"From": self.sender, "To": self.to, "Subject": self.subject}
        for name, value in {**headers, "Date": format_datetime(self.at)}.items():
            message[name] = " ".join(value.split())
        message.set_content(self.text, cte="8bit")
        if self.html:
            message.add_alternative(self.html, subtype="html", cte="8bit")
        return message.as_bytes().decode(errors="replace")

    @property
    def order_id(self) -> str:
        """The order's ID as its client knows it; empty for another email than a confirmation."""
        return self.subject.rpartition("#")[2] if "#" in self.subject else ""

    @property
    def at(self) -> datetime:
        """When it was sent."""
        return datetime.fromisoformat(self.time)

    @property
    def data(self) -> dict[str, Any]:
        """The email for programs."""
        return {**vars(self)}


def emails(outputs: Mapping[str, Any]) -> list[Email]:
    """Return the emails of the stack with these outputs, the oldest first."""
    try:
        messages = sent_emails(outputs["awsEndpointUrl"], AccessKey.of_outputs(outputs))
    except httpx.HTTPError as error:
        raise UserError(f"The local stack does not respond: {error}") from error
    return [Email.of(number, message) for number, message in enumerate(messages, 1)]


def numbered(emails: list[Email], number: int) -> Email:
    """Return the email with a number.

    Raises:
        UserError: there is none; says which numbers there are.
    """
    if not 1 <= number <= len(emails):
        range_ = f"the last one is {len(emails)}" if emails else "none has been sent yet"
        raise UserError(f"There is no email {number}; {range_}.")
    return emails[number - 1]


def confirmation_of(emails: Sequence[Email], order_id: str) -> Email | None:
    """Return the first confirmation of the order that a client knows by this ID."""
    shown_id = isolated(order_id)  # as in `handlers/email/message.py`
    return next((email for email in emails if email.order_id == shown_id), None)


def printable(text: str) -> str:
    """Return a client's text without the characters that control a terminal."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _controls(each) else each for each in text)


def _controls(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character not in "\n\t"
