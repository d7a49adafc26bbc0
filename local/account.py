"""What an AWS account has before the first deployment, and a fresh emulator has not."""

from __future__ import annotations

import dataclasses
import json
from email.utils import parseaddr
from typing import TYPE_CHECKING, Final

from local.adapters import ADAPTERS

if TYPE_CHECKING:
    from local.emulator import Emulator
    from tooling.stackfile import StackFile

# The sender of a stack that has none: nothing that the emulator sends leaves this machine.
SENDER: Final = "orders@example.com"


def local_settings(emulator: Emulator, stackfile: StackFile) -> StackFile:
    """Return a stack's settings with the emulator's endpoints, by which the program knows that it is local.

    A stack without a sender gets one, so that the shipped stacks and the examples run here as they are.
    """
    services = sorted({kind.split(":")[1].split("/")[0] for kind in ADAPTERS})
    endpoints = json.dumps([dict.fromkeys(services, emulator.url)])
    key = f"{stackfile.project}:emailFrom"
    sender = stackfile.config.get(key) or SENDER
    return dataclasses.replace(
        stackfile, config={**stackfile.config, key: sender, "aws:endpoints": endpoints}
    )


def prepare(emulator: Emulator, stackfile: StackFile) -> None:
    """Verify the stack's sender, which on AWS its owner does once by a link in an e-mail."""
    _, sender = parseaddr(stackfile.config.get(f"{stackfile.project}:emailFrom", ""))
    ses = emulator.client("sesv2")
    known = [
        identity["IdentityName"] for identity in ses.list_email_identities()["EmailIdentities"]
    ]
    if sender and sender not in known:
        ses.create_email_identity(EmailIdentity=sender)
