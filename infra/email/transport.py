"""How confirmations leave the account: what every way has to offer, and the way through an SMTP server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pulumi

from infra.vpc.network import Reach


@dataclass(frozen=True, kw_only=True)
class Mailing:
    """What the email function has to know, what its role has to allow, and what else there is now.

    `configuration_set` is the name under which SES counts what became of the e-mails; only SES has one.
    """

    environment: Mapping[str, pulumi.Input[str]]
    statements: Sequence[Mapping[str, Any]]
    configuration_set: pulumi.Output[str] | None = None
    outputs: Mapping[str, pulumi.Output[Any]] = field(default_factory=dict)


class MailTransport(Protocol):
    """A way out for confirmations."""

    def create(self, name: str, parent: pulumi.Resource) -> Mailing:
        """Create what it needs."""
        ...

    def reach(self) -> Reach:
        """Return what the email function calls to send."""
        ...


@dataclass(frozen=True)
class SmtpMail:
    """Through an SMTP server, with `{"username", "password"}` from a secret that exists already."""

    sender: str
    host: str
    port: int
    secret_arn: str

    def create(self, name: str, parent: pulumi.Resource) -> Mailing:  # noqa: ARG002 - the protocol's
        """Create nothing; tell where the server is and where its credentials are, not the credentials."""
        return Mailing(
            environment={
                "EMAIL_TRANSPORT": "smtp",
                "EMAIL_FROM": self.sender,
                "SMTP_HOST": self.host,
                "SMTP_PORT": str(self.port),
                "SMTP_SECRET_ARN": self.secret_arn,
            },
            statements=[self._read_secret],
        )

    def reach(self) -> Reach:
        """Reach the secret, and the server at its port."""
        return Reach(services={"secretsmanager": [self._read_secret]}, ports=[self.port])

    @property
    def _read_secret(self) -> Mapping[str, Any]:
        return {"Action": "secretsmanager:GetSecretValue", "Resource": self.secret_arn}
