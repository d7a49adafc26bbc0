"""What an AWS account has before the first deployment, and a fresh emulator has not."""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.emulator import Emulator
    from local.stackfile import StackFile


def prepare(emulator: Emulator, stackfile: StackFile) -> None:
    """Verify the stack's sender, which on AWS its owner does once by a link in an e-mail."""
    _, sender = parseaddr(stackfile.config.get(f"{stackfile.project}:emailFrom", ""))
    ses = emulator.client("sesv2")
    known = [identity["IdentityName"] for identity in ses.list_email_identities()["EmailIdentities"]]
    if sender and sender not in known:
        ses.create_email_identity(EmailIdentity=sender)
