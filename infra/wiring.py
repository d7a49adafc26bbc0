"""Arguments of the components, from the stack configuration."""

from collections.abc import Mapping, Sequence

import pulumi

from infra.config import StackConfig, has_tls
from infra.config.objects import DEFAULT_MAX_CONCURRENCY, DEFAULT_MEMORY_MB, DEFAULT_RATE_LIMITS
from infra.email.transport import SmtpServer
from infra.encryption import Encryption, EncryptionKey, EncryptionKeyArgs
from infra.functions.bundle import Bundler
from infra.functions.function import FunctionSettings
from infra.functions.provisioned_concurrency import Provisioned
from infra.gateway.args import Throttling
from infra.gateway.domain import CustomDomain
from infra.gateway.failover import Failover
from infra.gateway.http.api import HttpSettings
from infra.gateway.http.auth import http_auth
from infra.gateway.rest.api import RestSettings
from infra.gateway.rest.auth import rest_auth
from infra.gateway.waf import WebFirewall
from infra.monitoring.alarms import AlarmSettings, Severity
from infra.monitoring.monitoring import Receivers
from infra.naming import (
    OPS_ALERTS,
    OPS_WARNINGS,
    access_log_group_name,
    execution_log_group_name,
    function_log_group_name,
    resource_name,
)
from infra.storefront import (
    SignIn,
    Storefront,
    StorefrontArgs,
    StorefrontFilesArgs,
)
from infra.table import TableSettings
from infra.vpc.endpoints import EndpointArgs
from infra.vpc.network import Network, NetworkArgs


def gateway(config: StackConfig) -> HttpSettings | RestSettings:
    """Return the settings of the HTTP API or the REST API."""
    if config.gateway == "http":
        issuer, audiences = (config.jwt.issuer, config.jwt.audiences) if config.jwt else (None, ())
        return HttpSettings(
            auth=http_auth(config.auth, issuer=issuer, audiences=audiences),
            domain=_domain(config),
            throttling=_throttling(config),
        )
    return RestSettings(
        auth=rest_auth(
            config.auth, api_keys=config.api_keys, allowed_ip_ranges=config.rest.allowed_ip_ranges
        ),
        domain=_domain(config),
        waf=_waf(config),
        throttling=_throttling(config),
        execution_log_level=config.rest.execution_log_level,
        account_role=config.rest.account_role,
    )


def _throttling(config: StackConfig) -> Throttling:
    rate = config.throttling.rate_limit or DEFAULT_RATE_LIMITS[config.gateway]
    return Throttling(rate_limit=rate, burst_limit=config.throttling.burst_limit or 2 * rate)


def _domain(config: StackConfig) -> CustomDomain | None:
    domain = config.domain
    if domain is None:
        return None
    failover = domain.failover
    return CustomDomain(
        name=domain.name,
        certificate_arn=domain.certificate_arn,
        hosted_zone_id=domain.hosted_zone_id,
        failover=Failover(role=failover.role, health_check_id=failover.health_check_id)
        if failover
        else None,
    )


def _waf(config: StackConfig) -> WebFirewall | None:
    waf = config.rest.waf
    if waf is None:
        return None
    return WebFirewall(rate_limit=waf.rate_limit, rule_groups=waf.managed_rule_groups)


def storefront(config: StackConfig) -> Storefront | None:
    """Return the storefront without its files; it creates resources, so call it once."""
    if not config.storefront:
        return None
    args = StorefrontArgs(
        deletion_protection=config.deletion_protection, scheme="https" if has_tls() else "http"
    )
    return Storefront("storefront", args)


def cors_origins(config: StackConfig, storefront: Storefront | None) -> Sequence[pulumi.Input[str]]:
    """Return the origins that may call the API: with a storefront its own, and never all."""
    if storefront is None:
        return config.cors_origins
    return [storefront.origin, *(origin for origin in config.cors_origins if origin != "*")]


def storefront_files(
    config: StackConfig, storefront: Storefront, orders_url: pulumi.Output[str]
) -> StorefrontFilesArgs:
    """Return what the storefront's files tell browsers about the API."""
    from openapi.document import document  # noqa: PLC0415 (other stacks do not need it)

    sign_in = None
    if config.jwt and (client := config.jwt.client_id):
        audience = config.jwt.audiences[0]
        sign_in = SignIn(
            issuer=config.jwt.issuer,
            token_origin=config.jwt.sign_in_origin,
            client_id=client,
            audience=None if audience == client else audience,
        )
    return StorefrontFilesArgs(
        storefront=storefront, orders_url=orders_url, api_document=document(config), sign_in=sign_in
    )


