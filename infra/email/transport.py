"""Email transports: SMTP server, and what every transport gives the email function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi


@dataclass(frozen=True, kw_only=True)
class EmailTransport:
    """The environment variables and permissions that the email function sends with.

    Only SES has a configuration set, which counts bounces and complaints.
    """

    environment: Mapping[str, pulumi.Input[str]]
    statements: Sequence[Mapping[str, Any]]
    outputs: Mapping[str, pulumi.Input[Any]]
    configuration_set: pulumi.Output[str] | None = None


@dataclass(frozen=True, kw_only=True)
class SmtpServer:
    """A server, and the existing secret with `{"username", "password"}` for it."""

    host: str
    port: int
    secret_arn: str


def smtp_transport(sender: str, server: SmtpServer) -> EmailTransport:
    """Send through an SMTP server; the function reads the credentials from the secret."""
    return EmailTransport(
        environment={
            "EMAIL_TRANSPORT": "smtp",
            "EMAIL_FROM": sender,
            "SMTP_HOST": server.host,
            "SMTP_PORT": str(server.port),
            "SMTP_SECRET_ARN": server.secret_arn,
        },
        statements=[{"Action": "secretsmanager:GetSecretValue", "Resource": server.secret_arn}],
        outputs={"emailTransport": "smtp", "emailFrom": sender},
    )
