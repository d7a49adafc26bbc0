"""The two ways confirmations leave the account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pulumi
import pulumi_aws as aws


class MailTransport(Protocol):
    """What the email function has to know, and be allowed, to send."""

    def environment(self) -> Mapping[str, str]:
        """Return the function's environment variables."""
        ...

    def statements(self) -> Sequence[Mapping[str, Any]]:
        """Return what the function's role has to allow."""
        ...


@dataclass(frozen=True)
class SesMail:
    """Through SES, from an address or a domain that is verified in the stack's account and region."""

    sender: str

    def environment(self) -> Mapping[str, str]:
        """Return the sender; the function's role is the credential."""
        return {"EMAIL_TRANSPORT": "ses", "EMAIL_FROM": self.sender}

    def statements(self) -> Sequence[Mapping[str, Any]]:
        """Allow sending as the sender alone, whether the address is verified, its domain, or a domain above that."""
        partition = aws.get_partition_output().partition
        account = aws.get_caller_identity_output().account_id
        region = aws.get_region_output().region
        identities = [
            pulumi.Output.format("arn:{0}:ses:{1}:{2}:identity/{3}", partition, region, account, identity)
            for identity in (self.sender, *_domains(self.sender.partition("@")[2]))
        ]
        condition = {"StringEquals": {"ses:FromAddress": self.sender}}
        return [{"Action": "ses:SendEmail", "Resource": identities, "Condition": condition}]


def _domains(domain: str) -> list[str]:
    """Return a domain and those above it, down to two labels: a verified domain may send for its subdomains."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


@dataclass(frozen=True)
class SmtpMail:
    """Through an SMTP server, with `{"username", "password"}` from a secret that exists already."""

    sender: str
    host: str
    port: int
    secret_arn: str

    def environment(self) -> Mapping[str, str]:
        """Return where the server is and where its credentials are, not the credentials."""
        return {
            "EMAIL_TRANSPORT": "smtp",
            "EMAIL_FROM": self.sender,
            "SMTP_HOST": self.host,
            "SMTP_PORT": str(self.port),
            "SMTP_SECRET_ARN": self.secret_arn,
        }

    def statements(self) -> Sequence[Mapping[str, Any]]:
        """Allow reading that one secret."""
        return [{"Action": "secretsmanager:GetSecretValue", "Resource": self.secret_arn}]
