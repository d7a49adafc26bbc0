"""Which variant of each part a stack gets: the one place where configuration turns into objects."""

from collections.abc import Callable, Mapping
from typing import Final

from infra.config import StackConfig
from infra.encryption import AwsManaged, Encryption
from infra.gateway import GatewayKind, Http, Throttling
from infra.gateway.http_access import Anyone, HttpAccess, Signed, TokenBearers
from infra.ingestion import Direct, Ingestion, Queued
from infra.mail_transport import MailTransport, SesMail, SmtpMail


def gateway(config: StackConfig) -> GatewayKind:
    """Return the front door, with whom it lets in and how fast."""
    return _GATEWAYS[config.gateway](config)


def _http(config: StackConfig) -> Http:
    return Http(access=_http_access(config), throttling=_throttling(config, Http.DEFAULT_THROTTLING))


def _http_access(config: StackConfig) -> HttpAccess:
    return _HTTP_ACCESS[config.auth](config)


def _token_bearers(config: StackConfig) -> HttpAccess:
    return TokenBearers(issuer=str(config.jwt.issuer), audiences=config.jwt.audiences)


def _throttling(config: StackConfig, default: Throttling) -> Throttling:
    given = config.throttling
    return Throttling.of(rate_limit=given.rate_limit, burst_limit=given.burst_limit, default=default)


def customer_claim(config: StackConfig) -> str:
    """Return the claim of a caller's token that is the customer's ID; empty where callers have no token."""
    return config.jwt.customer_claim if config.auth == "jwt" else ""


def ingestion(config: StackConfig) -> Ingestion:
    """Return the way of an order into the table."""
    return _INGESTIONS[config.ingestion]


def encryption(config: StackConfig) -> Encryption:
    """Return whose keys encrypt what the stack keeps."""
    return _ENCRYPTIONS[config.encryption]()


def mail_transport(config: StackConfig) -> MailTransport:
    """Return how confirmations leave the account."""
    return _MAIL_TRANSPORTS[config.email_transport](config)


def _ses(config: StackConfig) -> MailTransport:
    return SesMail(config.email_from)


def _smtp(config: StackConfig) -> MailTransport:
    return SmtpMail(config.email_from, config.smtp_host, config.smtp_port, config.smtp_secret_arn)


_GATEWAYS: Final[Mapping[str, Callable[[StackConfig], GatewayKind]]] = {"http": _http}
_HTTP_ACCESS: Final[Mapping[str, Callable[[StackConfig], HttpAccess]]] = {
    "none": lambda _: Anyone(),
    "jwt": _token_bearers,
    "iam": lambda _: Signed(),
}
_INGESTIONS: Final[Mapping[str, Ingestion]] = {"direct": Direct(), "queued": Queued()}
_ENCRYPTIONS: Final[Mapping[str, Callable[[], Encryption]]] = {"aws": AwsManaged}
_MAIL_TRANSPORTS: Final[Mapping[str, Callable[[StackConfig], MailTransport]]] = {"ses": _ses, "smtp": _smtp}
