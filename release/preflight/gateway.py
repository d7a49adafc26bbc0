"""API Gateway: throttling, the account's role for logs, and the custom domain name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from infra.config.objects import DEFAULT_RATE_LIMITS
from release.preflight.finding import failed, increase, not_checked, ok, warning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.config import StackConfig
    from release.preflight.check import Findings, Target
    from release.preflight.finding import Finding

THROTTLING: Final = "API throttling"
ROLE: Final = "API Gateway account role"
CERTIFICATE: Final = "certificate"
ZONE: Final = "hosted zone"
HEALTH_CHECK: Final = "failover health check"

_RENEWAL: Final = timedelta(days=30)


def account(target: Target) -> Findings:
    """Check the account's settings, which all APIs of a region share."""
    response = target.client("apigateway").get_account()
    yield throttling(response.get("throttleSettings", {}), target.config)
    if target.config.gateway == "rest":
        arn = response.get("cloudwatchRoleArn", "")
        yield role(arn, target.log_role_prefix, sets_it=target.config.rest.account_role)


def throttling(account: Mapping[str, float], config: StackConfig) -> Finding:
    """Compare the stack's throttling with that of the account, which counts all its APIs."""
    if not account:
        return not_checked(THROTTLING, "the response of API Gateway has no limits.")
    rate = config.throttling.rate_limit or DEFAULT_RATE_LIMITS[config.gateway]
    burst = config.throttling.burst_limit or 2 * rate
    detail = (
        f"the stack allows {rate} requests a second and {burst} at once; all APIs of the account "
        f"together have {account['rateLimit']:.0f} and {account['burstLimit']:.0f}."
    )
    if rate <= account["rateLimit"] and burst <= account["burstLimit"]:
        return ok(THROTTLING, detail)
    return warning(
        THROTTLING,
        detail,
        "Lower throttling, or ask for more: "
        f"{increase('apigateway', 'L-8A5B8E43', max(rate, burst))}",
    )


def role(arn: str, own: str, *, sets_it: bool) -> Finding:
    """Judge the role with which API Gateway writes the logs of all REST APIs of the region.

    Args:
        arn: The account's role; empty if there is none.
        own: What the name of the stack's role begins with.
        sets_it: The stack's `rest.accountRole`.
    """
    name = arn.rpartition("/")[2]
    if not sets_it:
        if arn:
            return ok(ROLE, f"{name}.")
        step = "Set rest.accountRole to true, or deploy the stack that sets the role first."
        return failed(ROLE, "the account has none, and without one no stage can have logs.", step)
    if arn and not name.startswith(own):
        detail = f"the account has {name}, which the deployment would replace."
        return warning(ROLE, detail, "Set rest.accountRole to false.")
    return ok(ROLE, f"{name}, this stack's." if arn else "none; the deployment sets it.")


def domain(target: Target) -> Findings:
    """Check the certificate, the hosted zone and the failover of the custom domain name."""
    config = target.config.domain
    if config is None:
        return
    acm = target.client("acm")
    try:
        response = acm.describe_certificate(CertificateArn=config.certificate_arn)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        step = "Correct domain.certificateArn: aws acm list-certificates"
        yield failed(CERTIFICATE, f"there is no {config.certificate_arn}.", step)
    else:
        yield certificate(response["Certificate"], config.name, datetime.now(UTC))
    if config.hosted_zone_id:
        yield hosted_zone(target.client("route53"), config.hosted_zone_id, config.name)
    if config.failover and config.failover.health_check_id:
        yield health_check(target.client("route53"), config.failover.health_check_id)


def certificate(details: Mapping[str, Any], name: str, now: datetime) -> Finding:
    """Judge a certificate: issued, for this name, and not about to expire."""
    status = details.get("Status")
    if status != "ISSUED":
        step = "Publish its validation records, and wait: aws acm wait certificate-validated"
        return failed(CERTIFICATE, f"its status is {status}.", step)
    names = {details["DomainName"], *details.get("SubjectAlternativeNames", [])}
    if not {name, f"*.{name.partition('.')[2]}"} & names:
        step = f"Request one: aws acm request-certificate --domain-name {name}"
        return failed(CERTIFICATE, f"it is for {', '.join(sorted(names))}, not for {name}.", step)
    expiry = details.get("NotAfter")
    if expiry and expiry - now < _RENEWAL:
        step = "Renew it; ACM does so itself while the validation records exist."
        return warning(CERTIFICATE, f"it expires on {expiry:%d %B %Y}.", step)
    return ok(CERTIFICATE, f"issued for {name}.")


def hosted_zone(route53: Any, zone_id: str, name: str) -> Finding:
    """Judge the hosted zone: public, and one in which the name can have records."""
    try:
        zone = route53.get_hosted_zone(Id=zone_id)["HostedZone"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchHostedZone":
            raise
        step = "Correct domain.hostedZoneId: aws route53 list-hosted-zones"
        return failed(ZONE, f"there is no {zone_id}.", step)
    zone_name = zone["Name"].rstrip(".")
    if zone.get("Config", {}).get("PrivateZone"):
        return failed(ZONE, f"{zone_name} is private.", "Use the public one.")
    if name != zone_name and not name.endswith(f".{zone_name}"):
        return failed(ZONE, f"it is {zone_name}, not one for {name}.", "Use the name's zone.")
    return ok(ZONE, f"{zone_name}.")


def health_check(route53: Any, check_id: str) -> Finding:
    """Judge the health check of the standby, which the records of the primary name."""
    try:
        route53.get_health_check(HealthCheckId=check_id)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchHealthCheck":
            raise
        step = "Deploy the standby first: docs/regions.md#set-up-a-standby"
        return failed(HEALTH_CHECK, f"there is no {check_id}.", step)
    return ok(HEALTH_CHECK, f"{check_id} exists.")