def customer_claim(config: StackConfig) -> str:
    """Return the JWT claim that holds the customer's ID; empty without JWTs."""
    return config.jwt.customer_claim if config.jwt else ""


def encryption(config: StackConfig) -> Encryption:
    """Return how resources are encrypted; it creates the stack's key, so call it once."""
    if config.encryption == "aws":
        return Encryption(key=None)
    functions = [function_log_group_name(package) for package in sorted(config.function_names)]
    execution = [execution_log_group_name("*")] if config.gateway == "rest" else []
    topics = (
        []
        if config.monitoring == "none"
        else [resource_name(OPS_ALERTS), resource_name(OPS_WARNINGS)]
    )
    args = EncryptionKeyArgs(
        log_groups=[*functions, access_log_group_name(config.gateway), *execution],
        alarm_topics=topics,
        deletion_protection=config.deletion_protection,
    )
    return Encryption(EncryptionKey("encryption", args))


def alarm_settings(config: StackConfig) -> AlarmSettings:
    """Return minimums, datapoints and thresholds of alarms."""
    return AlarmSettings(**config.alarms.model_dump())


def receivers(config: StackConfig) -> Mapping[Severity, Receivers]:
    """Return who is notified of alarms, by severity; warnings are not sent by SMS."""
    return {
        "critical": Receivers(**config.alerts.model_dump()),
        "warning": Receivers(phone_numbers=[], **config.warnings.model_dump()),
    }


def function_settings(
    config: StackConfig, encryption: Encryption, *, bundler: Bundler, vpc: Network | None
) -> FunctionSettings:
    """Return what the stack decides for its functions."""
    provisioned = {
        name: Provisioned(
            min_capacity=bounds.min,
            max_capacity=bounds.max,
            target_utilization=bounds.target_utilization,
        )
        for name, bounds in config.provisioned_concurrency.items()
    }
    # More than the reserved concurrency would use up receives of messages on throttles.
    maximum = DEFAULT_MAX_CONCURRENCY | {
        name: reserved
        for name, reserved in config.reserved_concurrency.items()
        if name in DEFAULT_MAX_CONCURRENCY
    }
    return FunctionSettings(
        bundler=bundler,
        encryption=encryption,
        vpc=vpc,
        tracing=config.tracing,
        memory_mb=DEFAULT_MEMORY_MB | config.memory,
        log_level=config.log_level,
        log_retention_days=config.log_retention_days,
        reserved_concurrency=config.reserved_concurrency,
        maximum_concurrency=maximum | config.maximum_concurrency,
        provisioned=provisioned,
        snap_start=config.snap_start,
        canary=config.canary is not None,
    )


def table_settings(config: StackConfig, encryption: Encryption) -> TableSettings:
    """Return what the stack decides for its tables."""
    return TableSettings(
        encryption=encryption,
        deletion_protection=config.deletion_protection,
        contributor_insights=config.contributor_insights,
    )


def vpc(config: StackConfig) -> Network | None:
    """Return the VPC that functions are attached to; it creates resources, so call it once."""
    if config.vpc is None:
        return None
    endpoints = None
    if config.vpc.endpoints:
        endpoints = EndpointArgs(
            services=endpoint_services(config),
            route_table_ids=config.vpc.endpoints.route_table_ids,
        )
    args = NetworkArgs(
        vpc_id=config.vpc.vpc_id,
        subnet_ids=config.vpc.subnet_ids,
        endpoints=endpoints,
        smtp_port=config.smtp.port if config.smtp else None,
    )
    return Network("network", args)


def endpoint_services(config: StackConfig) -> list[str]:
    """Return the AWS services that functions call, by their PrivateLink names."""
    services = {
        "dynamodb": True,  # orders, sent emails, audit records
        "sns": True,  # the relay publishes order events
        "sqs": config.ingestion == "queued",  # the intake function queues orders
        # https://aws.amazon.com/about-aws/whats-new/2025/12/amazon-ses-vpc-api-endpoints/
        "email": config.smtp is None,
        "secretsmanager": config.smtp is not None,  # credentials of the SMTP server
    }
    return [service for service, called in services.items() if called]


def smtp_server(config: StackConfig) -> SmtpServer | None:
    """Return the SMTP server that sends emails; None for SES."""
    return SmtpServer(**config.smtp.model_dump()) if config.smtp else None
