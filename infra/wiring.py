"""Which variant of each part a stack gets: the one place where configuration turns into objects."""

from collections.abc import Callable, Mapping
from typing import Final

from infra.audit_store import AuditStore
from infra.config import StackConfig
from infra.config import objects as config_objects
from infra.config.objects import DEFAULT_RATE_LIMITS
from infra.email.confirmation_email import ConfirmationEmail
from infra.email.ses import AddressIdentity, DomainIdentity, ExistingIdentity, Identity, SesMail
from infra.email.transport import MailTransport, SmtpMail
from infra.encryption import Encryption, EncryptionKey, EncryptionKeyArgs
from infra.functions.provisioned_concurrency import OnDemand, Provisioned, SnapStart, Start
from infra.gateway import GatewaySettings, HttpSettings, RestSettings, Throttling
from infra.gateway.domain import CustomDomain
from infra.gateway.http.auth import http_auth
from infra.gateway.rest.auth import rest_auth
from infra.gateway.waf import WebFirewall
from infra.ingestion import Direct, Ingestion, Queued
from infra.messaging.fan_out import FanOut
from infra.monitoring.alarms import AlarmSettings, Severity
from infra.monitoring.monitoring import Receivers
from infra.naming import OPS_ALERTS, OPS_WARNINGS, access_log, execution_log, function_log, named
from infra.orders_api import OrdersApi
from infra.vpc.endpoints import OwnEndpoints
from infra.vpc.network import (
    ExistingWays,
    LambdaNetwork,
    Network,
    NetworkArgs,
    Placement,
    Reach,
    Way,
)


def gateway(config: StackConfig) -> GatewaySettings:
    """Return the settings of the HTTP API or the REST API."""
    if config.gateway == "http":
        return HttpSettings(
            auth=http_auth(config.auth, issuer=config.jwt.issuer, audiences=config.jwt.audiences),
            domain=_domain(config),
            throttling=_throttling(config),
        )
    return RestSettings(
        auth=rest_auth(
            config.auth, api_keys=config.api_keys, allowed_ip_ranges=config.allowed_ip_ranges
        ),
        domain=_domain(config),
        waf=_waf(config),
        throttling=_throttling(config),
        execution_log_level=config.execution_log_level,
        account_role=config.api_gateway_account_role,
    )


def _throttling(config: StackConfig) -> Throttling:
    rate = config.throttling.rate_limit or DEFAULT_RATE_LIMITS[config.gateway]
    return Throttling(rate_limit=rate, burst_limit=config.throttling.burst_limit or 2 * rate)


def _domain(config: StackConfig) -> CustomDomain | None:
    domain = config.domain
    if domain.name is None or domain.certificate_arn is None:
        return None
    return CustomDomain(
        name=domain.name,
        certificate_arn=domain.certificate_arn,
        hosted_zone_id=domain.hosted_zone_id,
    )


def _waf(config: StackConfig) -> WebFirewall | None:
    if not config.waf:
        return None
    return WebFirewall(rate_limit=config.waf_rate_limit, rule_groups=config.waf_managed_rule_groups)


def customer_claim(config: StackConfig) -> str:
    """Return the claim of a caller's token that is the customer's ID; empty where callers have no token."""
    return config.jwt.customer_claim if config.auth == "jwt" else ""


def ingestion(config: StackConfig) -> Ingestion:
    """Return the way of an order into the table."""
    return _INGESTIONS[config.ingestion]


def encryption(config: StackConfig) -> Encryption:
    """Return how resources are encrypted; it creates the stack's key, so call it once."""
    if config.encryption == "aws":
        return Encryption(key=None)
    functions = [function_log(package) for package in sorted(config.function_names)]
    execution = [execution_log("*")] if config.gateway == "rest" else []
    topics = [] if config.monitoring == "none" else [named(OPS_ALERTS), named(OPS_WARNINGS)]
    args = EncryptionKeyArgs(
        log_groups=[*functions, access_log(config.gateway), *execution],
        alarm_topics=topics,
        deletion_protection=config.deletion_protection,
    )
    return Encryption(EncryptionKey("encryption", args))


def alarm_settings(config: StackConfig) -> AlarmSettings:
    """Return the floors and thresholds of alarms."""
    return AlarmSettings(**config.alarms.model_dump())


def receivers(config: StackConfig) -> Mapping[Severity, Receivers]:
    """Return who gets the alarms of each severity; warnings are not sent by SMS."""
    return {
        "critical": Receivers(
            emails=config.alert_emails,
            phone_numbers=config.alert_phone_numbers,
            webhooks=config.alert_webhooks,
        ),
        "warning": Receivers(emails=config.warning_emails, webhooks=config.warning_webhooks),
    }


def starts(config: StackConfig) -> Mapping[str, Start]:
    """Return how the functions that clients wait for start, by their packages; all others start on demand."""
    return {name: _start(config, bounds) for name, bounds in config.provisioned_concurrency}


def _start(config: StackConfig, bounds: config_objects.Provisioned | None) -> Start:
    if config.snap_start:
        return SnapStart()
    if bounds is None:
        return OnDemand()
    return Provisioned(at_least=bounds.min, at_most=bounds.max, busy=bounds.target_utilization)


def placement(config: StackConfig) -> Placement:
    """Return where functions run; what a network of the account's needs is created, so call it once."""
    vpc = config.vpc
    if vpc.vpc_id is None:
        return LambdaNetwork()
    reading = [OrdersApi.reach()] if "lookup" in config.function_names else []
    workflows = [mail_transport(config).reach(), ConfirmationEmail.reach(), AuditStore.reach()]
    reach = Reach.of([ingestion(config).reach(), *reading, FanOut.reach(), *workflows])
    way = _WAYS[vpc.create_endpoints](config)
    return Network(
        "network", NetworkArgs(vpc_id=vpc.vpc_id, subnet_ids=vpc.subnet_ids, reach=reach, way=way)
    )


def mail_transport(config: StackConfig) -> MailTransport:
    """Return how confirmations leave the account."""
    return _MAIL_TRANSPORTS[config.email_transport](config)


def _ses(config: StackConfig) -> MailTransport:
    return SesMail(_IDENTITIES[config.email_identity](config.email_from))


def _smtp(config: StackConfig) -> MailTransport:
    return SmtpMail(config.email_from, config.smtp_host, config.smtp_port, config.smtp_secret_arn)


_INGESTIONS: Final[Mapping[str, Ingestion]] = {"direct": Direct(), "queued": Queued()}
_WAYS: Final[Mapping[bool, Callable[[StackConfig], Way]]] = {
    True: lambda config: OwnEndpoints(route_table_ids=config.vpc.route_table_ids),
    False: lambda _: ExistingWays(),
}
_IDENTITIES: Final[Mapping[str, Callable[[str], Identity]]] = {
    "existing": ExistingIdentity,
    "address": AddressIdentity,
    "domain": DomainIdentity,
}
_MAIL_TRANSPORTS: Final[Mapping[str, Callable[[StackConfig], MailTransport]]] = {
    "ses": _ses,
    "smtp": _smtp,
}
