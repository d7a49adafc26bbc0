"""Permanently rejected recipients: which SMTP replies and SES errors mean one (docs/adr/0026).

Every other failure is retried: it affects all orders, or is temporary.
"""

import re
from collections.abc import Mapping
from typing import Any, Final


class RecipientRefusedError(Exception):
    """The mail system permanently rejects the recipient; the text holds codes, not the address."""


# RFC 5321, section 4.2.2: no such mailbox, not local, mailbox name not allowed.
_MAILBOX_REPLIES: Final = frozenset({550, 551, 553})

# Without an enhanced status code, servers also send these codes for failures that affect every
# recipient, such as "550 Relaying denied".
_ABOUT_THE_SENDER: Final = re.compile(
    r"relay|rcpthosts|auth|sender|polic|spam|block|blacklist|reputation", re.IGNORECASE
)

# RFC 3463: bad destination mailbox, domain or syntax, moved mailbox, null MX (RFC 7505), disabled
# mailbox. Not 5.1.7 and 5.1.8, which concern the sender's address.
_ENHANCED: Final = re.compile(r"(5\.\d{1,3}\.\d{1,3})(?!\d)")
_MAILBOX_STATUS: Final = frozenset(
    {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1"}
)
_NO_STATUS: Final = "5.0.0"


def smtp_refusal(code: int, reply: bytes, *, recipient: str, to_rcpt: bool) -> str | None:
    """Return the reason if a reply permanently rejects the recipient, else None.

    An enhanced status code decides. Without one the reply code decides, but only in a reply to
    `RCPT TO` (`to_rcpt`).
    """
    text = reply.decode(errors="replace")
    enhanced = _ENHANCED.match(text)
    if code // 100 != 5:  # noqa: PLR2004 - RFC 5321's permanent failures
        return None
    if enhanced and enhanced[1] != _NO_STATUS:
        return f"SMTP {code} {enhanced[1]}" if enhanced[1] in _MAILBOX_STATUS else None
    about_the_sender = _ABOUT_THE_SENDER.search(text.replace(recipient, ""))
    return f"SMTP {code}" if to_rcpt and code in _MAILBOX_REPLIES and not about_the_sender else None


# SES's message about an unverified sender, or recipient in the sandbox.
# https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html
_NOT_VERIFIED: Final = re.compile(
    r"identities failed the check in region [^:]+:(.*)", re.IGNORECASE | re.DOTALL
)

# Other messages about an address that SES does not deliver to.
_UNDELIVERABLE: Final = re.compile(
    r"address (is )?(black|block)listed|suppression list|\brecipient|user unknown"
    r"|no such (user|mailbox)",
    re.IGNORECASE,
)

# SES's messages about the syntax of an address. The sender's is checked at deployment.
_ADDRESS_SYNTAX: Final = re.compile(
    r"(illegal|invalid) (email )?address|invalid domain|(local address|domain) "
    r"(contains|starts|ends)|missing (final|domain|local)|address length"
    r"|(email )?address (contains|is not valid)",
    re.IGNORECASE,
)


def ses_refusal(error: Mapping[str, Any], *, recipient: str, sender: str) -> str | None:
    """Return the reason if an SES error permanently rejects the recipient, else None."""
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    if code in {"BadRequestException", "InvalidParameterValue"} and _ADDRESS_SYNTAX.match(
        message.strip()
    ):
        return f"SES {code}: invalid address syntax"
    if code != "MessageRejected":
        return None
    if listed := _NOT_VERIFIED.search(message):
        failed = {identity.strip().lower() for identity in listed[1].split(",")}
        is_recipient_alone = failed == {recipient.lower()} and recipient.lower() != sender.lower()
        return f"SES {code}: recipient not verified" if is_recipient_alone else None
    names_recipient = recipient.lower() in message.lower() and sender.lower() not in message.lower()
    is_refused = names_recipient or _UNDELIVERABLE.search(message)
    return f"SES {code}: recipient rejected" if is_refused else None
